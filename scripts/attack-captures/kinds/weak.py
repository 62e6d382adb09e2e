"""Passwords in clear, old TLS, bad certificates, SMB 1, and the same done well."""

import services
from kinds.outward import https
from lab import OUTSIDE
from record import by, capture

CLEAR, TLS, CERT, SMB1 = ["cleartext-credentials"], ["weak-tls"], ["certificate-problem"], ["smb1"]
LOGIN = f"anna:{services.PASSWORD}"


def clear(name, what, prepare, command, allow=()):
    @capture("clear_" + name, what, expect=[(CLEAR, by("pc1", "server"))], allow=list(allow))
    def play(lab):
        prepare(lab, lab.server)
        yield
        lab.pc1.run(command(lab.server.v4), timeout=25)


clear("ftp", "one login by ftp with a password", services.vsftpd, lambda to: f"curl -s -o /dev/null ftp://{LOGIN}@{to}/file01.txt")
clear("telnet", "one login by telnet with a password", services.telnetd,
      lambda to: f"(sleep 1; echo anna; sleep 1; echo {services.PASSWORD}; sleep 1.5; echo id; sleep 0.5; echo exit; sleep 1) | telnet {to}")
clear("http_basic", "HTTP basic authentication, once", lambda lab, host: host.start_tool("web.py", "80", wait=0.8),
      lambda to: f"curl -s -o /dev/null -u {LOGIN} http://{to}/private/report")
clear("pop3", "one login by pop3 with a password", services.dovecot, lambda to: f"curl -s pop3://{to}/ -u {LOGIN}")
clear("imap_plain", "one login by imap, AUTHENTICATE PLAIN without TLS", services.dovecot,
      lambda to: f"curl -s imap://{to}/ -u {LOGIN} --login-options AUTH=PLAIN")
clear("smtp_login", "one login by smtp, AUTH LOGIN without TLS", lambda lab, host: host.start_tool("smtp.py", "25", wait=0.8),
      lambda to: f"swaks --server {to} --port 25 --auth LOGIN --auth-user anna --auth-password {services.PASSWORD} "
      "--from anna@example.com --to bert@example.com --body hello --hide-all")


@capture("quiet_ftp_anonymous", "anonymous ftp")
def anonymous(lab):
    services.vsftpd(lab, lab.server)
    yield
    lab.pc1.run(f"curl -s -o /dev/null ftp://{lab.server.v4}/file01.txt; curl -s ftp://{lab.server.v4}/")


@capture("quiet_imap_starttls", "imap and pop3: STARTTLS before the password", allow=CERT)
def starttls(lab):
    services.dovecot(lab, lab.server)
    yield
    lab.pc1.run(f"curl -s -k --ssl-reqd imap://{lab.server.v4}/ -u {LOGIN}; curl -s -k --ssl-reqd pop3://{lab.server.v4}/ -u {LOGIN}", timeout=20)


@capture("quiet_http_digest", "HTTP digest authentication: the password does not pass")
def digest(lab):
    lab.server.start_tool("digest.py", "80", wait=0.6)
    yield
    lab.pc1.run(f"for n in 1 2 3; do curl -s -o /dev/null --digest -u {LOGIN} http://{lab.server.v4}/$n; done")


# --- TLS


def server_of_age(name, what, server, client="", expect=TLS, allow=(), quiet=False):
    """openssl's server and client with what they still can."""
    @capture(name if quiet else "tls_" + name, what, expect=[] if quiet else [(expect, by("server"))], allow=list(allow))
    def play(lab):
        lab.server.tool("certificates.py", str(lab.dir))
        lab.server.start(f"cd {lab.dir}; exec openssl s_server -quiet -www -accept 443 {server}", wait=0.6)
        yield
        lab.pc1.run(f"printf 'GET / HTTP/1.0\\r\\n\\r\\n' | timeout 3 openssl s_client -connect {lab.server.v4}:443 "
                    f"-servername intranet.example.com -quiet {client}", timeout=8)


ANY = "-cipher 'ALL:COMPLEMENTOFALL:@SECLEVEL=0'"
GOOD = "-cert good.crt -key good.key"
server_of_age("version_1_0", "TLS 1.0", f"{GOOD} -tls1 {ANY}", f"-tls1 {ANY}")
server_of_age("version_1_1", "TLS 1.1", f"{GOOD} -tls1_1 {ANY}", f"-tls1_1 {ANY}")
server_of_age("null_cipher", "TLS 1.2 without encryption (NULL-SHA)", "-cert rsa.crt -key rsa.key -tls1_2 -cipher 'NULL-SHA:@SECLEVEL=0'",
              "-tls1_2 -cipher 'NULL-SHA:@SECLEVEL=0'")
server_of_age("anonymous", "TLS 1.2 without a certificate (ADH-AES128-SHA)", "-nocert -tls1_2 -cipher 'ADH-AES128-SHA:@SECLEVEL=0'",
              "-tls1_2 -cipher 'ADH-AES128-SHA:@SECLEVEL=0'")


