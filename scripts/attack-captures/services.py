"""Real servers, each in the foreground, with its files in the laboratory's folder and its users in a passwd of its own."""

import os
import shutil
import time
from pathlib import Path

USER, PASSWORD, UID = "anna", "correct-horse", 5001


def users(lab, host):
    """Users that exist on this host alone."""
    home = lab.dir / "home"
    if not home.exists():
        home.mkdir()
        os.chown(home, UID, UID)
    hashed = (lab.dir / "hash")
    if not hashed.exists():
        hashed.write_text(host.run(f"openssl passwd -6 {PASSWORD}").strip())
    names = [USER, "bert", "carla", "operator1"]
    host.etc("passwd", Path("/etc/passwd").read_text()
             + "".join(f"{n}:x:{UID + i}:{UID}::{home}:/bin/bash\n" for i, n in enumerate(names)))
    host.etc("shadow", "root:*:19000:0:99999:7:::\n"
             + "".join(f"{n}:{hashed.read_text()}:19000:0:99999:7:::\n" for n in names))


def sshd(lab, host, wait=0.5):
    users(lab, host)
    folder = lab.dir / "ssh"
    if not folder.exists():
        folder.mkdir()
        host.run(f"ssh-keygen -q -t ed25519 -N '' -f {folder}/host; ssh-keygen -q -t ed25519 -N '' -f {folder}/client; "
                 f"cp {folder}/client.pub {folder}/authorized; chmod 644 {folder}/authorized; mkdir -p /run/sshd")
        (folder / "config").write_text(
            f"HostKey {folder}/host\nUsePAM no\nPasswordAuthentication yes\nKbdInteractiveAuthentication no\nStrictModes no\n"
            f"AuthorizedKeysFile {folder}/authorized\nMaxStartups 100:30:200\nPidFile none\nUseDNS no\nPrintMotd no\n"
            "Subsystem sftp internal-sftp\n")
    host.start(f"exec /usr/sbin/sshd -D -e -f {folder}/config", wait=wait)
    options = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
    return options, folder / "client"


def vsftpd(lab, host, more=""):
    users(lab, host)
    empty, root = lab.dir / "empty", lab.dir / "ftp"
    for folder in (empty, root):
        folder.mkdir(exist_ok=True)
        os.chmod(folder, 0o555)
    for n in range(24):
        (root / f"file{n:02}.txt").write_text(f"report {n}\n" * 60)
    conf = lab.dir / "vsftpd.conf"
    conf.write_text(f"listen=YES\nbackground=NO\nlocal_enable=YES\nanonymous_enable=YES\nanon_root={root}\nlocal_root={root}\n"
                    f"secure_chroot_dir={empty}\npam_service_name=vsftpd\nseccomp_sandbox=NO\npasv_min_port=40000\n"
                    f"pasv_max_port=40100\nmax_login_fails=3\nxferlog_enable=NO\ndelay_failed_login=0\n{more}")
    host.start(f"exec vsftpd {conf}", wait=0.5)


def dovecot(lab, host):
    users(lab, host)
    folder = lab.dir / "dovecot"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "mail").mkdir(parents=True)
    os.chmod(folder, 0o755)
    os.chown(folder / "mail", UID, UID)
    (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}:{UID}:{UID}::{folder}/mail/{USER}::\n")
    os.chmod(folder / "users", 0o644)
    host.run(f"cd {folder}; openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out crt -days 90 -subj /CN=mail.example.com "
             "-addext subjectAltName=DNS:mail.example.com 2>&1")
    (folder / "conf").write_text(f"""base_dir = {folder}/run
state_dir = {folder}/state
protocols = imap pop3
listen = *
log_path = {folder}/log
ssl = yes
ssl_cert = <{folder}/crt
ssl_key = <{folder}/key
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
auth_failure_delay = 0
mail_max_userip_connections = 50
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = passwd-file
  args = {folder}/users
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
""")
    host.start(f"exec dovecot -F -c {folder}/conf", wait=1.5)


def telnetd(lab, host):
    users(lab, host)
    host.start("exec socat TCP-LISTEN:23,fork,reuseaddr EXEC:'/usr/sbin/telnetd -h',nofork", wait=0.5)


def smbd(lab, host, more="", wait=1.5):
    users(lab, host)
    folder = lab.dir / f"samba-{host.name}"
    if not folder.exists():
        for name in ("private", "run", "lock", "state", "cache", "log", "share"):
            (folder / name).mkdir(parents=True)
        os.chmod(folder / "share", 0o777)
        os.chmod(folder / "private", 0o700)
    (folder / "smb.conf").write_text(f"""[global]
workgroup = OFFICE
netbios name = {host.name.upper()}
security = user
private dir = {folder}/private
pid directory = {folder}/run
lock directory = {folder}/lock
state directory = {folder}/state
cache directory = {folder}/cache
ncalrpc dir = {folder}/run/ncalrpc
log file = {folder}/log/smbd
load printers = no
printing = bsd
disable spoolss = yes
smb ports = 445
bind interfaces only = no
map to guest = never
{more}
[share]
path = {folder}/share
read only = no
[ADMIN$]
path = {folder}/share
read only = no
[C$]
path = {folder}/share
read only = no
""")
    host.run(f"printf '{PASSWORD}\\n{PASSWORD}\\n' | smbpasswd -c {folder}/smb.conf -s -a {USER}")
    host.start(f"exec smbd -F --no-process-group -s {folder}/smb.conf", wait=wait)


def mariadb(lab, host):
    folder = lab.dir / "mysql"
    shutil.rmtree(folder, ignore_errors=True)
    host.run(f"mariadb-install-db --no-defaults --user=mysql --datadir={folder} --skip-test-db --auth-root-authentication-method=normal", 60)
    (lab.dir / "grant.sql").write_text(f"CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';\nGRANT SELECT ON *.* TO '{USER}'@'%';\n")
    host.start(f"exec mariadbd --no-defaults --user=mysql --datadir={folder} --socket={folder}/s --bind-address=0.0.0.0 "
               f"--pid-file={folder}/pid --max-connect-errors=100000 --skip-name-resolve --innodb-buffer-pool-size=8M "
               f"--init-file={lab.dir}/grant.sql", wait=4)


def postgres(lab, host):
    folder = lab.dir / "postgres"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.chown(folder, "postgres", "postgres")
    (lab.dir / "pw").write_text(PASSWORD)
    os.chmod(lab.dir / "pw", 0o644)
    run = "setpriv --reuid postgres --regid postgres --clear-groups"
    host.run(f"cd {folder}; {run} $(dirname $(readlink -f $(which postgres || ls /usr/lib/postgresql/*/bin/postgres)))/initdb -D {folder}/d "
             f"-U {USER} --pwfile={lab.dir}/pw -A md5 --no-sync", 60)
    (folder / "d" / "pg_hba.conf").write_text("host all all 0.0.0.0/0 md5\nlocal all all trust\n")
    host.start(f"cd {folder}; exec {run} $(readlink -f $(which postgres || ls /usr/lib/postgresql/*/bin/postgres)) -D {folder}/d "
               f"-h {host.v4} -k {folder}", wait=2)


def vnc(lab, host):
    host.run(f"printf '{PASSWORD[:8]}\\n' | tigervncpasswd -f > {lab.dir}/vncpasswd")
    host.start(f"exec Xtigervnc :77 -rfbport 5900 -SecurityTypes VncAuth -rfbauth {lab.dir}/vncpasswd -geometry 320x240 -depth 16 "
               "-BlacklistThreshold 100000 -localhost=0 -nolisten unix", wait=2)


def xrdp(lab, host, wait=1.0):
    folder = lab.dir / f"xrdp-{host.name}"
    folder.mkdir(exist_ok=True)
    if not (lab.dir / "rdp.key").exists():
        host.run(f"cd {lab.dir}; openssl req -x509 -newkey rsa:2048 -nodes -keyout rdp.key -out rdp.crt -days 90 -subj /CN=rdp.lan 2>&1")
    conf = Path("/etc/xrdp/xrdp.ini").read_text()
    for name, value in (("certificate=", f"{lab.dir}/rdp.crt"), ("key_file=", f"{lab.dir}/rdp.key"), ("LogFile=", f"{folder}/log")):
        conf = "\n".join(name + value if line.startswith(name) else line for line in conf.splitlines())
    (folder / "xrdp.ini").write_text(conf + "\n")
    # xrdp writes to /run and /var/log: each has one of its own.
    host.start(f"exec unshare -m bash -c 'mount -t tmpfs none /run; mkdir -p /run/xrdp; exec xrdp -n -c {folder}/xrdp.ini'", wait=wait)


def words(lab, count, right=None):
    """A list of passwords, none of them right, or the last one."""
    path = lab.dir / f"words{count}"
    every = [f"{w}{n}" for n in (1, 12, 123, 2024, "!") for w in
             ("summer", "winter", "password", "welcome", "letmein", "dragon", "monkey", "football", "office", "admin")]
    some = every[:count - 1] + [right or every[count]]
    path.write_text("\n".join(some) + "\n")
    return path


def wait_for(host, port, seconds=8):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if "LISTEN" in host.run(f"ss -Hltn sport = :{port}"):
            return True
        time.sleep(0.2)
    print(f"  nothing listens on port {port} of {host.name}: " + (host.lab.dir / f"{host.name}.log").read_text()[-400:])
    return False
