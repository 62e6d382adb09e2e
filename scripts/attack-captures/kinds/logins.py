"""Passwords guessed by tools, moving from host to host, and logins that are work."""

import time

import services
from record import by, capture

BRUTE, LATERAL = ["brute-force"], ["lateral-movement"]
AT_ONCE = ['detect.lateral-movement.learning="0s"']
CLEAR = ["cleartext-credentials"]
# Guessing from one host over many servers is also moving, or trying to.
ALSO = ["lateral-movement", "host-scan"]


def brute(name, what, server, port, command, allow=(), count=24, right=None, snap=0, hosts=0, timeout=90, who="attacker"):
    """`command` is a function of (lab, server's address, file of passwords)."""
    @capture("brute_" + name, what, expect=[(BRUTE, by(who))], allow=list(allow) + ["lateral-movement"], snap=snap, hosts=hosts)
    def play(lab):
        if server:
            server(lab, lab.server)
            services.wait_for(lab.server, port)
        words = services.words(lab, count, right)
        yield
        getattr(lab, who).run(command(lab, lab.server.v4, words), timeout=timeout)


brute("ssh_medusa", "medusa against ssh: 16 passwords of one user, three at a time", services.sshd, 22,
      lambda lab, to, w: f"medusa -h {to} -u anna -P {w} -M ssh -t 3 -f", count=16, snap=160)
brute("ssh_ncrack", "ncrack against ssh: 20 passwords, the last one right", services.sshd, 22,
      lambda lab, to, w: f"timeout 60 ncrack --user bert -P {w} -g cl=3 ssh://{to}:22", count=20, right=services.PASSWORD, snap=160)
brute("ssh_patator", "patator against ssh: 20 passwords, two at a time", services.sshd, 22,
      lambda lab, to, w: f"patator ssh_login host={to} user=carla password=FILE0 0={w} -t 2 --max-retries 0", count=20, snap=160)
brute("ftp_medusa", "medusa against ftp: 24 passwords", services.vsftpd, 21,
      lambda lab, to, w: f"medusa -h {to} -u anna -P {w} -M ftp -t 2", CLEAR)
brute("imap_hydra", "hydra against imap: 24 passwords", services.dovecot, 143,
      lambda lab, to, w: f"hydra -I -l anna -P {w} -t 3 imap://{to}", CLEAR)
brute("pop3_hydra", "hydra against pop3: 20 passwords, the last one right", services.dovecot, 110,
      lambda lab, to, w: f"hydra -I -l anna -P {w} -t 2 pop3://{to}", CLEAR, count=20, right=services.PASSWORD)
brute("telnet_hydra", "hydra against telnet: 14 passwords", services.telnetd, 23,
      lambda lab, to, w: f"hydra -I -l anna -P {w} -t 4 telnet://{to}", CLEAR, count=14, timeout=80)
brute("mysql_hydra", "hydra against MariaDB: 14 passwords", services.mariadb, 3306,
      lambda lab, to, w: f"hydra -I -l anna -P {w} -t 2 mysql://{to}", CLEAR, count=14)
brute("postgres_hydra", "hydra against PostgreSQL: 14 passwords, the last one right", services.postgres, 5432,
      lambda lab, to, w: f"hydra -I -l anna -P {w} -t 2 postgres://{to}/postgres", CLEAR, count=14, right=services.PASSWORD)
brute("vnc_hydra", "hydra against VNC: 16 passwords", services.vnc, 5900,
      lambda lab, to, w: f"hydra -I -P {w} -t 1 vnc://{to}", count=16)
brute("rdp_hydra_spray", "hydra against RDP: one password for 10 users (TLS; the server takes any at this step)", services.xrdp, 3389,
      lambda lab, to, w: f"for n in $(seq 10); do echo user$n; done > {lab.dir}/users; hydra -I -L {lab.dir}/users -p winter12 -t 2 rdp://{to}",
      ["certificate-problem", "weak-tls"], snap=128)
brute("smb_patator", "patator against SMB: 22 passwords (NTLM, SMB 3)", services.smbd, 445,
      lambda lab, to, w: f"patator smb_login host={to} port=445 user=anna password=FILE0 0={w} -t 2 --max-retries 0", count=22)
brute("smb_rpcclient", "a loop of rpcclient over 12 users with one password", services.smbd, 445,
      lambda lab, to, w: f"for n in $(seq 12); do rpcclient -U user$n%Winter2024 {to} -c srvinfo; sleep 0.2; done", ["cleartext-credentials"])
brute("ssh_slow", "one ssh login every 5 s, 20 wrong passwords in 100 s", services.sshd, 22,
      lambda lab, to, w: f"for p in $(cat {w}); do sshpass -p $p ssh -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "
      f"-o NumberOfPasswordPrompts=1 operator1@{to} true; sleep 4.3; done", snap=96, timeout=150, count=20)