def tlslite(name, what, version, cipher, expect=TLS):
    @capture("tls_" + name, what + " (tlslite-ng)", expect=[(expect, by("server"))], allow=TLS)
    def play(lab):
        lab.server.tool("certificates.py", str(lab.dir))
        lab.server.start_tool("tls_old.py", f"server {version} {cipher} {lab.dir}/rsa.crt {lab.dir}/rsa.key", wait=1.5)
        yield
        for host in (lab.pc1, lab.pc2):
            host.tool("tls_old.py", f"client {version} {cipher} {lab.server.v4}", timeout=10)


tlslite("rc4", "TLS 1.2 with RC4", "1.2", "rc4")
tlslite("3des", "TLS 1.1 with 3DES", "1.1", "3des")
tlslite("ssl3", "SSL 3.0", "3.0", "aes128")

server_of_age("certificate_expired", "TLS 1.2, a certificate that expired a month ago", "-cert expired.crt -key expired.key -tls1_2", "-tls1_2", CERT)
server_of_age("certificate_future", "TLS 1.2, a certificate that begins in a month", "-cert future.crt -key future.key -tls1_2", "-tls1_2", CERT)
server_of_age("certificate_self_signed", "TLS 1.2, a self-signed certificate", "-cert self.crt -key self.key -tls1_2", "-tls1_2", CERT)
server_of_age("certificate_weak_key", "TLS 1.2, a certificate with RSA of 1,024 bits and SHA-1",
              f"-cert weak.crt -key weak.key -tls1_2 {ANY}", f"-tls1_2 {ANY}", CERT + TLS, allow=TLS)
server_of_age("quiet_tls_1_2", "TLS 1.2 with ECDHE and AES-GCM, a certificate of the network's authority in order",
              f"{GOOD} -CAfile root.crt -cert_chain root.crt -tls1_2", "-tls1_2", quiet=True)
server_of_age("quiet_tls_1_3", "TLS 1.3, a certificate in order", f"{GOOD} -cert_chain root.crt", "", quiet=True)


@capture("quiet_tls_old_offer", "a client that offers TLS 1.0 to 1.3 and many ciphers to a server that takes TLS 1.3")
def old_offer(lab):
    lab.server.tool("certificates.py", str(lab.dir))
    lab.server.start(f"cd {lab.dir}; exec openssl s_server -quiet -www -accept 443 {GOOD} -cert_chain root.crt", wait=0.6)
    yield
    lab.pc1.run(f"printf 'GET / HTTP/1.0\\r\\n\\r\\n' | timeout 3 openssl s_client -connect {lab.server.v4}:443 -quiet -min_protocol TLSv1 "
                f"-servername intranet.example.com {ANY}", timeout=8)


@capture("quiet_tls_many", "four clients fetch from a web server outside by TLS 1.3, 8 connections", snap=300)
def many(lab):
    curl = https(lab, lab.outside)
    yield
    for host in (lab.pc1, lab.pc2, lab.pc3, lab.mac):
        host.run(f"for n in 1 2; do {curl} https://www.example.com/$((n * 900)); done")


# --- SMB 1

OLD = "server min protocol = NT1\nclient min protocol = NT1\nntlm auth = yes\n"


@capture("smb1_samba_nt1", "smbclient and smbd speak SMB 1 (NT1)", expect=[(SMB1, by("files", "pc1"))], snap=400)
def smb1(lab):
    services.smbd(lab, lab.files, OLD + "server max protocol = NT1\n")
    yield
    lab.pc1.run(f"smbclient -U {LOGIN.replace(':', '%')} -m NT1 --option='client min protocol=NT1' //{lab.files.v4}/share -c 'put /etc/services a; ls'")


@capture("smb1_scanner_offer", "a printer of 2009 that offers nothing but SMB 1, to a server that refuses: tried three times",
         expect=[], allow=SMB1, snap=400)
def refused(lab):
    services.smbd(lab, lab.files)
    yield
    for _ in range(3):
        lab.printer.run(f"smbclient -U {LOGIN.replace(':', '%')} -m NT1 --option='client min protocol=NT1' //{lab.files.v4}/share -c ls")


@capture("quiet_smb3", "smbclient and smbd speak SMB 3.1.1", snap=400)
def smb3(lab):
    services.smbd(lab, lab.files)
    yield
    lab.pc1.run(f"smbclient -U {LOGIN.replace(':', '%')} //{lab.files.v4}/share -c 'put /etc/services a; ls'")


@capture("quiet_smb_multi_negotiate", "a client begins with the old negotiation that offers SMB 1 and 2, the server takes SMB 3", allow=SMB1, snap=400)
def multi(lab):
    services.smbd(lab, lab.files)
    yield
    lab.pc2.run(f"smbclient -U {LOGIN.replace(':', '%')} --option='client min protocol=NT1' --option='client max protocol=SMB3' "
                f"//{lab.files.v4}/share -c ls")
