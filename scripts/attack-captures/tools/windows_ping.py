"""windows_ping.py HOST COUNT PAUSE_S: echo requests with the 32 bytes that Windows puts in (scapy)."""

import sys
import time

from scapy.all import ICMP, IP, Raw, conf, send

conf.verb = 0
for n in range(int(sys.argv[2])):
    send(IP(dst=sys.argv[1], ttl=128) / ICMP(id=1, seq=500 + n) / Raw(b"abcdefghijklmnopqrstuvwabcdefghi"))
    time.sleep(float(sys.argv[3]))