brute("ssh_from_outside", "hydra from outside against ssh: 24 passwords, the last one right", services.sshd, 22,
      lambda lab, to, w: f"hydra -I -l anna -P {w} -t 4 ssh://{to}", right=services.PASSWORD, snap=160, who="outside")


def web(lab, host):
    host.start_tool("web.py", "80", wait=0.8)


brute("http_basic_hydra", "hydra against HTTP basic authentication: 24 passwords", web, 80,
      lambda lab, to, w: f"hydra -I -l admin -P {w} -t 4 http-get://{to}/private/", CLEAR)
brute("http_basic_ncrack", "ncrack against HTTP basic authentication: 30 passwords, the last one right", web, 80,
      lambda lab, to, w: f"timeout 60 ncrack --user admin -P {w} http://{to}:80,path=/private/", CLEAR, count=30, right="Zebra-4711")
brute("http_form_hydra", "hydra against a form: 12 passwords, 403 for each wrong one, the last one right", web, 80,
      lambda lab, to, w: f"hydra -I -l anna -P {w} -t 4 {to} http-post-form '/login:user=^USER^&password=^PASS^:F=wrong'", CLEAR,
      count=12, right=services.PASSWORD)


@capture("brute_ssh_spray", "one password of one user tried on 12 servers by ssh, one after the other",
         expect=[(BRUTE + LATERAL, by("attacker"))], allow=BRUTE + ALSO, set=AT_ONCE, snap=128, hosts=12)
def spray(lab):
    for host in lab.many(12):
        services.sshd(lab, host, wait=0.05)
    time.sleep(1)
    yield
    lab.attacker.run("for h in " + " ".join(h.v4 for h in lab.many(12)) + "; do sshpass -p Winter2024 ssh -o StrictHostKeyChecking=no "
                     "-o UserKnownHostsFile=/dev/null -o NumberOfPasswordPrompts=1 anna@$h true; done", timeout=60)


# --- logins that are work


@capture("quiet_ssh_five_logins", "five correct logins by ssh with a password, and one typing error", snap=128)
def five(lab):
    options, _ = services.sshd(lab, lab.server)
    yield
    for word in (services.PASSWORD, "corect-horse", *[services.PASSWORD] * 4):
        lab.pc1.run(f"sshpass -p {word} ssh {options} -o NumberOfPasswordPrompts=1 anna@{lab.server.v4} 'ls -l /etc | head -30; sleep 1'")
        time.sleep(1)


@capture("quiet_ssh_short_sessions", "15 correct short sessions with a key, as git and ansible make them", allow=["brute-force"], snap=72)
def short(lab):
    options, key = services.sshd(lab, lab.server)
    lab.pc2.run(f"cp {key} {lab.dir}/key; chmod 600 {lab.dir}/key")
    yield
    for n in range(15):
        lab.pc2.run(f"ssh -i {lab.dir}/key {options} anna@{lab.server.v4} 'cat /etc/services | head -c {2000 + 500 * n}'")
        time.sleep(0.4)


@capture("quiet_imap_polling", "a mail client looks into its mailbox every four seconds, 12 correct logins", allow=CLEAR, set=[])
def polling(lab):
    services.dovecot(lab, lab.server)
    yield
    for _ in range(12):
        lab.pc3.run(f"curl -s imap://{lab.server.v4}/INBOX -u anna:{services.PASSWORD} -X 'STATUS INBOX (MESSAGES UNSEEN)'")
        time.sleep(4)


@capture("quiet_http_asks_first", "a client that sends no password before it is asked: 8 requests, 401 and then 200 each", allow=CLEAR)
def asks_first(lab):
    web(lab, lab.server)
    yield
    for n in range(8):
        lab.mac.run(f"curl -s -o /dev/null --anyauth -u anna:{services.PASSWORD} http://{lab.server.v4}/private/300?{n}")
        time.sleep(0.1)


@capture("quiet_ftp_mirror", "lftp logs in once and mirrors 24 files over passive data connections", allow=CLEAR, snap=80)
def mirror(lab):
    services.vsftpd(lab, lab.files)
    yield
    lab.pc1.run(f"lftp -u anna,{services.PASSWORD} -e 'set ftp:ssl-allow no; mirror --parallel=3 . {lab.dir}/mirror; quit' {lab.files.v4}", timeout=40)


@capture("quiet_smb_client", "one client opens and closes a share five times with the right password (SMB 3)", snap=160)
def smb(lab):
    services.smbd(lab, lab.files)
    yield
    for n in range(5):
        lab.pc2.run(f"smbclient -U anna%{services.PASSWORD} //{lab.files.v4}/share -c 'put /etc/services s{n}; ls'")
        time.sleep(0.3)


