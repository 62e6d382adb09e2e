"""What happens on the link: ARP and neighbour spoofing, false DHCP servers and routers, an address twice, and what is in order."""

import time

from lab import GATEWAY4, GATEWAY6, NET4, OUTSIDE, TOOLS
from record import by, capture

SPOOF, ROGUE, TWICE = ["arp-spoof", "duplicate-ip"], ["rogue-dhcp"], ["duplicate-ip", "arp-spoof"]


def talk(*hosts):
    """A little ordinary traffic, by which everybody learns who has which address."""
    for host in hosts:
        host.run(f"ping -q -c 2 -i 0.2 {host.lab.router.v4}; ping -q -c 1 {host.lab.server.v4}")


def spoof(name, what, play, allow=(), who=("attacker",)):
    @capture("arpspoof_" + name, what, expect=[(SPOOF, by(*who))], allow=["duplicate-ip", *allow])
    def recorded(lab):
        yield
        talk(lab.pc1, lab.pc2, lab.attacker)
        play(lab)
        lab.pc1.run(f"ping -q -c 3 -i 0.3 {OUTSIDE}")


def ettercap(lab):
    lab.attacker.sysctl("net.ipv4.ip_forward=1")
    lab.attacker.start(f"exec script -qec 'ettercap -T -q -i eth0 -M arp:remote /{lab.pc1.v4}// /{GATEWAY4}//' /dev/null", wait=12)
    lab.attacker.sysctl("net.ipv4.ip_forward=0")


def arpspoof(lab):
    lab.attacker.sysctl("net.ipv4.ip_forward=1")
    lab.attacker.run(f"timeout -s INT 11 arpspoof -i eth0 -t {lab.pc1.v4} {GATEWAY4}", timeout=20)
    lab.attacker.sysctl("net.ipv4.ip_forward=0")


spoof("ettercap", "ettercap between a client and the router, both ways, 12 s, the client's packets forwarded", ettercap)
spoof("arpspoof_one_way", "arpspoof tells one client that the attacker is the router, 10 s", arpspoof)
spoof("gratuitous", "gratuitous ARP replies to all that the router's address is the attacker's, one every 2 s, five times (scapy)",
      lambda lab: lab.attacker.tool("arp_say.py", f"gratuitous {GATEWAY4} - 5 2"))
spoof("requests", "poisoning by requests whose sender is the file server's address with the attacker's MAC, 6 times (scapy)",
      lambda lab: (talk(lab.files), lab.attacker.tool("arp_say.py", f"request {lab.files.v4} {lab.pc1.v4} 6 1.5")))


@capture("arpspoof_neighbour", "fake_advertise6: neighbour advertisements that the router's IPv6 address is the attacker's",
         expect=[(SPOOF + ["nd-spoof", "rogue-ra"], by("attacker"))], allow=["nd-spoof", "duplicate-ip", "rogue-dhcp"])
def neighbour(lab):
    yield
    lab.pc1.run(f"ping -6 -q -c 2 -i 0.3 {GATEWAY6}; ping -6 -q -c 2 -i 0.3 {lab.server.v6}")
    lab.attacker.run(f"timeout 12 atk6-fake_advertise6 -w 2 eth0 {GATEWAY6} ff02::1 {lab.attacker.mac}", timeout=15)
    lab.pc1.run(f"ping -6 -q -c 2 -W 1 {GATEWAY6}")


@capture("quiet_vrrp_failover", "keepalived: the address of a service moves from one server to the other and back, with gratuitous ARP")
def vrrp(lab):
    running = []

    def keepalived(host, priority):
        folder = lab.dir / f"vrrp-{host.name}"
        folder.mkdir(exist_ok=True)
        (folder / "conf").write_text(f"""vrrp_instance lab {{
  state BACKUP
  interface eth0
  virtual_router_id 50
  priority {priority}
  advert_int 1
  virtual_ipaddress {{
    {NET4}.250/24
  }}
}}
""")
        return host.start(f"exec keepalived -n -P -f {folder}/conf -p {folder}/pid -r {folder}/vrrp.pid", wait=0.5)

    running.append(keepalived(lab.server, 120))
    keepalived(lab.files, 100)
    time.sleep(4)
    yield
    lab.pc1.run(f"ping -q -c 3 -i 0.5 {NET4}.250")
    lab.server.ip("link set eth0 down")
    time.sleep(5)
    lab.pc1.run(f"ping -q -c 3 -i 0.5 {NET4}.250")
    lab.server.ip("link set eth0 up")
    lab.server.ip(f"route replace default via {GATEWAY4}")
    time.sleep(5)
    lab.pc1.run(f"ping -q -c 3 -i 0.5 {NET4}.250")


