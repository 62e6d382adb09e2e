"""Scans of ports, of hosts, by ARP and with strange flags, and what resembles them."""

import time

from lab import GATEWAY6, NET4, OUTSIDE, OUTSIDE_MORE, TOOLS
from record import SCANS, by, capture

PORT, HOSTS, ARP, STEALTH = ["port-scan"], ["host-scan"], ["arp-scan"], ["stealth-scan"]
ATTACKER = by("attacker")
OPEN = "22 25 53 80 110 143 443 445 993 8080"


def services(host, ports=OPEN):
    return host.start_tool("listeners.py", ports)


# --- many ports of one host


@capture("portscan_nmap_connect", "nmap -sT, the 200 commonest ports of a server with ten open ones",
         expect=[(PORT, ATTACKER)], allow=SCANS, snap=96)
def connect(lab):
    services(lab.server)
    yield
    lab.attacker.run(f"nmap -n -Pn -sT --top-ports 200 {lab.server.v4}")


@capture("portscan_nmap_polite", "nmap -sS with 3 s between probes: 55 ports in about 170 s",
         expect=[(PORT, ATTACKER)], allow=SCANS, snap=96)
def polite(lab):
    services(lab.server)
    yield
    lab.attacker.run(f"nmap -n -Pn -sS --scan-delay 3s --max-retries 0 --top-ports 55 {lab.server.v4}", timeout=220)


@capture("portscan_nmap_t2", "nmap -T2 (0.4 s between probes), 150 ports",
         expect=[(PORT, ATTACKER)], allow=SCANS, snap=96)
def t2(lab):
    services(lab.files, "139 445 548 5000")
    yield
    lab.attacker.run(f"nmap -n -Pn -sS -T2 --top-ports 150 {lab.files.v4}", timeout=120)


@capture("portscan_masscan", "masscan, ports 1-250 of one host at 400 a second, its own TCP stack",
         expect=[(PORT, ATTACKER)], allow=SCANS + ["syn-flood"], snap=96, packets=600)
def masscan(lab):
    services(lab.server)
    yield
    lab.attacker.run(f"masscan {lab.server.v4} -p1-250 --rate 400 --wait 2 -e eth0 --adapter-ip {lab.attacker.v4} "
                     f"--adapter-port 61000 --router-mac {lab.server.mac} --adapter-mac {lab.attacker.mac}")


@capture("portscan_nmap_ipv6", "nmap -6 -sS, the 180 commonest ports over IPv6",
         expect=[(PORT, ATTACKER)], allow=SCANS, snap=96)
def ipv6(lab):
    services(lab.server)
    yield
    lab.attacker.run(f"nmap -6 -n -Pn -sS --top-ports 180 {lab.server.v6}")


@capture("portscan_nping_tcp", "nping: SYN to ports 1-150, 30 a second",
         expect=[(PORT, ATTACKER)], allow=SCANS, snap=96)
def nping(lab):
    services(lab.server)
    yield
    lab.attacker.run(f"nping --tcp --flags syn -p 1-150 --rate 30 -c 1 {lab.server.v4}")


@capture("portscan_nping_udp", "nping: UDP to ports 1-180, 40 a second; most answers are held back by the limit on ICMP errors",
         expect=[(PORT, ATTACKER)], allow=SCANS, snap=96)
def nping_udp(lab):
    yield
    lab.attacker.run(f"nping --udp -p 1-180 --rate 40 -c 1 {lab.server.v4}")


@capture("portscan_hping3_increment", "hping3 --scan 1-250 of the printer",
         expect=[(PORT, ATTACKER)], allow=SCANS + ["syn-flood"], snap=96)
def hping3(lab):
    services(lab.printer, "80 443 515 631 9100")
    yield
    lab.attacker.run(f"hping3 -S --scan 1-250 -I eth0 {lab.printer.v4}", timeout=25)


@capture("portscan_from_outside", "nmap -sS of a host outside, through the router, 200 ports",
         expect=[(PORT, by("outside"))], allow=SCANS, snap=96)
def outside(lab):
    services(lab.server)
    yield
    lab.outside.run(f"nmap -n -Pn -sS -S {OUTSIDE} -e eth0 --top-ports 200 {lab.server.v4}")


@capture("portscan_filtered", "nmap -sS of 150 ports of a host that answers nothing (a firewall drops)",
         expect=[(PORT, ATTACKER)], allow=SCANS + ["syn-flood"], snap=96)
def filtered(lab):
    lab.pc2.run("iptables -A INPUT -p tcp -j DROP")
    yield
    lab.attacker.run(f"nmap -n -Pn -sS -T4 --top-ports 150 --max-retries 1 {lab.pc2.v4}")
    yield
    lab.pc2.run("iptables -F")