@capture("quiet_database_pool", "an application opens 20 connections to PostgreSQL with the right password", allow=CLEAR, snap=110)
def pool(lab):
    services.postgres(lab, lab.server)
    yield
    lab.files.run(f"for n in $(seq 20); do PGPASSWORD={services.PASSWORD} psql -h {lab.server.v4} -U anna postgres -c 'select now()' & "
                  "sleep 0.1; done; wait", timeout=40)


# --- from host to host


def fan_out(name, what, prepare, port, command, allow=(), snap=200, pause=0.8):
    @capture("lateral_" + name, what, expect=[(LATERAL, by("pc2"))], allow=["brute-force", "host-scan", *allow], set=AT_ONCE, snap=snap, hosts=6)
    def play(lab):
        targets = lab.many(6)
        for host in targets:
            prepare(lab, host)
        services.wait_for(targets[-1], port)
        yield
        for host in targets:
            lab.pc2.run(command(lab, host.v4), timeout=20)
            time.sleep(pause)


def sshd(lab, host):
    services.sshd(lab, host, wait=0.05)


def key(lab):
    if not (lab.dir / "key").exists():
        lab.pc2.run(f"cp {lab.dir}/ssh/client {lab.dir}/key; chmod 600 {lab.dir}/key")
    return f"-i {lab.dir}/key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"


fan_out("ssh", "a client runs commands on six servers by ssh with a stolen key", sshd, 22,
        lambda lab, to: f"ssh {key(lab)} anna@{to} 'id; ip addr; cat /etc/passwd | head -20'", snap=128)
fan_out("scp", "a client copies a small programme to six servers by scp and takes it away again by ssh", sshd, 22,
        lambda lab, to: f"head -c 9000 /usr/bin/env > {lab.dir}/tool && scp {key(lab)} {lab.dir}/tool anna@{to}:/tmp/.lab-env-$$ && ssh {key(lab)} anna@{to} 'rm -f /tmp/.lab-env-*'", snap=72)
fan_out("smb_impacket", "impacket from one client: the shares of six servers, a programme put into ADMIN$, the service manager asked for "
        "(as psexec does; Samba has none that runs it)",
        lambda lab, host: services.smbd(lab, host, wait=0.2), 445,
        lambda lab, to: f"exec /usr/bin/python3 {services.Path(__file__).parent.parent}/tools/smb_move.py {to} anna {services.PASSWORD}", ["smb1"], snap=160)
fan_out("rdp", "a client logs in to six servers by RDP (hydra's client, one login each)",
        lambda lab, host: services.xrdp(lab, host, wait=0.2), 3389,
        lambda lab, to: f"hydra -I -l anna -p {services.PASSWORD} -t 1 rdp://{to}", ["certificate-problem", "weak-tls"], snap=128)
fan_out("winrm_stand-in", "a client posts to /wsman on port 5985 of six hosts with basic authentication (stand-in servers: tools/web.py)",
        lambda lab, host: host.start_tool("web.py", "5985", wait=0.05), 5985,
        lambda lab, to: f"curl -s -o /dev/null -u anna:{services.PASSWORD} -A 'Microsoft WinRM Client' -H 'Content-Type: application/soap+xml;charset=UTF-8' "
        f"-d '<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"/>' http://{to}:5985/wsman", CLEAR, snap=0)


@capture("lateral_chain", "from pc2 to one server, from there to the next, through five servers by ssh, each from the one before",
         expect=[], allow=LATERAL + BRUTE, set=AT_ONCE, snap=128, hosts=6)
def chain(lab):
    targets = lab.many(5)
    for host in targets:
        sshd(lab, host)
    time.sleep(1)
    yield
    for source, host in zip([lab.pc2, *targets], targets):
        source.run(f"cp {lab.dir}/ssh/client {lab.dir}/key-{source.name}; chmod 600 {lab.dir}/key-{source.name}; "
                   f"ssh -i {lab.dir}/key-{source.name} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null anna@{host.v4} id")
        time.sleep(1)


@capture("quiet_admin_one_server", "an administrator works on one server: seven sessions by ssh", set=AT_ONCE, allow=["brute-force"], snap=96)
def admin(lab):
    services.sshd(lab, lab.server)
    yield
    for _ in range(7):
        lab.pc1.run(f"ssh {key(lab)} anna@{lab.server.v4} 'ls /usr/lib | head -40'")
        time.sleep(0.5)


@capture("quiet_clients_file_server", "five clients use one file server (SMB 3)", set=AT_ONCE, snap=110)
def clients(lab):
    services.smbd(lab, lab.files)
    yield
    for client in (lab.pc1, lab.pc2, lab.pc3, lab.mac, lab.pi):
        for n in range(1):
            client.run(f"smbclient -U anna%{services.PASSWORD} //{lab.files.v4}/share -c 'put /etc/services {client.name}{n}; ls'")
            time.sleep(0.2)
