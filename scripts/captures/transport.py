"""TCP from plain to troubled, ICMP, fragments, IPv6 extension headers."""

import struct

from captures.frames import (
    AH,
    DESTINATION,
    ESP,
    FRAGMENT,
    HOP_BY_HOP,
    ICMP,
    ICMPV6,
    IPV4,
    IPV6,
    NO_NEXT,
    ROUTING,
    TCP,
    UDP,
    echo,
    ethernet,
    icmp,
    icmpv6,
    ipv4,
    ipv6,
    noise,
    pseudo_checksum,
    udp,
    v6,
)
from captures.talk import ACK, DESKTOP, FAR, LAPTOP, MS, ROUTER, RST, SERVER, SYN, US, WEB, Tcp, Trace

# One capture must show more than one thing, but not more than a reader can follow: the README has a line for each.


def tcp_close():
    trace = Trace()
    tcp = Tcp(trace, LAPTOP, WEB, 40001, 7070)
    tcp.open()
    tcp.ask(b"question 1\n", b"answer 1\n")
    trace.wait(50 * MS)
    tcp.ask(b"question 2\n", b"answer 2, a longer one\n" * 80)
    tcp.close()
    return trace.packets


def tcp_retransmit():
    trace = Trace()
    tcp = Tcp(trace, LAPTOP, WEB, 40002, 7071, rtt=12 * MS)
    tcp.open()
    tcp.send("c", b"send me everything\n")
    trace.wait(12 * MS)
    tcp.ack("s")
    size = 1448
    first = tcp.sent["s"]

    def part(index, **how):
        data = noise("retransmit", 16 * size)[index * size : (index + 1) * size]
        tcp.segment("s", first + index * size, ACK, data, **how)

    def acknowledge(index, **how):
        tcp.ack("c", ack=first + index * size, **how)

    # Lost before it got here: a hole, three duplicate acknowledgements, fast retransmit.
    part(0)
    part(1)
    acknowledge(2)
    for index in (3, 4, 5):
        part(index)
        acknowledge(2, sack=[(first + 3 * size, first + (index + 1) * size)])
    trace.wait(12 * MS)
    part(2)
    acknowledge(6)

    # Lost after it got here: the same bytes pass twice.
    trace.wait(12 * MS)
    part(6)
    for index in (7, 8, 9):
        part(index)
        acknowledge(6, sack=[(first + 7 * size, first + (index + 1) * size)])
    trace.wait(12 * MS)
    part(6)
    acknowledge(10)

    # Two segments that overtook each other: nothing is lost and nothing sent again.
    trace.wait(12 * MS)
    part(11)
    acknowledge(10, sack=[(first + 11 * size, first + 12 * size)])
    part(10)
    acknowledge(12)

    # The last segment gets lost behind here and nothing follows it: sent again when the time is over.
    trace.wait(12 * MS)
    part(12)
    trace.wait(220 * MS)
    part(12)
    acknowledge(13)

    # The client cannot take more; the server asks again with one byte each time; then the window opens.
    tcp.sent["s"] = first + 13 * size
    trace.wait(5 * MS)
    tcp.ack("c", window=0)
    for pause in (250, 500):
        trace.wait(pause * MS)
        tcp.segment("s", tcp.sent["s"], ACK, b"z")
        trace.wait(100 * US)
        tcp.ack("c", window=0)
    trace.wait(200 * MS)
    tcp.ack("c", window=502)
    trace.wait(12 * MS)
    tcp.send("s", b"zero window is over\n")
    trace.wait(100 * US)
    tcp.ack("c")

    # Silence, then a keep-alive: the byte before the next one.
    trace.wait(3000 * MS)
    tcp.segment("c", tcp.sent["c"] - 1, ACK)
    trace.wait(12 * MS)
    tcp.ack("s")
    tcp.close("s")

    # A SYN that has to be sent twice, and a port where nobody listens.
    slow = Tcp(trace, DESKTOP, WEB, 40003, 7072)
    slow.segment("c", slow.sent["c"], SYN)
    trace.wait(1000 * MS)
    slow.open()
    slow.close()
    shut = Tcp(trace, DESKTOP, SERVER, 40004, 7073, rtt=200 * US)
    shut.segment("c", shut.sent["c"], SYN)
    shut.sent["c"] += 1
    trace.wait(200 * US)
    shut.segment("s", 0, RST | ACK)
    return trace.packets


