"""The office's network and its servers: the laboratory of the attack captures with other hosts and a longer line."""

import os
import struct
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
DEMO = HERE.parent / "demo-lab"
sys.path.insert(0, str(HERE.parent / "attack-captures"))

import lab as base  # noqa: E402
import services  # noqa: E402
from cast import CAST, INTERNET, TUNNEL_DOMAIN, TUNNEL_SERVER  # noqa: E402
from lab import GATEWAY4, NET4, OUTSIDE, OUTSIDE6, OUTSIDE_MORE, sh  # noqa: E402

PYTHON = "/usr/bin/python3 -B"
base.HOSTS = [(attribute, number, mac) for attribute, number, mac, _, _ in CAST]


OWN_NAMES = {attribute: name for attribute, _, _, name, _ in CAST}


def argv(host, command):
    """What a host runs finds the host's own name, not this machine's: SMB and others say it on the wire."""
    own = OWN_NAMES.get(host.name, host.name)
    return ["ip", "netns", "exec", host.ns, "unshare", "--uts", "bash", "-c", f"hostname {own}\n{command}"]


base.Host.argv = argv


class Office(base.Lab):
    def wan(self):
        """The line to the internet, ten milliseconds long: a tun device at both ends."""
        out = self.outside
        sh(f"ip netns add {out.ns}")
        self.hosts.append(out)
        self.line = subprocess.Popen([*PYTHON.split(), str(DEMO / "wan.py"), self.router.ns, out.ns], start_new_session=True)
        for host in (self.router, out):
            for _ in range(50):
                if host.ip("link show wan0", check=False).returncode == 0:
                    break
                time.sleep(0.1)
            host.ip("link set lo up")
            host.ip("link set wan0 mtu 1492 up")
            host.sysctl("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        for address in (OUTSIDE, *OUTSIDE_MORE):
            out.ip(f"addr add {address}/32 dev lo")
        out.ip(f"-6 addr add {OUTSIDE6}/128 dev lo nodad")
        out.ip("route add default dev wan0")
        out.ip("route add blackhole 203.0.113.0/24")
        out.ip(f"-6 route add {base.NET6}:/64 dev wan0")
        self.router.ip("addr add 192.0.2.1/32 dev wan0")
        self.router.ip("route add default dev wan0")
        self.router.ip("-6 route add 2001:db8:ffff::/48 dev wan0")

    def down(self):
        if getattr(self, "line", None):
            base.stop(self.line)
        super().down()


def thing(host, kind, *arguments, wait=0.0):
    """Starts a program of things.py on a host."""
    said = " ".join(f"'{a}'" for a in arguments)
    return host.start(f"exec {PYTHON} {HERE}/things.py {kind} {said}", wait)


def certificate(lab, name, *names):
    """One that the laboratory's own authority signed."""
    ca, out = lab.dir / "ca", lab.dir / name
    new = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365"
    if not Path(f"{ca}.pem").exists():
        sh(f"{new} -subj '/O=Example/CN=Example Root' -keyout {ca}.key -out {ca}.pem")
    sans = ",".join(f"DNS:{n}" for n in (name, *names))
    sh(f"{new} -subj '/O=Example/CN={name}' -addext subjectAltName={sans} -addext basicConstraints=critical,CA:FALSE "
       f"-CA {ca}.pem -CAkey {ca}.key -keyout {out}.key -out {out}.pem")


def nginx(lab, host, blocks):
    folder = lab.dir / f"nginx-{host.name}"
    folder.mkdir()
    kinds = "".join(f"{k}_temp_path {folder}/{k};\n" for k in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "conf").write_text(
        f"user root; daemon off; pid {folder}/pid; error_log {folder}/log; worker_processes 1;\nevents {{}}\n"
        "http {\ntypes { text/html html; application/json json; video/mp4 mp4; text/xml xml; }\n"
        f"access_log off; root {lab.dir}/www; limit_rate 600k; client_max_body_size 20m;\n{kinds}{blocks}\n}}\n")
    host.start(f"exec nginx -p {folder} -c {folder}/conf", wait=0.3)


def avahi(lab, host, name, *found):
    """avahi-daemon with services: type, port and TXT records of each."""
    folder = Path("/etc/netns") / host.ns / "avahi"
    (folder / "services").mkdir(parents=True)
    (folder / "avahi-daemon.conf").write_text(
        f"[server]\nhost-name={name}\nuse-ipv4=yes\nuse-ipv6=yes\nenable-dbus=no\n[publish]\npublish-workstation=no\npublish-hinfo=no\n")
    every = "".join(
        f"<service><type>{kind}</type><port>{port}</port>" + "".join(f"<txt-record>{t}</txt-record>" for t in texts) + "</service>"
        for kind, port, *texts in found)
    (folder / "services" / "all.service").write_text(
        '<?xml version="1.0"?><!DOCTYPE service-group SYSTEM "avahi-service.dtd">'
        f"<service-group><name>{name}</name>{every}</service-group>")
    host.start("exec unshare -m bash -c 'mount -t tmpfs none /run; exec avahi-daemon --no-drop-root --no-rlimits --no-chroot'")


def files(lab):
    www = lab.dir / "www"
    www.mkdir()
    for kilobytes in (2, 6, 15, 40, 120, 350):
        (www / f"{kilobytes}.html").write_bytes(os.urandom(500 * kilobytes).hex().encode())
        (www / f"{kilobytes}.mp4").write_bytes(os.urandom(1000 * kilobytes))
    (www / "index.html").write_text("<!doctype html><title>Example</title><p>Nothing to see here.\n")
    (www / "state.json").write_text('{"temperature":21.5}\n')
    # A job of IPP (RFC 8010 s3.1.2): Print-Job with what it must have, and noise for a document.
    text = lambda tag, name, value: struct.pack(">BH", tag, len(name)) + name + struct.pack(">H", len(value)) + value
    job = struct.pack(">HHI", 0x0101, 2, 1) + b"\x01" + text(0x47, b"attributes-charset", b"utf-8")
    job += text(0x48, b"attributes-natural-language", b"en") + text(0x45, b"printer-uri", b"ipp://printer/ipp/print")
    (lab.dir / "job.ipp").write_bytes(job + b"\x03" + os.urandom(30000))
    (www / "description.xml").write_text(
        '<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major><minor>0</minor></specVersion>'
        "<device><deviceType>urn:schemas-upnp-org:device:MediaRenderer:1</deviceType><friendlyName>TV meeting room</friendlyName>"
        "<manufacturer>LG Electronics</manufacturer><modelName>LG Smart TV</modelName><modelNumber>OLED55C1</modelNumber>"
        "<UDN>uuid:00000000-0000-4000-8000-00e091500014</UDN></device></root>\n")
    (lab.dir / "web-users").write_text("admin:{PLAIN}example\n")
    os.chmod(lab.dir / "web-users", 0o644)


def router(lab):
    conf = lab.dir / "router.conf"
    known = "".join(f"dhcp-host={mac},{NET4}.{n},{name}\n" for _, n, mac, name, asks in CAST if asks)
    fixed = "".join(f"host-record={name}.office.lan,{NET4}.{n}\n" for _, n, _, name, asks in CAST if not asks)
    fixed += f"host-record=intranet.office.lan,{NET4}.10\nhost-record=nas.office.lan,{NET4}.11\n"
    named = "".join(f"host-record={name},{address}" + (f",{OUTSIDE6}" if address == OUTSIDE else "") + "\n"
                    for name, address in INTERNET.items())
    local = "".join(f"local=/{top}/\n" for top in ("com", "net", "org", "office.lan", "in-addr.arpa"))
    conf.write_text(
        "no-hosts\nno-resolv\nno-ping\ninterface=eth0\nbind-interfaces\nexcept-interface=lo\ndomain=office.lan\nlocal-ttl=60\n"
        f"dhcp-authoritative\ndhcp-leasefile={lab.dir}/leases\ndhcp-range={NET4}.100,{NET4}.180,255.255.255.0,2h\n"
        f"dhcp-option=3,{GATEWAY4}\ndhcp-option=6,{GATEWAY4}\ndhcp-option=42,{INTERNET['time.example.org']}\n"
        "enable-ra\ndhcp-range=2001:db8:50::,ra-stateless,64\nmx-host=example.com,mail.example.com,10\n"
        f'txt-record=example.com,"v=spf1 mx -all"\nserver=/{TUNNEL_DOMAIN}/{TUNNEL_SERVER}\n' + known + fixed + named + local)
    lab.router.start(f"exec dnsmasq -k -C {conf} -u root --log-facility=-", wait=0.5)


def internet(lab):
    out = lab.outside
    certificate(lab, "www.example.com", *(n for n in INTERNET if n != "www.example.com"))
    key = f"ssl_certificate {lab.dir}/www.example.com.pem; ssl_certificate_key {lab.dir}/www.example.com.key;"
    nginx(lab, out, f"server {{ listen 80; listen [::]:80; listen 443 ssl http2; listen [::]:443 ssl http2; {key}\n"
                    "error_page 405 =200 $uri; location /collect { return 204; } }")
    out.start(f"exec {PYTHON} {DEMO}/servers.py smtp {INTERNET['mail.example.com']}")
    out.start(f"exec {PYTHON} {DEMO}/servers.py ntp {INTERNET['time.example.org']}")
    services.dovecot(lab, out)
    out.start_tool("dns_server.py", f"{TUNNEL_SERVER} tunnel")


def devices(lab):
    """Servers of the office and of its things."""
    lab.ssh, _ = services.sshd(lab, lab.server)
    lab.key = lab.dir / "key"
    sh(f"cp {lab.dir}/ssh/client {lab.key}; chmod 600 {lab.key}")
    services.postgres(lab, lab.server)
    certificate(lab, "intranet.office.lan", "server.office.lan")
    key = f"ssl_certificate {lab.dir}/intranet.office.lan.pem; ssl_certificate_key {lab.dir}/intranet.office.lan.key;"
    nginx(lab, lab.server, f"server {{ listen 80; listen 443 ssl; {key} try_files $uri /index.html; }}")
    (lab.dir / "mosquitto.conf").write_text("listener 1883\nallow_anonymous true\n")
    lab.server.start(f"exec mosquitto -c {lab.dir}/mosquitto.conf")
    services.smbd(lab, lab.nas, "netbios name = DISKSTATION")
    locked = f'auth_basic "AXIS_00408C500015"; auth_basic_user_file {lab.dir}/web-users;'
    nginx(lab, lab.camera, f"server {{ listen 80; {locked} }}")
    nginx(lab, lab.tv, "server { listen 1990; }")
    nginx(lab, lab.nas, "server { listen 5000; }")
    for printer in (lab.printer_hp, lab.printer_brother):
        printer.start_tool("web.py", "631", wait=0)
        printer.start("while true; do ncat -l 9100 --recv-only >/dev/null; done")
    thing(lab.plc, "plc")
    thing(lab.camera, "camera")
    (lab.dir / "snmpd.conf").write_text(
        "rocommunity public\nsysname switch-1\nsyslocation Server room\nsyscontact admin@example.com\n"
        "sysobjectid 1.3.6.1.4.1.9.1.1208\nsysdescr Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(7)E4\n")
    lab.switch_1.start(f"exec snmpd -f -Lo -C -c {lab.dir}/snmpd.conf -p {lab.dir}/snmpd.pid udp:161")


def announcements(lab):
    avahi(lab, lab.printer_hp, "NPI500012", ("_ipp._tcp", 631, "ty=HP LaserJet Pro M404dn", "rp=ipp/print", "usb_MFG=HP", "usb_MDL=LaserJet Pro M404dn"),
          ("_pdl-datastream._tcp", 9100, "ty=HP LaserJet Pro M404dn"))
    avahi(lab, lab.printer_brother, "BRN008077500013", ("_ipp._tcp", 631, "ty=Brother HL-L2350DW series", "rp=ipp/print"),
          ("_printer._tcp", 515, "ty=Brother HL-L2350DW series"))
    avahi(lab, lab.nas, "DiskStation", ("_smb._tcp", 445), ("_http._tcp", 5000, "vendor=Synology", "model=DS220+", "serial=0000EXAMPLE0"),
          ("_device-info._tcp", 0, "model=Xserve"))
    avahi(lab, lab.tv, "LGwebOSTV", ("_airplay._tcp", 7000, "manufacturer=LG", "model=OLED55C1"))
    avahi(lab, lab.camera, "axis-00408c500015", ("_axis-video._tcp", 80, "macaddress=00408C500015"), ("_rtsp._tcp", 554))
    avahi(lab, lab.thermostat, "thermostat-hall", ("_hap._tcp", 8080, "md=T6 Pro", "ci=9", "id=00:D0:2D:50:00:17", "pv=1.1", "sf=0"))
    avahi(lab, lab.macbook, "MacBook-Carla", ("_companion-link._tcp", 49152, "rpVr=195.2"))
