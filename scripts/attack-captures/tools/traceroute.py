"""traceroute.py udp|icmp HOST: three probes for each of four hops, as traceroute sends them (scapy)."""

import os
import sys
import time

from scapy.all import ICMP, IP, UDP, Raw, conf, send  # noqa: E402

conf.verb = 0
kind, host = sys.argv[1], sys.argv[2]
number = os.getpid() & 0xFFFF
for ttl in range(1, 5):
    for probe in range(3):
        n = (ttl - 1) * 3 + probe
        if kind == "udp":
            packet = IP(dst=host, ttl=ttl) / UDP(sport=40000 + n, dport=33434 + n) / Raw(b"@" * 32)
        else:
            packet = IP(dst=host, ttl=ttl) / ICMP(id=number, seq=n) / Raw(b"H" * 32)
        send(packet)
        time.sleep(0.05)