@capture("portscan_decoys", "nmap -sS -D: 80 ports, each probe also from the addresses of two innocent hosts",
         expect=[(PORT, ATTACKER)], allow=SCANS + ["arp-spoof", "duplicate-ip"], snap=96)
def decoys(lab):
    services(lab.server)
    yield
    lab.attacker.run(f"nmap -n -Pn -sS -D {lab.pc1.v4},{lab.pc2.v4},ME --top-ports 80 {lab.server.v4}")


@capture("portscan_netcat_loop", "a loop of nc -z over 90 ports, ten a second: no scanner at all",
         expect=[(PORT, ATTACKER)], allow=SCANS, snap=96)
def netcat(lab):
    services(lab.files, "139 445 548 5000")
    yield
    lab.attacker.run(f"for p in $(seq 20 109); do timeout 1 bash -c 'exec 3<>/dev/tcp/{lab.files.v4}/'$p 2>/dev/null; "
                     "sleep 0.1; done")


@capture("quiet_browser", "a browser's morning: 48 connections to 16 web servers outside on two ports", snap=74)
def browser(lab):
    services(lab.outside, "80 443")
    yield
    targets = [f"{a}:{p}" for a in OUTSIDE_MORE for p in (443, 80, 443)]
    lab.pc1.tool("connect.py", "-g 0.05 -s 300 " + " ".join(targets))


@capture("quiet_monitor_open_ports", "a monitoring host checks the same 20 open ports of a server, two rounds", snap=74)
def monitoring(lab):
    ports = "22 25 53 80 110 143 389 443 465 587 636 993 995 3306 5432 5672 6379 8080 8443 9200"
    services(lab.server, ports)
    yield
    lab.pi.tool("connect.py", "-r 2 -p 5 " + " ".join(f"{lab.server.v4}:{p}" for p in ports.split()))


@capture("quiet_retry_down_service", "a client asks for a service that is down 90 times: refused each time", snap=96)
def retry(lab):
    yield
    lab.pc3.tool("connect.py", f"-r 90 -g 0.2 {lab.server.v4}:8080")


@capture("quiet_retry_silent_service", "a client asks for a service on a host that drops everything, 12 times", snap=96)
def retry_silent(lab):
    lab.pc2.run("iptables -A INPUT -p tcp -j DROP")
    yield
    lab.pc3.tool("connect.py", f"-r 12 -t 1.5 -g 0.2 {lab.pc2.v4}:8080")
    yield
    lab.pc2.run("iptables -F")


@capture("quiet_twelve_services", "one client uses twelve services of one server", snap=96)
def twelve(lab):
    ports = "22 80 88 135 139 389 443 445 464 636 3268 49152"
    services(lab.server, ports)
    yield
    lab.pc1.tool("connect.py", "-r 2 -g 0.3 -p 1 -s 200 " + " ".join(f"{lab.server.v4}:{p}" for p in ports.split()))


# --- many hosts


@capture("hostscan_masscan_22", "masscan -p22 of the /24, 150 a second; every frame goes to the router, which forwards",
         expect=[(HOSTS, ATTACKER)], allow=SCANS, snap=96, packets=900, hosts=12)
def masscan_24(lab):
    for host in lab.many(12):
        services(host, "22")
    yield
    lab.attacker.run(f"masscan {NET4}.0/24 -p22 --rate 150 --wait 2 -e eth0 --adapter-ip {lab.attacker.v4} "
                     f"--adapter-port 61000 --router-mac {lab.router.mac} --adapter-mac {lab.attacker.mac}")


@capture("hostscan_masscan_routed", "masscan -p3389,5900 of a /26 behind the router, 60 a second",
         expect=[(HOSTS, ATTACKER)], allow=SCANS, snap=96)
def masscan_outside(lab):
    yield
    lab.attacker.run(f"timeout 8 masscan 203.0.113.64/26 -p3389,5900 --rate 60 --wait 1 -e eth0 --adapter-ip {lab.attacker.v4} "
                     f"--adapter-port 61000 --router-mac {lab.router.mac} --adapter-mac {lab.attacker.mac}")


@capture("hostscan_fping_24", "fping -g of the /24: ARP for the absent, echo requests to the living",
         expect=[(HOSTS + ARP, ATTACKER)], allow=SCANS, snap=96, packets=450, hosts=12)
def fping(lab):
    yield
    lab.attacker.run(f"fping -a -q -r 0 -i 10 -g {NET4}.1 {NET4}.254", timeout=30)


@capture("hostscan_fping_routed", "fping -g of a /25 behind the router: echo requests, few answers",
         expect=[(HOSTS, ATTACKER)], allow=SCANS + ["icmp-flood"], snap=96)
def fping_routed(lab):
    yield
    lab.attacker.run("fping -a -q -r 0 -i 20 -g 203.0.113.1 203.0.113.126", timeout=30)