@capture("quiet_proxy_arp", "the router answers ARP for six addresses that it reaches elsewhere (proxy ARP)")
def proxy(lab):
    for n in range(230, 236):
        lab.router.ip(f"route add {NET4}.{n}/32 via 192.0.2.2")
        lab.outside.ip(f"addr add {NET4}.{n}/32 dev lo")
    lab.router.sysctl("net.ipv4.conf.eth0.proxy_arp=1")
    yield
    talk(lab.pc1)
    for n in range(230, 236):
        lab.pc1.run(f"ping -q -c 2 -i 0.2 {NET4}.{n}")
    yield
    lab.router.sysctl("net.ipv4.conf.eth0.proxy_arp=0")
    for n in range(230, 236):
        lab.router.ip(f"route del {NET4}.{n}/32", check=False)
        lab.outside.ip(f"addr del {NET4}.{n}/32 dev lo", check=False)


@capture("quiet_arp_probes", "four hosts check their addresses before they use them (RFC 5227: probes, announcements; scapy)")
def probes(lab):
    yield
    for host in (lab.pc1, lab.pc2, lab.printer, lab.mac):
        host.tool("arp_say.py", f"probe {host.v4} - 3 0.4")
        host.tool("arp_say.py", f"announce {host.v4} - 2 0.5")
    talk(lab.pc1, lab.pc2, lab.mac)


@capture("duplicateip_two_hosts", "two hosts are configured with the same address, and others talk to it",
         expect=[(TWICE, by("pc2", "pc3"))], allow=["arp-spoof"])
def twice(lab):
    yield
    talk(lab.pc1, lab.pc2)
    lab.pc3.ip(f"addr add {lab.pc2.v4}/24 dev eth0")
    lab.pc3.run(f"arping -U -c 2 -i eth0 -S {lab.pc2.v4} {lab.pc2.v4}; ping -q -c 2 -I {lab.pc2.v4} {lab.server.v4}")
    for _ in range(3):
        for host in (lab.pc1, lab.router, lab.files):
            host.ip(f"neigh flush to {lab.pc2.v4}", check=False)
            host.run(f"ping -q -c 1 -W 1 {lab.pc2.v4}")
        lab.pc2.run(f"ping -q -c 1 {lab.server.v4}")
        time.sleep(1)
    yield
    lab.pc3.ip(f"addr del {lab.pc2.v4}/24 dev eth0")


# --- DHCP


def dnsmasq(lab, host, first, last, router, resolver, more=""):
    conf = lab.dir / f"dhcp-{host.name}.conf"
    conf.write_text(f"port=0\nno-hosts\nno-resolv\nno-ping\nlog-facility=/dev/null\nleasefile-ro\ndhcp-authoritative\n"
                    f"dhcp-range={first},{last},255.255.255.0,2m\n"
                    f"dhcp-option=3,{router}\ndhcp-option=6,{resolver}\ndhcp-option=15,office.lan\n{more}")
    if "interface" not in more:
        conf.write_text(conf.read_text() + "interface=eth0\nbind-interfaces\n")
    return host.start(f"exec dnsmasq -k -C {conf} -u root", wait=0.7)


def lease(host, more="", seconds=12):
    """udhcpc asks for an address and, as a host does, checks and announces it; the address is not used after."""
    script = host.lab.dir / "udhcpc"
    if not script.exists():
        script.write_text("#!/bin/sh\n[ \"$1\" = bound ] && "
                          "{ /usr/bin/python3 {tool} probe $ip - 2 0.2; /usr/bin/python3 {tool} announce $ip - 1 0.2; }\nexit 0\n".replace("{tool}", str(TOOLS / "arp_say.py")))
        script.chmod(0o755)
    host.run(f"udhcpc -f -q -n -t 3 -T 1 -i eth0 -s {script} -x hostname:{host.name} {more}", timeout=seconds)


def clients(lab):
    return [lab.pc1, lab.pc2, lab.mac]


@capture("roguedhcp_dnsmasq", "a second DHCP server appears that names itself as router and resolver",
         expect=[(ROGUE, by("attacker"))], allow=["duplicate-ip"])
def rogue(lab):
    dnsmasq(lab, lab.router, f"{NET4}.150", f"{NET4}.180", GATEWAY4, GATEWAY4)
    yield
    for host in clients(lab):
        lease(host)
    dnsmasq(lab, lab.attacker, f"{NET4}.190", f"{NET4}.199", lab.attacker.v4, lab.attacker.v4)
    for host in (lab.pc3, lab.pi, lab.pc1):
        lease(host)