def icmp_messages():
    trace = Trace()

    def v4(src, dst, kind, code, rest, payload=b"", **how):
        trace.ip(src, dst, ICMP, icmp(kind, code, rest, payload), **how)

    def v6_message(src, dst, kind, code, rest, payload=b"", **how):
        trace.ip(src, dst, ICMPV6, icmpv6(src.v6, dst.v6, kind, code, rest, payload), 6, **how)

    # Three pings; the second stays without an answer.
    for sequence in (1, 2, 3):
        rest, payload = echo("ping", 0x4E4D, sequence)
        v4(LAPTOP, WEB, 8, 0, rest, payload)
        trace.wait(15 * MS)
        if sequence != 2:
            v4(WEB, LAPTOP, 0, 0, rest, payload, ttl=57)
        trace.wait(985 * MS)

    def quoted(src_port, dst_port, ttl):
        """The packet that an error is about: its IP header and eight bytes, RFC 792."""
        datagram = udp(LAPTOP.v4, WEB.v4, src_port, dst_port, bytes(32))
        return ipv4(LAPTOP.v4, WEB.v4, UDP, datagram, 0x2001, ttl, df=False)

    # Each error follows the packet that it quotes.
    errors = [
        (ROUTER, 33434, 1, 11, 0, bytes(4)),  # time exceeded: traceroute's first hop
        (WEB, 33435, 58, 3, 3, bytes(4)),  # port unreachable: its last
        (ROUTER, 33436, 64, 3, 1, bytes(4)),  # host unreachable
        (ROUTER, 33437, 64, 3, 13, bytes(4)),  # administratively prohibited
        (ROUTER, 33438, 64, 3, 4, struct.pack(">HH", 0, 1400)),  # fragmentation needed, MTU 1400
        (ROUTER, 33439, 64, 5, 1, DESKTOP.v4),  # redirect
    ]
    for source, port, ttl, kind, code, rest in errors:
        asked = quoted(40010, port, ttl)
        trace.frame(ethernet(LAPTOP.mac, ROUTER.mac, IPV4, asked))
        trace.wait(2 * MS)
        v4(source, LAPTOP, kind, code, rest, asked[:28])
        trace.wait(100 * MS)

    stamp = struct.pack(">HH", 7, 1)
    times = struct.pack(">III", 28_800_000, 0, 0)
    v4(LAPTOP, ROUTER, 13, 0, stamp, times)
    v4(ROUTER, LAPTOP, 14, 0, stamp, struct.pack(">III", 28_800_000, 28_800_001, 28_800_001))

    # The same in IPv6.
    rest, payload = echo("ping", 0x4E36, 1)
    v6_message(LAPTOP, WEB, 128, 0, rest, payload)
    trace.wait(15 * MS)
    v6_message(WEB, LAPTOP, 129, 0, rest, payload, ttl=57)
    asked = ipv6(LAPTOP.v6, WEB.v6, UDP, udp(LAPTOP.v6, WEB.v6, 40011, 33440, bytes(1400)))
    trace.frame(ethernet(LAPTOP.mac, ROUTER.mac, IPV6, asked))
    v6_message(ROUTER, LAPTOP, 2, 0, struct.pack(">I", 1400), asked[:1232])  # packet too big
    asked = ipv6(LAPTOP.v6, WEB.v6, UDP, udp(LAPTOP.v6, WEB.v6, 40011, 33441, bytes(32)), hop_limit=1)
    trace.frame(ethernet(LAPTOP.mac, ROUTER.mac, IPV6, asked))
    v6_message(ROUTER, LAPTOP, 3, 0, bytes(4), asked)  # hop limit exceeded
    trace.frame(ethernet(LAPTOP.mac, ROUTER.mac, IPV6, asked))
    v6_message(WEB, LAPTOP, 1, 4, bytes(4), asked)  # port unreachable
    return trace.packets