@capture("hostscan_nmap_ps_routed", "nmap -sn -PS22,80,443 of a /26 behind the router, nobody answers",
         expect=[(HOSTS, ATTACKER)], allow=SCANS, snap=96)
def nmap_ps(lab):
    yield
    lab.attacker.run("nmap -n -sn -PS22,80,443 -T4 --max-retries 1 10.60.0.0/26", timeout=60)


@capture("hostscan_zmap", "zmap -p 443 of a /25 outside",
         expect=[(HOSTS, ATTACKER)], allow=SCANS, snap=96)
def zmap(lab):
    services(lab.outside, "443")
    yield
    lab.attacker.run(f"zmap -p 443 -r 60 -c 2 -i eth0 -S {lab.attacker.v4} -G {lab.router.mac} -b /dev/null "
                     "-o /dev/null -q 203.0.113.0/25", timeout=30)


@capture("hostscan_onesixtyone", "onesixtyone: SNMP questions to 80 addresses of the subnet",
         expect=[(HOSTS + ARP, ATTACKER)], allow=SCANS, snap=128, hosts=12)
def snmp_sweep(lab):
    targets = lab.dir / "targets"
    targets.write_text("".join(f"{NET4}.{n}\n" for n in range(41, 121)))
    yield
    lab.attacker.run(f"onesixtyone -w 30 -i {targets} -c /dev/stdin <<< $'public\\nprivate'", timeout=30)


@capture("hostscan_ipv6_neighbours", "nmap -6 -sn of a /121: a sweep of neighbour solicitations",
         expect=[(HOSTS + ARP, ATTACKER)], allow=SCANS)
def nd_sweep(lab):
    yield
    lab.attacker.run("nmap -6 -n -sn --max-retries 1 2001:db8:50::/121", timeout=60)


@capture("hostscan_ipv6_connect", "a loop of connections to port 22 of 60 IPv6 addresses, 12 of which live",
         expect=[(HOSTS + ARP, ATTACKER)], allow=SCANS, snap=96, hosts=12)
def v6_connect(lab):
    for host in lab.many(12):
        services(host, "22")
    yield
    lab.attacker.tool("connect.py", "-t 0.3 " + " ".join(f"[2001:db8:50::{n}]:22" for n in range(90, 150)))


@capture("quiet_monitor_thirty_hosts", "a monitoring server asks 30 living hosts: echo twice, port 22 once",
         snap=74, hosts=30)
def thirty(lab):
    machines = lab.many(30)
    for host in machines:
        services(host, "22")
    yield
    for _ in range(2):
        lab.pi.run("for a in " + " ".join(h.v4 for h in machines) + "; do ping -q -c 1 $a & done; wait")
        time.sleep(2)
    lab.pi.tool("connect.py", "-g 0.1 " + " ".join(f"{h.v4}:22" for h in machines))


@capture("quiet_backup_twenty_hosts", "a backup server fetches from 20 living hosts, one after the other", snap=96, hosts=20)
def backup(lab):
    machines = lab.many(20)
    for host in machines:
        services(host, "873")
    yield
    lab.files.tool("connect.py", "-g 0.5 -s 2000 " + " ".join(f"{h.v4}:873" for h in machines))


@capture("quiet_peers_thirty_outside", "a client talks to 16 hosts outside over UDP and TCP, as games and calls do", snap=74, packets=400)
def peers(lab):
    lab.outside.start_tool("udp_echo.py", "0.0.0.0 40000")
    services(lab.outside, "443")
    yield
    lab.pc2.tool("udp_talk.py", "10 20 200 " + " ".join(f"{a}:40000" for a in OUTSIDE_MORE))
    lab.pc2.tool("connect.py", "-g 0.1 " + " ".join(f"{a}:443" for a in OUTSIDE_MORE))


# --- ARP


@capture("arpscan_arp-scan", "arp-scan of the /24 at 100 a second", expect=[(ARP, ATTACKER)], allow=SCANS)
def arp_scan(lab):
    yield
    lab.attacker.run(f"arp-scan -I eth0 -i 10 -r 1 {NET4}.0/24")


@capture("arpscan_netdiscover", "netdiscover -P of the /24", expect=[(ARP, ATTACKER)], allow=SCANS)
def netdiscover(lab):
    yield
    lab.attacker.run(f"TERM=xterm netdiscover -i eth0 -r {NET4}.0/24 -P -N", timeout=30)


@capture("arpscan_slow_loop", "arping of 80 addresses, four a second", expect=[(ARP, ATTACKER)], allow=SCANS)
def arping(lab):
    yield
    lab.attacker.run(f"for n in $(seq 30 109); do timeout 0.25 arping -c 1 -w 0.2 -i eth0 {NET4}.$n >/dev/null 2>&1; "
                     "sleep 0.05; done", timeout=60)