@capture("roguedhcp_isc_other_net", "ISC dhcpd on a host that was a server at home: another subnet, another router",
         expect=[(ROGUE, by("pi", more=["10.0.0.1"]))], allow=["duplicate-ip"])
def isc(lab):
    dnsmasq(lab, lab.router, f"{NET4}.150", f"{NET4}.180", GATEWAY4, GATEWAY4)
    conf = lab.dir / "dhcpd.conf"
    conf.write_text("authoritative;\nshared-network x {\n" + f"subnet {NET4}.0 netmask 255.255.255.0 {{ }}\n"
                    "subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.100 10.0.0.120; option routers 10.0.0.1; "
                    "option domain-name-servers 10.0.0.1; }\n}\n")
    (lab.dir / "dhcpd.leases").write_text("")
    yield
    for host in clients(lab):
        lease(host)
    lab.pi.ip("addr add 10.0.0.1/24 dev eth0")
    lab.pi.start(f"exec dhcpd -f -q -cf {conf} -lf {lab.dir}/dhcpd.leases -pf {lab.dir}/dhcpd.pid --no-pid eth0", wait=2)
    for host in (lab.pc3, lab.pc2, lab.pc1):
        lease(host)
    yield
    lab.pi.ip("addr del 10.0.0.1/24 dev eth0")


@capture("quiet_dhcp_two_servers", "two DHCP servers that share the work: the same router and resolver, halves of one range")
def two(lab):
    for host, first, last in ((lab.router, 150, 165), (lab.server, 166, 180)):
        dnsmasq(lab, host, f"{NET4}.{first}", f"{NET4}.{last}", GATEWAY4, GATEWAY4)
    yield
    for host in (*clients(lab), lab.pc3, lab.pi):
        lease(host)


@capture("quiet_dhcp_relay", "a DHCP relay: the server is behind the router, answers come from the router's address")
def relay(lab):
    dnsmasq(lab, lab.outside, f"{NET4}.150", f"{NET4}.180", GATEWAY4, GATEWAY4, "listen-address=198.51.100.10\ninterface=eth0\n")
    lab.router.start("exec dhcrelay -d -4 -iu wan0 -id eth0 198.51.100.10", wait=1)
    yield
    for host in clients(lab):
        lease(host)


@capture("quiet_dhcp_reassigned", "an address is given back by one host and given to another by DHCP a little later")
def reassigned(lab):
    dnsmasq(lab, lab.router, f"{NET4}.150", f"{NET4}.150", GATEWAY4, GATEWAY4)
    yield
    lease(lab.pc2, "-R")
    lab.pc2.tool("dhcp_release.py", f"{NET4}.150 {GATEWAY4}")
    time.sleep(2)
    lease(lab.pc3)


# --- router advertisements


def radvd(lab, host, prefix, lifetime=1800):
    conf = lab.dir / f"radvd-{host.name}.conf"
    conf.write_text(f"interface eth0 {{ AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; AdvDefaultLifetime {lifetime}; "
                    f"prefix {prefix} {{ AdvOnLink on; AdvAutonomous on; }}; }};\n")
    host.sysctl("net.ipv6.conf.eth0.forwarding=1")
    host.start(f"exec radvd -n -C {conf} -p {lab.dir}/radvd-{host.name}.pid -m none", wait=1)


@capture("roguera_fake_router6", "fake_router6: a second router announces itself and a prefix of its own",
         expect=[(ROGUE + ["rogue-ra"], by("attacker", more=["fe80::a00:27ff:fe50:66"]))], allow=["rogue-ra"])
def fake_router(lab):
    radvd(lab, lab.router, "2001:db8:50::/64")
    yield
    time.sleep(8)
    lab.attacker.run("timeout 12 atk6-fake_router6 eth0 2001:db8:bad::/64", timeout=15)


@capture("roguera_radvd", "radvd on another host announces another prefix and itself as router",
         expect=[(ROGUE + ["rogue-ra"], by("pi", more=["fe80::ba27:ebff:fe50:25"]))], allow=["rogue-ra"])
def second_radvd(lab):
    radvd(lab, lab.router, "2001:db8:50::/64")
    yield
    time.sleep(8)
    radvd(lab, lab.pi, "2001:db8:666::/64")
    time.sleep(12)
    yield
    lab.pi.sysctl("net.ipv6.conf.eth0.forwarding=0")


@capture("quiet_router_advertisements", "the one router advertises itself for 15 s, hosts ask for it")
def only_router(lab):
    radvd(lab, lab.router, "2001:db8:50::/64")
    yield
    for host in clients(lab):
        host.run("rdisc6 -1 -w 1000 eth0")
        time.sleep(4)
