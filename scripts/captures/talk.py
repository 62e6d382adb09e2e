"""Conversations: a clock, hosts on a segment, TCP connections that keep their own sequence numbers."""

import calendar
import struct

from captures.frames import IPV4, IPV6, TCP, UDP, Host, ethernet, packet, pseudo_checksum, udp

MONDAY_MORNING = calendar.timegm((2026, 1, 12, 8, 0, 0)) * 10**9

LAPTOP = Host("02:00:5e:10:00:20", "192.168.10.20", "2001:db8:10::20")
DESKTOP = Host("02:00:5e:10:00:21", "192.168.10.21", "2001:db8:10::21")
SERVER = Host("02:00:5e:10:00:05", "192.168.10.5", "2001:db8:10::5")
ROUTER = Host("02:00:5e:10:00:01", "192.168.10.1", "2001:db8:10::1")
# Hosts behind the router: their frames carry the router's address.
WEB = Host("02:00:5e:10:00:01", "198.51.100.10", "2001:db8:ffff::10")
FAR = Host("02:00:5e:10:00:01", "203.0.113.5", "2001:db8:ffff::5")

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
MS = 1_000_000
US = 1_000


class Trace:
    """The packets so far and what time it is."""

    def __init__(self, start=MONDAY_MORNING):
        self.at = start
        self.packets = []
        self.ident = 0x1000

    def wait(self, ns):
        self.at += ns

    def frame(self, frame):
        self.packets.append((self.at, frame))
        self.wait(10 * US)

    def next_ident(self):
        self.ident = (self.ident + 1) & 0xFFFF
        return self.ident

    def ip(self, src, dst, protocol, payload, version=4, ttl=64, df=True, tags=(), wrap=None):
        """One packet between two hosts. `wrap` makes frames of it where that is not plain Ethernet."""
        addresses = (src.v4, dst.v4) if version == 4 else (src.v6, dst.v6)
        ident = self.next_ident() if version == 4 else 0
        inner = packet(*addresses, protocol, payload, ident, ttl, df)
        if wrap:
            self.frame(wrap(src, dst, inner))
        else:
            self.frame(ethernet(src.mac, dst.mac, IPV4 if version == 4 else IPV6, inner, tags))

    def udp(self, src, dst, src_port, dst_port, payload, version=4, **how):
        addresses = (src.v4, dst.v4) if version == 4 else (src.v6, dst.v6)
        self.ip(src, dst, UDP, udp(*addresses, src_port, dst_port, payload), version, **how)


class Tcp:
    """One connection. Sides are 'c' (who opens) and 's'. Options as Linux sends them."""

    def __init__(self, trace, client, server, src_port, dst_port, rtt=20 * MS, version=4, **how):
        self.trace = trace
        self.host = {"c": client, "s": server}
        self.port = {"c": src_port, "s": dst_port}
        self.sent = {"c": 0x10000000 + src_port, "s": 0x20000000 + dst_port}
        self.window = {"c": 502, "s": 509}
        self.echoed = {"c": 0, "s": 0}
        self.began = {"c": 1000 * src_port, "s": 7000 * dst_port}
        self.rtt = rtt
        self.version = version
        self.how = how
        # What fits a frame beside the headers and twelve bytes of options; less inside a tunnel.
        self.size = 1300 if "wrap" in how else 1448 if version == 4 else 1428

    def segment(self, side, sequence, flags, data=b"", ack=None, window=None, sack=()):
        """A segment exactly as asked; nothing is remembered but its timestamp."""
        other = "s" if side == "c" else "c"
        src, dst = self.host[side], self.host[other]
        addresses = (src.v4, dst.v4) if self.version == 4 else (src.v6, dst.v6)
        acknowledged = 0 if not flags & ACK else self.sent[other] if ack is None else ack
        now = (self.began[side] + (self.trace.at - MONDAY_MORNING) // MS) & 0xFFFFFFFF
        stamps = struct.pack(">BBII", 8, 10, now, self.echoed[side])
        self.echoed[other] = now
        if flags & SYN:
            options = struct.pack(">BBH", 2, 4, self.size + 12) + b"\x04\x02" + stamps + b"\x01\x03\x03\x07"
        elif flags & RST:
            # What Linux answers where nobody listens: no options, no window.
            options, window = b"", 0
        else:
            options = b"\x01\x01" + stamps
            if sack:
                options += b"\x01\x01" + struct.pack(">BB", 5, 2 + 8 * len(sack))
                options += b"".join(struct.pack(">II", *block) for block in sack)
        if window is None:
            window = 64240 if flags & SYN else self.window[side]
        head = struct.pack(
            ">HHIIBBHHH",
            self.port[side],
            self.port[other],
            sequence & 0xFFFFFFFF,
            acknowledged & 0xFFFFFFFF,
            (20 + len(options)) // 4 << 4,
            flags,
            window,
            0,
            0,
        )
        value = pseudo_checksum(*addresses, TCP, head + options + data)
        head = head[:16] + struct.pack(">H", value) + head[18:]
        self.trace.ip(src, dst, TCP, head + options + data, self.version, **self.how)

    def open(self):
        """Three-way handshake, seen next to the client."""
        self.segment("c", self.sent["c"], SYN)
        self.sent["c"] += 1
        self.trace.wait(self.rtt)
        self.segment("s", self.sent["s"], SYN | ACK)
        self.sent["s"] += 1
        self.trace.wait(100 * US)
        self.ack("c")

    def send(self, side, data):
        """Data in as many segments as it takes."""
        for start in range(0, len(data), self.size):
            part = data[start : start + self.size]
            last = start + self.size >= len(data)
            self.segment(side, self.sent[side], ACK | PSH if last else ACK, part)
            self.sent[side] += len(part)

    def ack(self, side, **how):
        self.segment(side, self.sent[side], ACK, **how)

    def ask(self, request, answer, think=1 * MS):
        """A request, its acknowledgement, the answer, its acknowledgement."""
        self.send("c", request)
        self.trace.wait(self.rtt)
        self.ack("s")
        self.trace.wait(think)
        self.send("s", answer)
        self.trace.wait(100 * US)
        self.ack("c")

    def close(self, first="c"):
        """FIN from one side, then from the other."""
        other = "s" if first == "c" else "c"
        self.segment(first, self.sent[first], FIN | ACK)
        self.sent[first] += 1
        self.trace.wait(self.rtt)
        self.segment(other, self.sent[other], FIN | ACK)
        self.sent[other] += 1
        self.trace.wait(100 * US)
        self.ack(first)
