"""Healthy hours: many kinds of traffic of several hosts at once."""

import threading
import time

import services
from kinds.link import dnsmasq as dhcp
from kinds.link import lease, radvd
from kinds.names import questions, resolver, WORDS
from kinds.outward import https
from lab import GATEWAY4, NET4, OUTSIDE
from record import LOCAL, capture

ZONE = ("address=/example.com/203.0.113.81\naddress=/www.example.com/198.51.100.10\naddress=/example.org/203.0.113.82\n"
        "mx-host=example.com,mail.example.com,10\ntxt-record=example.com,\"v=spf1 mx -all\"\n"
        "host-record=server.office.lan,192.168.50.10,2001:db8:50::10\nptr-record=10.50.168.192.in-addr.arpa,server.office.lan\nlocal=/office.lan/\n")


def avahi(lab, host, service, port):
    """avahi-daemon without D-Bus, with one service."""
    host.ip("route add 224.0.0.0/4 dev eth0", check=False)
    folder = services.Path("/etc/netns") / host.ns / "avahi"
    (folder / "services").mkdir(parents=True, exist_ok=True)
    (folder / "avahi-daemon.conf").write_text(
        f"[server]\nhost-name={host.name}\nuse-ipv4=yes\nuse-ipv6=yes\nenable-dbus=no\n[publish]\npublish-workstation=no\n")
    (folder / "services" / "one.service").write_text(
        '<?xml version="1.0"?><!DOCTYPE service-group SYSTEM "avahi-service.dtd"><service-group><name>'
        f"{host.name}</name><service><type>{service}</type><port>{port}</port></service></service-group>")
    host.start("exec unshare -m bash -c 'mount -t tmpfs none /run; exec avahi-daemon --no-drop-root --no-rlimits --no-chroot'")


def side_by_side(*works):
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@capture("quiet_office", "an office for a minute and a half: DHCP, DNS, web, mail by IMAP over TLS, ssh, SMB 3, printing, NTP, mDNS, SSDP, "
         "router advertisements, pings of a monitor", allow=[], set=[LOCAL], snap=96, limit=400_000)
def office(lab):
    resolver(lab, ZONE)
    dhcp(lab, lab.router, f"{NET4}.150", f"{NET4}.180", GATEWAY4, GATEWAY4)
    radvd(lab, lab.router, "2001:db8:50::/64")
    curl = https(lab, lab.outside)
    lab.outside.start_tool("web.py", "80")
    lab.outside.start_tool("ntp_server.py", "203.0.113.80")
    options, _ = services.sshd(lab, lab.server)
    services.dovecot(lab, lab.server)
    services.smbd(lab, lab.files)
    lab.printer.start_tool("web.py", "631")
    lab.printer.start_tool("listeners.py", "9100")
    (lab.dir / "chrony.conf").write_text(f"server 203.0.113.80 minpoll 4 maxpoll 4 iburst\ncmdport 0\npidfile {lab.dir}/chronyd.pid\n")
    key = lab.dir / "key"
    lab.pc2.run(f"cp {lab.dir}/ssh/client {key}; chmod 600 {key}")
    smb = f"smbclient -U anna%{services.PASSWORD} //{lab.files.v4}/share"
    yield

    def first():
        lease(lab.pc1)
        questions(lab, lab.pc1, [("A", "www.example.com"), ("AAAA", "www.example.com")])
        for n in (900, 3000, 12000, 500, 7000, 2000):
            lab.pc1.run(f"{curl} https://www.example.com/{n}; {curl} https://www.example.com/{n * 2}")
            time.sleep(4 + n % 7)
        lab.pc1.run(f"head -c 9000 /etc/services | ncat -w 2 {lab.printer.v4} 9100")
        for n in (800, 1500):
            lab.pc1.run(f"curl -s -o /dev/null http://{OUTSIDE}/{n}")
            time.sleep(5)

    def second():
        lab.pc2.start(f"exec chronyd -x -d -U -f {lab.dir}/chrony.conf")
        time.sleep(3)
        lab.pc2.run(f"ssh -i {key} {options} anna@{lab.server.v4} 'for n in 1 2 3 4 5; do ls -l /etc | head -20; sleep 3; done'", 40)
        lab.pc2.run(f"{smb} -c 'put /etc/services a.txt; get a.txt /dev/null; ls'")
        time.sleep(12)
        lab.pc2.run(f"ssh -i {key} {options} anna@{lab.server.v4} uptime")
        lab.pc2.run(f"{smb} -c 'ls; get a.txt /dev/null'")

    def third():
        lease(lab.pc3)
        avahi(lab, lab.pc3, "_smb._tcp", 445)
        for n in range(5):
            lab.pc3.run(f"curl -s -k imaps://{lab.server.v4}/INBOX -u anna:{services.PASSWORD} -X 'STATUS INBOX (MESSAGES)'")
            questions(lab, lab.pc3, [(k, f"{w}.example.org") for w in WORDS[n * 4:n * 4 + 4] for k in ("A", "AAAA")], 0.02)
            lab.pc3.run(f"{curl} https://www.example.com/{1000 + n * 3000}")
            time.sleep(11)

    def rest():
        avahi(lab, lab.printer, "_ipp._tcp", 631)
        lease(lab.mac)
        for n in range(7):
            lab.pi.run(f"fping -q -c 1 {lab.server.v4} {lab.files.v4} {lab.printer.v4} {GATEWAY4}")
            lab.mac.run(f"head -c 3000 /etc/services | curl -s -o /dev/null -H 'Content-Type: application/ipp' --data-binary @- "
                        f"http://{lab.printer.v4}:631/ipp/print" if n % 3 == 0 else f"{curl} https://www.example.com/{n * 1500}")
            lab.mac.tool("ssdp.py", "") if n % 3 == 1 else None
            questions(lab, lab.mac, [("MX", "example.com"), ("TXT", "example.com"), ("A", "server.office.lan"),
                                     ("PTR", "10.50.168.192.in-addr.arpa"), ("A", f"{WORDS[60 + n]}.office.lan")], 0.02)
            time.sleep(9)

    side_by_side(first, second, third, rest)


@capture("quiet_home", "a home: streaming, a printer that announces itself, phones that ask for cloud names, a game over UDP", set=[LOCAL],
         snap=80, limit=300_000)
def home(lab):
    resolver(lab, ZONE + "address=/example.net/203.0.113.83\n")
    dhcp(lab, lab.router, f"{NET4}.150", f"{NET4}.180", GATEWAY4, GATEWAY4)
    curl = https(lab, lab.outside)
    lab.outside.start_tool("udp_echo.py", "0.0.0.0 27015")
    yield

    def stream():
        for n in range(4):
            lab.mac.run(f"{curl} https://www.example.com/90000")
            time.sleep(4)

    def game():
        lab.pc2.tool("udp_talk.py", "220 15 90 203.0.113.84:27015", timeout=40)

    def phone():
        lease(lab.pc3)
        for n in range(8):
            questions(lab, lab.pc3, [(k, f"{WORDS[n]}-{n * 7919:x}.api.cloud.example.net") for k in ("A", "AAAA")], 0.02)
            lab.pc3.run(f"{curl} https://www.example.com/{600 + n * 40}")
            time.sleep(2 + n % 4)

    def things():
        avahi(lab, lab.printer, "_ipp._tcp", 631)
        for _ in range(3):
            lab.pi.tool("ssdp.py", "")
            questions(lab, lab.pi, [("A", "time.example.org"), ("A", "iot-hub.example.com")])
            time.sleep(8)

    side_by_side(stream, game, phone, things)
