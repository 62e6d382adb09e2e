"""DNS over UDP and TCP."""

import struct

from captures.frames import v4, v6
from captures.talk import LAPTOP, MS, ROUTER, Tcp, Trace

A, NS, CNAME, SOA, PTR, MX, TXT, AAAA, SRV, HTTPS = 1, 2, 5, 6, 12, 15, 16, 28, 33, 65
POINTER_TO_QUESTION = b"\xc0\x0c"


def labels(name):
    if isinstance(name, bytes):
        return name
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def query(ident, name, kind, edns=True):
    extra = b"\0" + struct.pack(">HHIH", 41, 1232, 0, 0) if edns else b""
    head = struct.pack(">HHHHHH", ident, 0x0100, 1, 0, 0, int(edns))
    return head + labels(name) + struct.pack(">HH", kind, 1) + extra


def record(owner, kind, data, ttl=300):
    return owner + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data


def response(ident, name, kind, answers=(), rcode=0, authority=(), truncated=False):
    flags = 0x8180 | rcode | (0x0200 if truncated else 0)
    head = struct.pack(">HHHHHH", ident, flags, 1, len(answers), len(authority), 0)
    return head + labels(name) + struct.pack(">HH", kind, 1) + b"".join(answers) + b"".join(authority)


def dns():
    trace = Trace()
    ident = 0x0A00
    port = 41000

    def exchange(name, kind, answers=(), rtt=12 * MS, **how):
        nonlocal ident, port
        ident, port = ident + 1, port + 1
        trace.udp(LAPTOP, ROUTER, port, 53, query(ident, name, kind))
        trace.wait(rtt)
        trace.udp(ROUTER, LAPTOP, 53, port, response(ident, name, kind, answers, **how))
        trace.wait(50 * MS)

    here = POINTER_TO_QUESTION
    exchange("www.example.com", A, [record(here, A, v4("198.51.100.10"))])
    exchange("www.example.com", AAAA, [record(here, AAAA, v6("2001:db8:ffff::10"))])
    # An alias and two addresses; the second record's owner is the alias's target by pointer.
    name = "files.example.net"
    alias = record(here, CNAME, labels("edge.cdn.example.net"))
    target = struct.pack(">H", 0xC000 | 12 + len(labels(name)) + 4 + 12)
    addresses = [record(target, A, v4("203.0.113.5")), record(target, A, v4("203.0.113.6"))]
    exchange(name, A, [alias] + addresses, rtt=35 * MS)
    start = labels("ns1.example.com") + labels("hostmaster.example.com")
    start += struct.pack(">5I", 2026011201, 7200, 900, 1209600, 300)
    exchange("nosuchname.example.com", A, rcode=3, authority=[record(labels("example.com"), SOA, start)])
    exchange("broken.example.net", A, rcode=2, rtt=900 * MS)
    exchange("example.com", MX, [record(here, MX, struct.pack(">H", 10) + labels("mail.example.com"))])
    text = b"v=spf1 mx -all"
    exchange("example.com", TXT, [record(here, TXT, bytes([len(text)]) + text)])
    service = struct.pack(">HHH", 0, 5, 389) + labels("ldap.example.com")
    exchange("_ldap._tcp.example.com", SRV, [record(here, SRV, service)])
    exchange("10.100.51.198.in-addr.arpa", PTR, [record(here, PTR, labels("www.example.com"))])
    # RFC 9460: priority 1, the name itself, ALPN h3 and h2.
    service = struct.pack(">H", 1) + b"\0" + struct.pack(">HH", 1, 6) + b"\x02h3\x02h2"
    exchange("www.example.com", HTTPS, [record(here, HTTPS, service)])
    # Upper and lower case mixed by a careful resolver; bytes that are no text.
    exchange("WwW.eXaMpLe.CoM", A, [record(here, A, v4("198.51.100.10"))])
    exchange(b"\x05\x1b[31m\x07example\x03com\0", A, rcode=3)
    exchange(b"\0", NS, [record(here, NS, labels("a.example.net"))])

    # Asked twice, answered once; asked and never answered.
    ident, port = ident + 1, port + 1
    for pause in (1000 * MS, 20 * MS):
        trace.udp(LAPTOP, ROUTER, port, 53, query(ident, "slow.example.net", A))
        trace.wait(pause)
    trace.udp(ROUTER, LAPTOP, 53, port, response(ident, "slow.example.net", A, [record(here, A, v4("203.0.113.7"))]))
    ident, port = ident + 1, port + 1
    trace.udp(LAPTOP, ROUTER, port, 53, query(ident, "silent.example.net", A, edns=False))
    trace.wait(100 * MS)

    # Too long for UDP: truncated, then asked again over TCP, where a length goes first.
    exchange("long.example.com", TXT, truncated=True)
    ident += 1
    texts = [record(here, TXT, bytes([200]) + b"0123456789" * 20) for _ in range(12)]
    tcp = Tcp(trace, LAPTOP, ROUTER, 41099, 53, rtt=1 * MS)
    tcp.open()
    framed = lambda message: struct.pack(">H", len(message)) + message
    tcp.ask(framed(query(ident, "long.example.com", TXT)), framed(response(ident, "long.example.com", TXT, texts)))
    tcp.close()
    return trace.packets
