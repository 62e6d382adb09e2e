"""VLAN tags and tunnels."""

import struct

from captures.frames import (
    ARP,
    GRE,
    IPV4,
    IPV6,
    QINQ,
    QINQ_OLD,
    TEB,
    UDP,
    VLAN,
    Host,
    arp,
    ethernet,
    ipv4,
    noise,
    udp,
    v4,
)
from captures.talk import DESKTOP, LAPTOP, MS, SERVER, US, Tcp, Trace


def conversation(trace, port, **how):
    tcp = Tcp(trace, LAPTOP, SERVER, port, 7070, rtt=400 * US, **how)
    tcp.open()
    tcp.ask(b"question\n", b"answer\n" * 300)
    tcp.close()


def vlan():
    trace = Trace()
    conversation(trace, 40040, tags=[(VLAN, 100, 0)])
    conversation(trace, 40041, tags=[(VLAN, 4094, 5)])
    # VLAN 0 says only how urgent: IEEE 802.1Q s9.6.
    conversation(trace, 40042, tags=[(VLAN, 0, 6)])
    # There with a tag, back without.
    for number in range(3):
        trace.udp(LAPTOP, SERVER, 40043, 9000, b"there %d" % number, tags=[(VLAN, 20, 0)])
        trace.wait(1 * MS)
        trace.udp(SERVER, LAPTOP, 9000, 40043, b"back %d" % number)
        trace.wait(1 * MS)
    # IPv6 and ARP with a tag, and a tag with nothing that is known behind it.
    trace.udp(LAPTOP, SERVER, 40044, 9000, b"six", 6, tags=[(VLAN, 100, 0)])
    ask = arp(1, LAPTOP.mac, LAPTOP.v4, bytes(6), SERVER.v4)
    trace.frame(ethernet(LAPTOP.mac, b"\xff" * 6, ARP, ask, [(VLAN, 100, 0)]))
    answer = arp(2, SERVER.mac, SERVER.v4, LAPTOP.mac, LAPTOP.v4)
    trace.frame(ethernet(SERVER.mac, LAPTOP.mac, ARP, answer, [(VLAN, 100, 0)]))
    # 0x88b5: for local experiments, IEEE 802.
    trace.frame(ethernet(LAPTOP.mac, SERVER.mac, 0x88B5, b"local experiment", [(VLAN, 100, 0)]))
    return trace.packets


def qinq():
    trace = Trace()
    conversation(trace, 40050, tags=[(QINQ, 1000, 0), (VLAN, 100, 0)])
    conversation(trace, 40051, tags=[(VLAN, 1001, 0), (VLAN, 101, 0)])
    conversation(trace, 40052, tags=[(QINQ_OLD, 1002, 0), (VLAN, 102, 3)])
    conversation(trace, 40053, tags=[(QINQ, 1003, 0), (QINQ, 203, 0), (VLAN, 103, 0)])
    conversation(trace, 40054, tags=[(QINQ, 1004, 0)])
    return trace.packets


# The ends of the tunnels.
NEAR_END = Host("02:00:5e:20:00:01", "10.0.0.1")
FAR_END = Host("02:00:5e:20:00:02", "10.0.0.2")


def ends(src):
    """Client's side of a tunnel, or the server's."""
    return (NEAR_END, FAR_END) if src in (LAPTOP, DESKTOP) else (FAR_END, NEAR_END)


def vxlan():
    trace = Trace()

    def carry(vni, src, inner):
        """RFC 7348. The source port is a hash of the inner flow, so each direction has its own."""
        outer_src, outer_dst = ends(src)
        port = 50001 if outer_src is NEAR_END else 61002
        payload = struct.pack(">II", 0x08000000, vni << 8) + inner
        segment = udp(outer_src.v4, outer_dst.v4, port, 4789, payload)
        # s5: the outer checksum should be zero.
        segment = segment[:6] + b"\0\0" + segment[8:]
        packet = ipv4(outer_src.v4, outer_dst.v4, UDP, segment, trace.next_ident())
        return ethernet(outer_src.mac, outer_dst.mac, IPV4, packet)

    def inside(vni, ethertype=IPV4, tags=()):
        return lambda src, dst, inner: carry(vni, src, ethernet(src.mac, dst.mac, ethertype, inner, tags))

    ask = ethernet(LAPTOP.mac, b"\xff" * 6, ARP, arp(1, LAPTOP.mac, LAPTOP.v4, bytes(6), SERVER.v4))
    answer = ethernet(SERVER.mac, LAPTOP.mac, ARP, arp(2, SERVER.mac, SERVER.v4, LAPTOP.mac, LAPTOP.v4))
    trace.frame(carry(77, LAPTOP, ask))
    trace.wait(1 * MS)
    trace.frame(carry(77, SERVER, answer))
    conversation(trace, 40060, wrap=inside(77))
    # The same addresses and ports in another network.
    conversation(trace, 40060, wrap=inside(78))
    # Tagged inside; IPv6 inside.
    conversation(trace, 40061, wrap=inside(77, tags=[(VLAN, 30, 0)]))
    conversation(trace, 40062, version=6, wrap=inside(77, IPV6))
    return trace.packets


def gre():
    trace = Trace()
    sequence = {"near": 0, "far": 0}

    def carry(src, protocol, inner, key=None, numbered=False):
        """RFC 2784, with key and sequence number of RFC 2890."""
        outer_src, outer_dst = ends(src)
        flags = (0x2000 if key is not None else 0) | (0x1000 if numbered else 0)
        head = struct.pack(">HH", flags, protocol)
        if key is not None:
            head += struct.pack(">I", key)
        if numbered:
            side = "near" if outer_src is NEAR_END else "far"
            head += struct.pack(">I", sequence[side])
            sequence[side] += 1
        packet = ipv4(outer_src.v4, outer_dst.v4, GRE, head + inner, trace.next_ident())
        return ethernet(outer_src.mac, outer_dst.mac, IPV4, packet)

    conversation(trace, 40070, wrap=lambda src, dst, inner: carry(src, IPV4, inner))
    conversation(trace, 40071, wrap=lambda src, dst, inner: carry(src, IPV4, inner, key=4711, numbered=True))
    conversation(trace, 40072, version=6, wrap=lambda src, dst, inner: carry(src, IPV6, inner))
    # Ethernet inside.
    conversation(
        trace, 40073, wrap=lambda src, dst, inner: carry(src, TEB, ethernet(src.mac, dst.mac, IPV4, inner), key=12)
    )
    # GRE in GRE, and one with something inside that nobody knows.
    deeper = lambda inner: ipv4(v4("10.1.0.1"), v4("10.1.0.2"), GRE, struct.pack(">HH", 0, IPV4) + inner, 1)
    packet = ipv4(LAPTOP.v4, SERVER.v4, UDP, udp(LAPTOP.v4, SERVER.v4, 40074, 9000, b"two deep"), trace.next_ident())
    trace.frame(carry(LAPTOP, IPV4, deeper(packet)))
    trace.frame(carry(LAPTOP, 0x88B5, noise("unknown in GRE", 40)))
    return trace.packets
