"""Floods, each bounded in packets, and loads that are heavy and healthy."""

import time

from lab import OUTSIDE
from record import SCANS, by, capture

SYN, UDP, ICMP = ["syn-flood"], ["udp-flood"], ["icmp-flood"]
ALSO = SCANS + ["traffic-spike"]


def web(host):
    return host.start_tool("web.py", "80", wait=0.8)


@capture("synflood_hping3_spoofed", "hping3 --rand-source to an open port, about 2,000 SYN a second",
         expect=[(SYN, by("attacker", "server"))], allow=ALSO, snap=64, packets=1000)
def spoofed(lab):
    web(lab.server)
    yield
    lab.attacker.run(f"hping3 -S -p 80 --rand-source -i u500 -c 1500 -q {lab.server.v4}", timeout=10)


@capture("synflood_hping3_spoofed_slow", "hping3 --rand-source, 150 SYN a second for 5 s, to a server that answers",
         expect=[(SYN, by("attacker", "server"))], allow=ALSO, snap=64, packets=900)
def spoofed_slow(lab):
    web(lab.server)
    yield
    lab.attacker.run(f"hping3 -S -p 80 --rand-source -i u6600 -c 750 -q {lab.server.v4}", timeout=14)


@capture("synflood_hping3_one_source", "hping3 from one source with changing ports, 1,000 SYN a second to a port that drops",
         expect=[(SYN, by("attacker", "server"))], allow=ALSO, snap=64, packets=800)
def one_source(lab):
    lab.server.run("iptables -A INPUT -p tcp -j DROP")
    yield
    lab.attacker.run(f"hping3 -S -p 443 -i u1000 -c 800 -q {lab.server.v4}", timeout=10)
    yield
    lab.server.run("iptables -F")


@capture("synflood_from_outside", "hping3 from one host outside, 700 SYN a second to a web server inside",
         expect=[(SYN, by("outside", "server"))], allow=ALSO, snap=64, packets=800)
def from_outside(lab):
    web(lab.server)
    yield
    lab.outside.run(f"hping3 -S -p 80 -a {OUTSIDE} -i u1400 -c 270 -q {lab.server.v4}", timeout=10)


@capture("synflood_ipv6", "thcsyn6: SYN from random sources of the subnet over IPv6, up to 2,000 a second",
         expect=[(SYN, by("attacker", "server"))], allow=ALSO, snap=80, packets=550)
def syn6(lab):
    web(lab.server)
    yield
    lab.attacker.run(f"timeout 2 atk6-thcsyn6 -r -i 500 eth0 {lab.server.v6} 80", timeout=5)


@capture("quiet_ab_web_load", "ab: 64 connections, 16 side by side, as fast as they go", snap=64, packets=400)
def ab(lab):
    web(lab.server)
    yield
    lab.pc1.run(f"ab -q -n 64 -c 16 http://{lab.server.v4}/", timeout=30)


@capture("quiet_proxy_connections", "a proxy opens 30 connections to a web server outside within a second or two", snap=64, packets=350)
def proxy(lab):
    web(lab.outside)
    yield
    lab.server.run(f"ab -q -n 30 -c 3 http://{OUTSIDE}/", timeout=30)


@capture("udpflood_hping3_dns", "hping3 --udp, 1,300 datagrams to one port at 4,000 a second",
         expect=[(UDP, by("attacker", "server"))], allow=ALSO + ["icmp-flood"], snap=48, packets=1000)
def udp_dns(lab):
    lab.server.start_tool("udp_sink.py", "53")
    yield
    lab.attacker.run(f"hping3 --udp -p 53 -i u250 -c 1300 -d 64 -q {lab.server.v4}", timeout=10)


@capture("udpflood_hping3_spoofed", "hping3 --udp --rand-source with changing ports, 2,000 a second",
         expect=[(UDP, by("attacker", "server"))], allow=ALSO + ["icmp-flood"], snap=48, packets=900)
def udp_spoofed(lab):
    yield
    lab.attacker.run(f"hping3 --udp -p 123 --rand-source -i u500 -c 1050 -d 400 -q {lab.server.v4}", timeout=10)


@capture("udpflood_outside_large", "a host inside floods one outside with datagrams of 1,400 bytes, 1,100 in half a second",
         expect=[(UDP, by("pc2", "outside"))], allow=ALSO + ["icmp-flood", "data-exfiltration"], snap=48, packets=900)
