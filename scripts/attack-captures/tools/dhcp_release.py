"""dhcp_release.py ADDRESS SERVER: gives an address back (RFC 2131 s4.4.6, scapy)."""

import sys

from scapy.all import BOOTP, DHCP, IP, UDP, Ether, conf, get_if_hwaddr, getmacbyip, sendp

conf.verb = 0
me = get_if_hwaddr("eth0")
raw = bytes.fromhex(me.replace(":", ""))
sendp(Ether(src=me, dst=getmacbyip(sys.argv[2])) / IP(src=sys.argv[1], dst=sys.argv[2]) / UDP(sport=68, dport=67)
      / BOOTP(op=1, ciaddr=sys.argv[1], chaddr=raw, xid=0x50501234)
      / DHCP(options=[("message-type", "release"), ("server_id", sys.argv[2]), ("client_id", b"\x01" + raw), "end"]), iface="eth0")
