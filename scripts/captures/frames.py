"""Frames from the link to the transport: bytes as they are on the wire, every checksum right."""

import hashlib
import ipaddress
import struct

# IP protocol numbers.
HOP_BY_HOP, ICMP, TCP, UDP, IPV6_IN_IP, ROUTING, FRAGMENT, GRE, ESP, AH = 0, 1, 6, 17, 41, 43, 44, 47, 50, 51
ICMPV6, NO_NEXT, DESTINATION = 58, 59, 60

# EtherTypes.
IPV4, ARP, TEB, VLAN, IPV6, QINQ, QINQ_OLD = 0x0800, 0x0806, 0x6558, 0x8100, 0x86DD, 0x88A8, 0x9100

SHORTEST_FRAME = 60


class Host:
    """A machine with its addresses."""

    def __init__(self, mac, v4=None, v6=None):
        self.mac = bytes.fromhex(mac.replace(":", ""))
        self.v4 = ipaddress.IPv4Address(v4).packed if v4 else None
        self.v6 = ipaddress.IPv6Address(v6).packed if v6 else None


def v4(text):
    return ipaddress.IPv4Address(text).packed


def v6(text):
    return ipaddress.IPv6Address(text).packed


def noise(name, length):
    """Bytes without a pattern, always the same for the same name: what ciphertext looks like."""
    out = b""
    while len(out) < length:
        out += hashlib.sha256(f"{name} {len(out)}".encode()).digest()
    return out[:length]


def checksum(data):
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def ethernet(src, dst, ethertype, payload, tags=()):
    """One frame. `tags`: (TPID, VLAN, priority), outermost first. Padded to 60 bytes like a card does."""
    header = dst + src
    for tpid, vlan, priority in tags:
        header += struct.pack(">HH", tpid, priority << 13 | vlan)
    frame = header + struct.pack(">H", ethertype) + payload
    return frame + bytes(max(0, SHORTEST_FRAME - len(frame)))


def arp(operation, src_mac, src_ip, dst_mac, dst_ip):
    return struct.pack(">HHBBH", 1, IPV4, 6, 4, operation) + src_mac + src_ip + dst_mac + dst_ip


def ipv4(src, dst, protocol, payload, ident=0, ttl=64, df=True, more=False, offset=0):
    """`offset`: of a fragment, in bytes."""
    flags = (0x4000 if df else 0) | (0x2000 if more else 0) | offset // 8
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), ident, flags, ttl, protocol, 0) + src + dst
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def ipv6(src, dst, next_header, payload, hop_limit=64, flow_label=0):
    return struct.pack(">IHBB", 6 << 28 | flow_label, len(payload), next_header, hop_limit) + src + dst + payload


def packet(src, dst, protocol, payload, ident=0, ttl=64, df=True):
    """IPv4 or IPv6, whichever the addresses are."""
    if len(src) == 4:
        return ipv4(src, dst, protocol, payload, ident, ttl, df)
    return ipv6(src, dst, protocol, payload, ttl)


def pseudo_checksum(src, dst, protocol, segment):
    if len(src) == 4:
        pseudo = src + dst + struct.pack(">BBH", 0, protocol, len(segment))
    else:
        pseudo = src + dst + struct.pack(">II", len(segment), protocol)
    return checksum(pseudo + segment)


def udp(src, dst, src_port, dst_port, payload):
    head = struct.pack(">HHH", src_port, dst_port, 8 + len(payload))
    # A checksum of zero would say that there is none: RFC 768.
    value = pseudo_checksum(src, dst, UDP, head + b"\0\0" + payload) or 0xFFFF
    return head + struct.pack(">H", value) + payload


def icmp(kind, code, rest, payload=b""):
    """`rest`: the second word, whose meaning depends on the kind."""
    head = struct.pack(">BBH4s", kind, code, 0, rest)
    value = checksum(head + payload)
    return struct.pack(">BBH4s", kind, code, value, rest) + payload


def icmpv6(src, dst, kind, code, rest, payload=b""):
    message = struct.pack(">BBH4s", kind, code, 0, rest) + payload
    value = pseudo_checksum(src, dst, ICMPV6, message)
    return message[:2] + struct.pack(">H", value) + message[4:]


def echo(kind, ident, sequence, length=56):
    """An ICMP echo message's second word and payload."""
    return struct.pack(">HH", ident, sequence), bytes(i & 0xFF for i in range(length))
