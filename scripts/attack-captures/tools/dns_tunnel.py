"""dns_tunnel.py SERVER DOMAIN session|upload-hex|upload-base32|download COUNT PAUSE_S: the questions of tunnels that are no package here.

session: short hex headers with data, TXT, CNAME and MX by turns, as dnscat2 sends. The others move a file one way.
"""

import base64
import os
import random
import socket
import struct
import sys
import time

server, domain, way, count, pause = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5])
A, CNAME, MX, TXT, AAAA = 1, 5, 15, 16, 28
session = os.urandom(2).hex()


def labels(text, longest=60):
    return ".".join(text[i:i + longest] for i in range(0, len(text), longest))


def question(n):
    if way == "session":
        size = 9 if n % 4 else random.randrange(20, 100)
        return (TXT, CNAME, MX)[n % 3], labels(os.urandom(2).hex() + "01" + session + os.urandom(size).hex())
    if way == "upload-hex":
        return A, labels(f"{n:04x}" + os.urandom(31).hex(), 63)
    if way == "upload-base32":
        return AAAA, labels(base64.b32encode(os.urandom(110)).decode().rstrip("=").lower(), 57)
    return TXT, f"{n}.stage.{session}"


for n in range(count):
    kind, name = question(n)
    full = f"{name}.{domain}"
    raw = b"".join(bytes([len(x)]) + x.encode() for x in full.split(".")) + b"\0"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(1)
        s.connect((server, 53))
        s.send(struct.pack("!HHHHHH", random.randrange(65536), 0x0100, 1, 0, 0, 0) + raw + struct.pack("!HH", kind, 1))
        try:
            s.recv(4096)
        except OSError:
            pass
    time.sleep(pause)
