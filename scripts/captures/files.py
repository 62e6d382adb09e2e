"""Capture files: classic pcap and pcapng, written by hand so that every byte is known."""

import struct

ETHERNET, RAW_IP = 1, 101


def pcap(packets, big_endian=False, nanoseconds=False, snaplen=262144, link=ETHERNET):
    """`packets`: (time in ns since 1970, frame)."""
    order = ">" if big_endian else "<"
    magic = 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snaplen, link)
    for at, frame in packets:
        fraction = at % 10**9 if nanoseconds else at % 10**9 // 1000
        kept = frame[:snaplen]
        out += struct.pack(order + "IIII", at // 10**9, fraction, len(kept), len(frame)) + kept
    return out


class Pcapng:
    """Blocks of one section; `+` the bytes of several for several sections."""

    def __init__(self, big_endian=False, application="generate-captures.py"):
        self.order = ">" if big_endian else "<"
        self.units = []
        self.out = bytearray()
        body = struct.pack(self.order + "IHHq", 0x1A2B3C4D, 1, 0, -1)
        self.block(0x0A0D0D0A, body + self.options((4, application.encode())))

    def block(self, kind, body):
        body += bytes(-len(body) % 4)
        length = struct.pack(self.order + "I", 12 + len(body))
        self.out += struct.pack(self.order + "I", kind) + length + body + length

    def options(self, *pairs):
        out = b""
        for code, value in pairs:
            out += struct.pack(self.order + "HH", code, len(value)) + value + bytes(-len(value) % 4)
        return out + bytes(4)

    def interface(self, name, link=ETHERNET, tsresol=None, snaplen=0):
        """`tsresol` as in the option: n is 10^-n s, 0x80 | n is 2^-n s; None leaves the option out: 10^-6 s."""
        resolution = 6 if tsresol is None else tsresol
        self.units.append(2 ** (resolution & 0x7F) if resolution & 0x80 else 10**resolution)
        pairs = [(2, name.encode())]
        if tsresol is not None:
            pairs.append((9, bytes([tsresol])))
        self.block(1, struct.pack(self.order + "HHI", link, 0, snaplen) + self.options(*pairs))

    def stamp(self, interface, at):
        ticks = at * self.units[interface] // 10**9
        return struct.pack(self.order + "II", ticks >> 32, ticks & 0xFFFFFFFF)

    def packet(self, interface, at, frame, comment=None, length=None):
        head = struct.pack(self.order + "I", interface) + self.stamp(interface, at)
        head += struct.pack(self.order + "II", len(frame), length or len(frame))
        options = self.options((1, comment.encode())) if comment else b""
        self.block(6, head + frame + bytes(-len(frame) % 4) + options)

    def name(self, address, name):
        """A name resolution block with one IPv4 address."""
        value = address + name.encode() + b"\0"
        record = struct.pack(self.order + "HH", 1, len(value)) + value + bytes(-len(value) % 4)
        self.block(4, record + bytes(4))

    def statistics(self, interface, at, received, dropped):
        counts = self.options((4, struct.pack(self.order + "Q", received)), (5, struct.pack(self.order + "Q", dropped)))
        self.block(5, struct.pack(self.order + "I", interface) + self.stamp(interface, at) + counts)