def udp_out(lab):
    lab.outside.start_tool("udp_sink.py", "9999")
    yield
    lab.pc2.run(f"hping3 --udp -p 9999 -k -s 40001 -i u400 -c 1100 -d 1372 -q {OUTSIDE}", timeout=10)


@capture("quiet_iperf3_udp", "iperf3 -u: 4 Mbit/s for 2.5 s to a server inside", snap=48, packets=500)
def iperf3(lab):
    lab.server.start("exec iperf3 -s -1", wait=0.7)
    yield
    lab.pc1.run(f"iperf3 -u -b 4M -l 1200 -t 2.5 -c {lab.server.v4}", timeout=12)


@capture("quiet_rtp_call", "a call: RTP both ways, 50 packets a second each, 8 s", snap=60, packets=400)
def rtp(lab):
    lab.outside.start_tool("rtp.py", f"203.0.113.80 16384 {lab.pc3.v4} 20000 8", wait=0.3)
    yield
    lab.pc3.tool("rtp.py", f"{lab.pc3.v4} 20000 203.0.113.80 16384 8", timeout=25)


@capture("quiet_video_stream", "a stream of a camera: RTP-like datagrams of 1,300 bytes in bursts, 8 s", snap=48, packets=450)
def video(lab):
    lab.server.start_tool("udp_sink.py", "5004")
    yield
    lab.pi.tool("bursts.py", f"{lab.server.v4} 5004 8 25 6", timeout=25)


@capture("icmpflood_hping3", "hping3 --icmp as fast as it goes",
         expect=[(ICMP, by("attacker", "pc1"))], allow=ALSO + ["icmp-tunnel"], snap=48, packets=1500)
def icmp(lab):
    yield
    lab.attacker.run(f"timeout 1 hping3 --icmp --flood -q {lab.pc1.v4}", timeout=5)


@capture("icmpflood_ping", "ping -l: 1,200 echo requests at once to a host that does not answer",
         expect=[(ICMP, by("attacker", "server"))], allow=ALSO + ["icmp-tunnel"], snap=48, packets=1300)
def ping_f(lab):
    lab.server.sysctl("net.ipv4.icmp_echo_ignore_all=1")
    yield
    lab.attacker.run(f"ping -q -l 1200 -c 1200 -W 1 {lab.server.v4}", timeout=20)
    yield
    lab.server.sysctl("net.ipv4.icmp_echo_ignore_all=0")


@capture("icmpflood_fragments", "ping with 4,000 bytes: 350 requests at once in three fragments each, no answers",
         expect=[(ICMP, by("attacker", "server"))], allow=ALSO + ["icmp-tunnel"], snap=48, packets=1100)
def fragments(lab):
    lab.server.sysctl("net.ipv4.icmp_echo_ignore_all=1")
    yield
    lab.attacker.run(f"ping -q -l 350 -s 4000 -c 350 -W 1 {lab.server.v4}", timeout=20)
    yield
    lab.server.sysctl("net.ipv4.icmp_echo_ignore_all=0")


@capture("icmpflood_ping6", "ping -6 -l: 1,100 echo requests at once over IPv6 to a host that does not answer",
         expect=[(ICMP, by("attacker", "server"))], allow=ALSO + ["icmp-tunnel"], snap=64, packets=1150)
def ping6(lab):
    lab.server.sysctl("net.ipv6.icmp.echo_ignore_all=1")
    yield
    lab.attacker.run(f"ping -6 -q -l 1100 -c 1100 -W 1 {lab.server.v6}", timeout=20)
    yield
    lab.server.sysctl("net.ipv6.icmp.echo_ignore_all=0")


@capture("quiet_ping_fast", "ping -i 0.2, 60 requests", snap=128)
def ping_fast(lab):
    yield
    lab.pc1.run(f"ping -q -i 0.2 -c 60 {OUTSIDE}", timeout=20)


@capture("quiet_smokeping", "a monitor sends 20 echo requests to each of six hosts, five a second each", snap=128)
def smokeping(lab):
    yield
    lab.pi.run(f"fping -q -C 20 -p 200 -B 1 {lab.server.v4} {lab.files.v4} {lab.printer.v4} {lab.router.v4} "
               f"{OUTSIDE} 203.0.113.80", timeout=20)


@capture("quiet_traceroute", "traceroutes to three addresses outside: UDP to high ports, and by ICMP", snap=128)
def traceroute(lab):
    yield
    for n in range(80, 83):
        lab.pc1.tool("traceroute.py", f"udp 203.0.113.{n}")
        lab.pc1.tool("traceroute.py", f"icmp 203.0.113.{n}")
    time.sleep(0.2)