@capture("arpscan_ettercap", "ettercap makes its list of hosts", expect=[(ARP, ATTACKER)], allow=SCANS)
def ettercap(lab):
    yield
    lab.attacker.run("timeout -s INT 12 script -qec 'ettercap -T -q -i eth0 ///' /dev/null", timeout=25)


@capture("quiet_router_arps", "the router asks for 30 hosts that it has something for, all of which live", hosts=30, snap=96)
def router_arps(lab):
    machines = lab.many(30)
    yield
    lab.outside.run("for a in " + " ".join(h.v4 for h in machines) + "; do ping -q -c 1 $a & sleep 0.1; done; wait")


@capture("quiet_router_arps_absent", "the router asks for eight hosts that are switched off, again and again", snap=96)
def router_absent(lab):
    yield
    for _ in range(2):
        lab.outside.run("for n in 201 202 203 204 205 206 207 208; do ping -q -c 2 -W 1 "
                        f"{NET4}.$n & sleep 0.2; done; wait")


@capture("quiet_host_boots", "a host boots: address checks (RFC 5227), announcements, neighbour discovery, gateway, first questions")
def boots(lab):
    yield
    lab.pc3.run("ip link set eth0 down; sleep 0.5; ip link set eth0 up; sleep 1; "
                f"ip -6 addr replace {lab.pc3.v6}/64 dev eth0 nodad; ip -6 route replace default via {GATEWAY6} dev eth0; "
                f"ip route replace default via {lab.router.v4}; "
                f"/usr/bin/python3 {TOOLS}/arp_say.py probe {lab.pc3.v4} - 3 0.4; /usr/bin/python3 {TOOLS}/arp_say.py announce {lab.pc3.v4} - 2 0.5; "
                f"rdisc6 -1 eth0; ping -c 1 {lab.router.v4}; ping -c 1 {lab.server.v4}; ping -c 2 {OUTSIDE}", timeout=30)


# --- flags that no connection begins with


def stealth(name, what, arguments, ports=60, host="server"):
    @capture("stealth_" + name, what, expect=[(STEALTH, ATTACKER)], allow=SCANS, snap=96)
    def play(lab):
        services(lab.server)
        yield
        lab.attacker.run(f"nmap -n -Pn --top-ports {ports} {arguments} {getattr(lab, host).v4}", timeout=90)


stealth("nmap_fin", "nmap -sF, 60 ports", "-sF")
stealth("nmap_null", "nmap -sN, 100 ports", "-sN", ports=100)
stealth("nmap_xmas", "nmap -sX, 80 ports of the printer", "-sX", ports=80, host="printer")
stealth("nmap_maimon", "nmap -sM, 60 ports", "-sM")
stealth("nmap_ack", "nmap -sA, 100 ports", "-sA", ports=100)
stealth("nmap_window", "nmap -sW, 60 ports, 10 a second", "-sW --scan-delay 100ms")
stealth("nmap_scanflags", "nmap --scanflags URGPSHFIN of the file server, 50 ports", "-sF --scanflags URGPSHFIN", ports=50, host="files")


@capture("stealth_nmap_fin_ipv6", "nmap -6 -sF, 60 ports", expect=[(STEALTH, ATTACKER)], allow=SCANS, snap=96)
def fin6(lab):
    services(lab.server)
    yield
    lab.attacker.run(f"nmap -6 -n -Pn -sF --top-ports 60 {lab.server.v6}")


@capture("stealth_hping3_xmas", "hping3 -F -P -U over 80 ports, 20 a second", expect=[(STEALTH, ATTACKER)], allow=SCANS, snap=96)
def hping_xmas(lab):
    services(lab.server)
    yield
    lab.attacker.run(f"hping3 -F -P -U -p ++1 -c 80 -i u50000 -I eth0 {lab.server.v4}", timeout=20)


@capture("quiet_midstream", "the capture begins in the middle of 12 connections, which go on and end", snap=96, packets=300)
def midstream(lab):
    services(lab.server)
    lab.pc1.start_tool("long_talk.py", f"12 8 {lab.server.v4} 80 443 993 8080", wait=2.5)
    yield
    time.sleep(8)


@capture("quiet_half_closed", "clients close their half first and read on (shutdown), 20 times", snap=96)
def half_closed(lab):
    services(lab.server)
    yield
    lab.pc2.tool("long_talk.py", f"--half 20 0.3 {lab.server.v4} 80 8080")


@capture("quiet_resets", "a server is restarted under 15 connections; what clients still send is answered with RST", snap=96)
def resets(lab):
    process = services(lab.server, "5000")
    yield
    talk = lab.pc3.start_tool("long_talk.py", f"15 6 {lab.server.v4} 5000", wait=2)
    process.kill()
    talk.wait(15)