def fragments():
    trace = Trace()

    def cut(payload, ident, sizes, src=LAPTOP, dst=WEB, protocol=UDP):
        """IPv4 fragments of the payload; all of `sizes` but the last are multiples of 8."""
        out, at = [], 0
        for size in sizes:
            part = payload[at : at + size]
            more = at + size < len(payload)
            fragment = ipv4(src.v4, dst.v4, protocol, part, ident, 64, False, more, at)
            out.append(ethernet(src.mac, dst.mac, IPV4, fragment))
            at += size
        return out

    def send(frames):
        for frame in frames:
            trace.frame(frame)
        trace.wait(10 * MS)

    def datagram(port, name, length=2800):
        return udp(LAPTOP.v4, WEB.v4, port, 9000, noise(name, length))

    # One flow per order, each also with a whole packet, so that the pieces must find their flow.
    orders = [(40020, (0, 1, 2)), (40021, (2, 1, 0)), (40022, (1, 0, 2))]
    for ident, (port, order) in enumerate(orders, 0x3001):
        frames = cut(datagram(port, f"order {port}"), ident, (1480, 1304, 24))
        send([frames[index] for index in order])
        trace.udp(LAPTOP, WEB, port, 9000, b"whole")
    # The middle never comes.
    frames = cut(datagram(40023, "middle"), 0x3004, (1480, 1304, 24))
    send([frames[0], frames[2]])
    # Two datagrams whose pieces alternate.
    one = cut(datagram(40024, "one", 2000), 0x3005, (1480, 528))
    two = cut(datagram(40025, "two", 2000), 0x3006, (1480, 528))
    send([one[0], two[0], two[1], one[1]])
    # A first piece so small that the TCP header is not whole in it: RFC 3128.
    tcp = struct.pack(">HHIIBBHHH", 40026, 80, 1, 0, 5 << 4, SYN, 64240, 0, 0)
    tcp = tcp[:16] + struct.pack(">H", pseudo_checksum(LAPTOP.v4, WEB.v4, TCP, tcp)) + tcp[18:]
    send(cut(tcp, 0x3007, (8, 12), protocol=TCP))
    # A large ping and its answer.
    rest, payload = echo("ping", 0x4E50, 1, 4000)
    send(cut(icmp(8, 0, rest, payload), 0x3008, (1480, 1480, 1048), protocol=ICMP))
    send(cut(icmp(0, 0, rest, payload), 0x3009, (1480, 1480, 1048), WEB, LAPTOP, ICMP))

    # IPv6, last piece first, and an atomic fragment: RFC 6946.
    payload = udp(LAPTOP.v6, WEB.v6, 40027, 9000, noise("v6", 2800))

    def piece(at, size, more, ident):
        head = struct.pack(">BBHI", UDP, 0, at | more, ident)
        inner = ipv6(LAPTOP.v6, WEB.v6, FRAGMENT, head + payload[at : at + size])
        return ethernet(LAPTOP.mac, WEB.mac, IPV6, inner)

    send([piece(1448, 1360, 0, 0x66), piece(0, 1448, 1, 0x66)])
    payload = udp(LAPTOP.v6, WEB.v6, 40027, 9000, b"atomic")
    send([piece(0, len(payload), 0, 0x67)])
    return trace.packets


