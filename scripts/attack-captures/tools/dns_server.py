"""dns_server.py ADDRESS tunnel|mail|antivirus: an authoritative server that makes its answers up by a rule (dnslib by hand)."""

import hashlib
import os
import socket
import struct
import sys

A, CNAME, PTR, MX, TXT, AAAA = 1, 5, 12, 15, 16, 28


def packed(name):
    return b"".join(bytes([len(x)]) + x for x in name.split(b".") if x) + b"\0"


def text(data):
    return b"".join(bytes([len(data[i:i + 255])]) + data[i:i + 255] for i in range(0, len(data), 255))


def read(packet):
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]])
        at += 1 + packet[at]
    return b".".join(labels), struct.unpack_from("!H", packet, at + 1)[0], at + 5


def tunnel(name, kind):
    """What a tunnel's server says: data for whoever asks."""
    domain = b".".join(name.split(b".")[-3:])
    noise = os.urandom(24).hex().encode()
    if kind == TXT:
        return text(os.urandom(90).hex().encode() if b"stage" in name else noise)
    if kind == CNAME:
        return packed(noise + b"." + domain)
    if kind == MX:
        return struct.pack("!H", 10) + packed(noise + b"." + domain)
    if kind == AAAA:
        return os.urandom(16)
    return os.urandom(4)


def mail(name, kind):
    if kind == TXT and b"_domainkey" in name:
        key = hashlib.shake_256(name).digest(270)
        import base64
        return text(b"v=DKIM1; k=rsa; p=" + base64.b64encode(key))
    if kind == TXT and name.startswith(b"_dmarc"):
        return text(b"v=DMARC1; p=quarantine; rua=mailto:reports@" + name[7:] + b"; adkim=s; aspf=r")
    if kind == TXT:
        return text(b"v=spf1 include:_spf." + name + b" ip4:203.0.113.0/24 ~all")
    if kind == MX:
        return struct.pack("!H", 10) + packed(b"mx1." + name)
    if kind == PTR and name[0] % 3:
        return packed(b"host-" + name.split(b".")[0] + b".pool.example.com")
    return None


def antivirus(name, kind):
    return bytes([127, 0, 0, 1 + name[0] % 2])


rule = globals()[sys.argv[2]]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 53))
while True:
    packet, peer = s.recvfrom(4096)
    name, kind, end = read(packet)
    answer = rule(name, kind)
    head = packet[:2] + struct.pack("!HHHHH", 0x8580 if answer else 0x8583, 1, 1 if answer else 0, 0, 0)
    body = b"" if answer is None else b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(answer)) + answer
    s.sendto(head + packet[12:end] + body, peer)
