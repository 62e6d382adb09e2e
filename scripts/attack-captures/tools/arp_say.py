"""arp_say.py gratuitous|request|probe|announce ADDRESS OTHER|- COUNT PAUSE_S: says one thing by ARP again and again (scapy).

gratuitous: a reply to all that ADDRESS is here. request: asks for OTHER in ADDRESS's name. probe and announce: RFC 5227.
"""

import sys
import time

from scapy.all import ARP, Ether, conf, get_if_hwaddr, sendp

conf.verb = 0
way, address, other, count, pause = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5])
me = get_if_hwaddr("eth0")
every = Ether(src=me, dst="ff:ff:ff:ff:ff:ff")
packet = {
    "gratuitous": every / ARP(op=2, hwsrc=me, psrc=address, hwdst="ff:ff:ff:ff:ff:ff", pdst=address),
    "request": every / ARP(op=1, hwsrc=me, psrc=address, hwdst="00:00:00:00:00:00", pdst=other),
    "probe": every / ARP(op=1, hwsrc=me, psrc="0.0.0.0", hwdst="00:00:00:00:00:00", pdst=address),
    "announce": every / ARP(op=1, hwsrc=me, psrc=address, hwdst="00:00:00:00:00:00", pdst=address),
}[way]
for _ in range(count):
    sendp(packet, iface="eth0")
    time.sleep(pause)