def ipv6_headers():
    trace = Trace()

    def send(src, dst, next_header, payload, dst_mac=None, hop_limit=64):
        inner = ipv6(src.v6, dst.v6, next_header, payload, hop_limit, 0x12345)
        trace.frame(ethernet(src.mac, dst_mac or dst.mac, IPV6, inner))
        trace.wait(1 * MS)

    def extension(following, body):
        """An extension header with the given contents, padded to 8 bytes with PadN."""
        room = -(2 + len(body)) % 8
        if room == 1:
            body += b"\0"
        elif room:
            body += struct.pack(">BB", 1, room - 2) + bytes(room - 2)
        return struct.pack(">BB", following, (2 + len(body)) // 8 - 1) + body

    def datagram(port, data, src=LAPTOP, dst=WEB):
        return udp(src.v6, dst.v6, port, 9000, data)

    class Group:
        v6 = v6("ff02::16")

    # MLDv2 report: hop-by-hop options with router alert.
    record = struct.pack(">BBH", 4, 0, 0) + v6("ff02::fb")
    report = icmpv6(LAPTOP.v6, Group.v6, 143, 0, struct.pack(">HH", 0, 1), record)
    alert = extension(ICMPV6, struct.pack(">BBH", 5, 2, 0))
    send(LAPTOP, Group, HOP_BY_HOP, alert + report, bytes.fromhex("333300000016"), 1)

    # Neighbour discovery: who has the router's address, and the answer.
    class Solicited:
        v6 = v6("ff02::1:ff00:1")

    link = b"\x01\x01" + LAPTOP.mac
    ask = icmpv6(LAPTOP.v6, Solicited.v6, 135, 0, bytes(4), ROUTER.v6 + link)
    send(LAPTOP, Solicited, ICMPV6, ask, bytes.fromhex("3333ff000001"), 255)
    answer = icmpv6(ROUTER.v6, LAPTOP.v6, 136, 0, bytes.fromhex("e0000000"), ROUTER.v6 + b"\x02\x01" + ROUTER.mac)
    send(ROUTER, LAPTOP, ICMPV6, answer, None, 255)

    # No extension header; destination options; hop-by-hop, destination and routing one after the other.
    send(LAPTOP, WEB, UDP, datagram(40030, b"plain"))
    send(LAPTOP, WEB, DESTINATION, extension(UDP, b"\x01\x04\0\0\0\0") + datagram(40031, b"destination options"))
    segments = struct.pack(">BBBBH", 4, 0, 0, 0, 0) + WEB.v6  # RFC 8754: none left
    routing = struct.pack(">BB", UDP, 2) + segments
    chain = extension(DESTINATION, b"\x01\x04\0\0\0\0") + extension(ROUTING, b"\x01\x00") + routing
    send(LAPTOP, WEB, HOP_BY_HOP, chain + datagram(40032, b"three headers"))
    # Authentication header, then the packet in the clear; ESP, where nothing more can be read.
    authentication = struct.pack(">BBHII", UDP, 4, 0, 0x100, 1) + noise("icv", 12)
    send(LAPTOP, WEB, AH, authentication + datagram(40033, b"authenticated"))
    for sequence in (1, 2):
        send(LAPTOP, WEB, ESP, struct.pack(">II", 0x200, sequence) + noise(f"esp {sequence}", 120))
    # No next header; a protocol number of the experimenters (RFC 3692).
    send(LAPTOP, WEB, NO_NEXT, b"")
    send(LAPTOP, WEB, 253, noise("253", 40))

    # A TCP conversation with destination options before every segment.
    def wrap(src, dst, inner):
        options = extension(inner[6], b"\x01\x04\0\0\0\0")
        longer = struct.pack(">H", len(inner) - 40 + len(options))
        head = inner[:4] + longer + bytes([DESTINATION]) + inner[7:40]
        return ethernet(src.mac, dst.mac, IPV6, head + options + inner[40:])

    tcp = Tcp(trace, LAPTOP, FAR, 40034, 7074, version=6, wrap=wrap)
    tcp.open()
    tcp.ask(b"question\n", b"answer\n")
    tcp.close()
    return trace.packets
