"""dns_ask.py SERVER PAUSE_S FILE: asks, one after the other, each line's `TYPE NAME`, from a new port each, and waits for the answer."""

import random
import socket
import struct
import sys
import time

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33}


def question(kind, name):
    labels = b"".join(bytes([len(x)]) + x.encode() for x in name.split(".") if x)
    return struct.pack("!HHHHHH", random.randrange(65536), 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", TYPES[kind], 1)


for line in open(sys.argv[3]):
    kind, name = line.split()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(1)
        s.connect((sys.argv[1], 53))
        s.send(question(kind, name))
        try:
            s.recv(4096)
        except OSError:
            pass
    time.sleep(float(sys.argv[2]))
