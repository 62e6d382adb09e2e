#!/usr/bin/env python3
"""generate-captures.py [--check]: makes the captures of the tests, crates/netmonsec/tests/captures.

Needs only Python 3. The same bytes at every run; --check writes nothing and says which file differs.
"""

import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))

from captures import files, links, names, related, transport, web  # noqa: E402
from captures.frames import ethernet  # noqa: E402
from captures.talk import LAPTOP, MS, SERVER, Trace  # noqa: E402

OUT = Path(__file__).parent.parent / "crates/netmonsec/tests/captures"


def two_interfaces():
    """A conversation seen twice on its way: behind the firewall in microseconds, before it in nanoseconds."""
    out = files.Pcapng()
    out.interface("lan0")
    out.interface("wan0", tsresol=9)
    out.name(LAPTOP.v4, "laptop-anna")
    # No reader knows this block, and every reader must skip it.
    out.block(0x0BAD0BAD, b"unknown block")
    packets = transport.tcp_close()
    for number, (at, frame) in enumerate(packets):
        out.packet(0, at, frame, "the first one" if number == 0 else None)
        out.packet(1, at + 1_234, frame)
    end = packets[-1][0]
    out.statistics(0, end, len(packets), 0)
    out.statistics(1, end, len(packets) + 3, 3)
    return bytes(out.out)


def two_sections():
    """Two files one after the other: the second in the other byte order, raw IP, time in 2^-30 s."""
    packets = transport.tcp_close()
    half = len(packets) // 2
    first = files.Pcapng()
    first.interface("lan0")
    for at, frame in packets[:half]:
        first.packet(0, at, frame)
    second = files.Pcapng(big_endian=True)
    second.interface("tun0", files.RAW_IP, tsresol=0x80 | 30)
    for at, frame in packets[half:]:
        second.packet(0, at, frame[14 : 14 + int.from_bytes(frame[16:18], "big")])
    return bytes(first.out + second.out)


def odd_frames():
    """What no stack sends: cut headers, lengths that lie, empty payloads."""
    trace = Trace()
    mac = (LAPTOP.mac, SERVER.mac)
    trace.udp(LAPTOP, SERVER, 40080, 9000, b"")
    whole = trace.packets[0][1]
    for length in (0, 1, 13, 14, 15, 20, 33, 34, 38, 41):
        trace.frame(whole[:length])
        trace.wait(1 * MS)
    trace.frame(ethernet(*mac, 0x0800, b"\x4f" + whole[15:34]))  # IHL 60, packet 20
    trace.frame(ethernet(*mac, 0x0800, b"\x44" + whole[15:34]))  # IHL 16
    trace.frame(ethernet(*mac, 0x0800, whole[14:16] + b"\x00\x00" + whole[18:42]))  # total length 0
    trace.frame(ethernet(*mac, 0x0800, whole[14:16] + b"\xff\xff" + whole[18:42]))  # total length 65535
    trace.frame(ethernet(*mac, 0x0800, whole[14:38] + b"\x00\x04" + whole[40:42]))  # UDP length 4
    trace.frame(ethernet(*mac, 0x86DD, b"\x60" + bytes(5) + b"\x00\x40" + bytes(32) + b"\x00\xff" + bytes(6)))
    trace.frame(ethernet(*mac, 0x0026, b"\x42\x42\x03" + bytes(35)))  # IEEE 802.3: a length, then LLC
    return trace.packets


def captures():
    plain = transport.tcp_close()
    # Times between the microseconds.
    fine = [(at + 123 + 7 * number, frame) for number, (at, frame) in enumerate(plain)]
    troubled = files.pcap(transport.tcp_retransmit())
    return {
        "tcp-close.pcap": files.pcap(plain),
        "tcp-retransmit.pcap": troubled,
        "vlan.pcap": files.pcap(links.vlan()),
        "qinq.pcap": files.pcap(links.qinq()),
        "fragments.pcap": files.pcap(transport.fragments()),
        "vxlan.pcap": files.pcap(links.vxlan()),
        "gre.pcap": files.pcap(links.gre()),
        "ipv6.pcap": files.pcap(transport.ipv6_headers()),
        "icmp.pcap": files.pcap(transport.icmp_messages()),
        "dns.pcap": files.pcap(names.dns()),
        "http.pcap": files.pcap(web.http()),
        "tls.pcap": files.pcap(web.tls()),
        "related.pcap": files.pcap(related.related()),
        "odd.pcap": files.pcap(odd_frames()),
        "truncated.pcap": files.pcap(plain)[:-500],
        "snaplen.pcap": files.pcap(plain, snaplen=96),
        "nanosecond.pcap": files.pcap(fine, nanoseconds=True),
        "big-endian.pcap": files.pcap(plain, big_endian=True),
        "interfaces.pcapng": two_interfaces(),
        "sections.pcapng": two_sections(),
    }


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit(__doc__)
    made = captures()
    if check:
        differ = [name for name, data in made.items() if not (OUT / name).exists() or (OUT / name).read_bytes() != data]
        if differ:
            sys.exit(f"generate-captures: differ from what is in {OUT}: {', '.join(differ)}")
        return
    OUT.mkdir(parents=True, exist_ok=True)
    for name, data in made.items():
        (OUT / name).write_bytes(data)


if __name__ == "__main__":
    main()
