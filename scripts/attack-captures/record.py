"""The list of captures, and how one is made.

A capture is a generator: what it does before its first `yield` is preparation and not recorded (servers that start),
what it does between the first `yield` and the second, or its end, is recorded.
"""

import json
import os
import re
import signal
import subprocess
import time
import traceback

LIMIT_BYTES = 200_000
CAPTURES = []

LOCAL = 'networks.local=["192.168.50.0/24", "2001:db8:50::/64"]'
# What a scan of one kind may also be called: a sweep of hosts begins with a sweep of ARP, for example.
SCANS = ["arp-scan", "host-scan", "port-scan", "stealth-scan"]


class Capture:
    def __init__(self, name, what, expect, allow, set, snap, packets, extra_hosts, limit, play):
        self.name, self.what, self.play = name, what, play
        self.expect, self.allow, self.set = expect, allow, set
        self.snap, self.packets, self.extra_hosts, self.limit = snap, packets, extra_hosts, limit

    def label(self, lab):
        expect = [{"detector": names, "who": who(lab)} for names, who in self.expect]
        what = self.what + (f"; at most {self.packets} frames" if self.packets else "")
        return {"file": self.name + ".pcap", "what": what, "expect": expect, "allow": self.allow, "set": self.set}


def capture(name, what, expect=(), allow=(), set=(), snap=0, packets=0, hosts=0, limit=LIMIT_BYTES):
    """`expect`: pairs of detector names and a function from the laboratory to who must be named."""
    def register(play):
        CAPTURES.append(Capture(name, what, list(expect), sorted(allow), list(set), snap, packets, hosts, limit, play))
        return play
    return register


def by(*names, more=()):
    """Who: all addresses of these hosts."""
    return lambda lab: [w for name in names for w in getattr(lab, name).who] + list(more)


def make(lab, item, folder):
    """Records one capture; says whether that worked."""
    path = folder / (item.name + ".pcap")
    raw = lab.dir / "raw.pcap"
    lab.many(item.extra_hosts)
    began = time.monotonic()
    tcpdump = None
    try:
        steps = item.play(lab)
        next(steps)
        lab.forget()
        tcpdump = start_tcpdump(lab, raw, item)
        next(steps, None)
        time.sleep(0.4)
        told = stop_tcpdump(tcpdump)
        tcpdump = None
        for _ in steps:
            pass
    except Exception:
        traceback.print_exc()
        print(f"FAILED {item.name}", flush=True)
        return False
    finally:
        if tcpdump:
            stop_tcpdump(tcpdump)
        lab.end_processes()
    size = raw.stat().st_size
    counts = re.search(r"(\d+) packets? captured", told)
    dropped = re.search(r"(\d+) packets? dropped by kernel", told)
    note = "" if size <= item.limit else "  TOO LARGE"
    if dropped and int(dropped[1]):
        note += f"  DROPPED {dropped[1]}"
    print(f"{item.name:44} {counts[1] if counts else '?':>6} packets {size:>8} bytes "
          f"{time.monotonic() - began:6.1f} s{note}", flush=True)
    if size < 300:
        print(f"FAILED {item.name}: nothing was sent", flush=True)
        return False
    if size > item.limit:
        raw.rename(lab.dir / "too-large.pcap")
        return False
    path.write_bytes(raw.read_bytes())
    return True


def start_tcpdump(lab, path, item):
    command = ["ip", "netns", "exec", lab.monitor, "tcpdump", "-i", "mon0", "-n", "--immediate-mode", "-Z", "root",
               "-B", "32768", "-s", str(item.snap), "-w", str(path)]
    if item.packets:
        command += ["-c", str(item.packets)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    heard = process.stderr.readline()
    while heard and "listening on" not in heard:
        heard = process.stderr.readline()
    time.sleep(0.1)
    return process


def stop_tcpdump(process):
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
    try:
        return process.communicate(timeout=5)[1]
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()[1]


def write_labels(lab, path):
    """The labels of all captures of the list that are there, in the order of their names."""
    items = sorted(CAPTURES, key=lambda item: item.name)
    there = [item for item in items if (path.parent / (item.name + ".pcap")).exists()]
    path.write_text("".join(json.dumps(item.label(lab)) + "\n" for item in there))
