"""A switched network in namespaces: a bridge with hosts, a router, a host outside, a monitor port that sees every frame once.

The names of all namespaces begin with a prefix of this process, so several laboratories can stand side by side, and
taking one down touches nothing else.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

NET4, NET6 = "192.168.50", "2001:db8:50:"
GATEWAY4, GATEWAY6 = f"{NET4}.1", f"{NET6}:1"
OUTSIDE = "198.51.100.10"
OUTSIDE6 = "2001:db8:ffff::10"
# What a single hosting company outside may have: the web servers and mail servers of the captures.
OUTSIDE_MORE = [f"203.0.113.{n}" for n in range(80, 96)]

# name, last number of the address, MAC (prefixes of real makers: the devices shall look like some).
HOSTS = [
    ("router", 1, "00:0d:b9:50:00:01"),
    ("server", 10, "00:25:90:50:00:10"),
    ("files", 11, "00:11:32:50:00:11"),
    ("printer", 12, "3c:52:82:50:00:12"),
    ("pc1", 21, "3c:97:0e:50:00:21"),
    ("pc2", 22, "8c:ec:4b:50:00:22"),
    ("pc3", 23, "f8:75:a4:50:00:23"),
    ("mac", 24, "f0:18:98:50:00:24"),
    ("pi", 25, "b8:27:eb:50:00:25"),
    ("attacker", 66, "08:00:27:50:00:66"),
]
# Virtual machines, made when a capture wants many hosts: 192.168.50.100 and so on.
FIRST_MACHINE = 100


def sh(command, check=True):
    return subprocess.run(command, shell=True, check=check, capture_output=True, text=True)


class Host:
    """One namespace with a network stack of its own."""

    def __init__(self, lab, name, number, mac):
        self.lab, self.name, self.mac = lab, name, mac
        self.ns = f"{lab.prefix}-{name}"
        self.v4 = f"{NET4}.{number}"
        self.v6 = f"{NET6}:{number}"
        self.port = f"p{number}"

    @property
    def who(self):
        return [self.v4, self.mac, self.v6]

    def argv(self, command):
        return ["ip", "netns", "exec", self.ns, "bash", "-c", command]

    def run(self, command, timeout=60, show=False):
        """Runs a command and waits; what outlives the time is ended. The status is not an error: attacks fail, too."""
        process = subprocess.Popen(
            self.argv(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", start_new_session=True)
        try:
            out, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            stop(process)
            out = f"(ended after {timeout} s)"
        if show or os.environ.get("SHOW"):
            print(f"  {self.name}$ {command[:160]}\n    " + "\n    ".join((out or "").strip().splitlines()[-8:]), flush=True)
        return out

    def start(self, command, wait=0.0):
        """Starts a command that goes on; the laboratory ends it after the capture."""
        log = open(self.lab.dir / f"{self.name}.log", "a")
        process = subprocess.Popen(
            self.argv(command), stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True)
        self.lab.running.append(process)
        if wait:
            time.sleep(wait)
        return process

    def tool(self, name, arguments="", timeout=60, show=False):
        return self.run(f"exec /usr/bin/python3 {TOOLS / name} {arguments}", timeout, show)

    def start_tool(self, name, arguments="", wait=0.5):
        return self.start(f"exec /usr/bin/python3 {TOOLS / name} {arguments}", wait)

    def ip(self, arguments, check=True):
        return sh(f"ip -n {self.ns} {arguments}", check)

    def sysctl(self, *settings):
        sh(f"ip netns exec {self.ns} sysctl -qw " + " ".join(settings))

    def etc(self, name, text):
        """A file in /etc that only this host sees (ip netns exec mounts it)."""
        folder = Path("/etc/netns") / self.ns
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        os.chmod(folder / name, 0o644)


TOOLS = Path(__file__).parent / "tools"


class Lab:
    def __init__(self):
        self.prefix = f"ac{os.getpid()}"
        self.dir = Path(tempfile.mkdtemp(prefix="attack-captures."))
        os.chmod(self.dir, 0o755)
        self.running, self.hosts, self.machines = [], [], []
        for name, number, mac in HOSTS:
            setattr(self, name, Host(self, name, number, mac))
        self.outside = Host(self, "outside", 0, "00:1b:21:c6:33:0a")
        self.outside.v4, self.outside.v6 = OUTSIDE, OUTSIDE6

    def up(self):
        switch = f"{self.prefix}-switch"
        self.switch = switch
        monitor = f"{self.prefix}-monitor"
        self.monitor = monitor
        sh(f"ip netns add {switch} && ip netns add {monitor}")
        sh(f"ip netns exec {switch} sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1")
        sh(f"ip netns exec {monitor} sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1")
        sh(f"ip -n {switch} link add br0 type bridge ageing_time 30000 stp_state 0 mcast_snooping 0")
        sh(f"ip -n {switch} link add span0 type veth peer name mon0 netns {monitor}")
        sh(f"ip -n {switch} link set br0 up && ip -n {switch} link set span0 up")
        sh(f"ip -n {monitor} link set mon0 arp off && ip -n {monitor} link set mon0 up")
        for name, _, _ in HOSTS:
            self.add(getattr(self, name))
        self.wan()
        for host in self.hosts:
            host.etc("resolv.conf", f"nameserver {GATEWAY4}\n")
        time.sleep(2.5)  # router solicitations and the like end before the first capture

    def add(self, host):
        switch, mac = self.switch, host.mac
        sh(f"ip netns add {host.ns}")
        sh(f"ip -n {switch} link add {host.port} type veth peer name eth0 address {mac} netns {host.ns}")
        sh(f"ip -n {switch} link set {host.port} master br0 up")
        sh(f"tc -n {switch} qdisc add dev {host.port} clsact")
        sh(f"tc -n {switch} filter add dev {host.port} ingress protocol all prio 1 u32 match u32 0 0 "
           f"action mirred egress mirror dev span0")
        sh(f"ip netns exec {host.ns} ethtool -K eth0 tso off gso off gro off tx off", check=False)
        host.ip("link set lo up")
        host.ip("link set eth0 up")
        host.ip(f"addr add {host.v4}/24 brd + dev eth0")
        host.ip(f"-6 addr add {host.v6}/64 dev eth0 nodad")
        if host is not self.router:
            host.ip(f"route add default via {GATEWAY4}")
            host.ip(f"-6 route add default via {GATEWAY6} dev eth0")
            # No accept_ra: a router that comes up for one capture must not stay in the routes for the next.
            host.sysctl("net.ipv6.conf.eth0.accept_ra=0", "net.ipv4.ping_group_range='0 2147483647'",
                        "net.ipv6.conf.eth0.router_solicitations=0")
        self.hosts.append(host)
        return host

    def many(self, count):
        """So many virtual machines, each with a MAC of its own."""
        while len(self.machines) < count:
            number = FIRST_MACHINE + len(self.machines)
            host = self.add(Host(self, f"vm{number}", number, f"52:54:00:50:01:{number - FIRST_MACHINE:02x}"))
            host.etc("resolv.conf", f"nameserver {GATEWAY4}\n")
            self.machines.append(host)
            time.sleep(0.02)
        return self.machines[:count]

    def wan(self):
        """What is behind the router: one namespace with all addresses of the world that the captures need."""
        out = self.outside
        sh(f"ip netns add {out.ns}")
        sh(f"ip -n {self.router.ns} link add wan0 type veth peer name eth0 address {out.mac} netns {out.ns}")
        self.router.ip("addr add 192.0.2.1/30 dev wan0")
        self.router.ip("-6 addr add 2001:db8:fffe::1/64 dev wan0 nodad")
        self.router.ip("link set wan0 up")
        out.ip("link set lo up")
        out.ip("link set eth0 up")
        out.ip("addr add 192.0.2.2/30 dev eth0")
        out.ip("-6 addr add 2001:db8:fffe::2/64 dev eth0 nodad")
        for address in [OUTSIDE, *OUTSIDE_MORE]:
            out.ip(f"addr add {address}/32 dev lo")
        out.ip(f"-6 addr add {OUTSIDE6}/128 dev lo")
        out.ip(f"route add default via 192.0.2.1 src {OUTSIDE}")
        out.ip(f"-6 route add default via 2001:db8:fffe::1 dev eth0 src {OUTSIDE6}")
        self.router.ip("route add default via 192.0.2.2")
        self.router.ip("-6 route add default via 2001:db8:fffe::2")
        for host in (self.router, out):
            sh(f"ip netns exec {host.ns} ethtool -K {'wan0' if host is self.router else 'eth0'} tso off gso off gro off tx off",
               check=False)
        self.router.sysctl("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        # What does not exist outside is silent, as most of the world is; a route back to the router would loop.
        out.ip("route add blackhole 203.0.113.0/24")
        out.ip("route add blackhole 10.0.0.0/8")
        self.hosts.append(out)

    def forget(self):
        """Empties the ARP and neighbour tables, so that a capture begins with the questions that begin a day."""
        for host in self.hosts:
            host.ip("neigh flush all", check=False)

    def end_processes(self):
        for process in reversed(self.running):
            stop(process)
        self.running.clear()
        # Daemons that left their process group: everything in these namespaces is ours.
        for sig in (signal.SIGTERM, signal.SIGKILL):
            left = [int(p) for h in self.hosts for p in sh(f"ip netns pids {h.ns}", check=False).stdout.split()]
            for pid in left:
                try:
                    os.kill(pid, sig)
                except ProcessLookupError:
                    pass
            if not left:
                break
            time.sleep(0.3)

    def down(self):
        self.end_processes()
        for host in self.hosts:
            sh(f"ip netns del {host.ns}", check=False)
            shutil.rmtree(f"/etc/netns/{host.ns}", ignore_errors=True)
        for name in (f"{self.prefix}-switch", f"{self.prefix}-monitor"):
            sh(f"ip netns del {name}", check=False)
        shutil.rmtree(self.dir, ignore_errors=True)


def stop(process, patience=1.5):
    """Ends a process that this program started, and its children."""
    for sig in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            break
        try:
            os.killpg(process.pid, sig)
            process.wait(patience)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass
