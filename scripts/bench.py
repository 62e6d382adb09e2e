#!/usr/bin/env python3
"""bench.py DIR BIN [bulk|small|mix ...] [--rounds N]

Runs BIN/netmonsec and its peers in turn, A B C A B C ..., over DIR/<input>.pcap, all pinned to one processor, and prints
for each the least and the median processor time (user and system) a packet, its peak memory, and the ratio to the floor:
the median of the ratios of each round, for neighbours on the machine change the times of a round more than their ratios. scripts/bench.sh calls this.
"""
import argparse, os, pathlib, shutil, statistics, subprocess

# On small the others take a minute and more a run; one round of the best of them tells enough.
ROUNDS = {"small": 1}
PEERS = {"small": ["softflowd"]}


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("dir", type=pathlib.Path)
    a.add_argument("bin", type=pathlib.Path)
    a.add_argument("inputs", nargs="*", metavar="bulk|small|mix")
    a.add_argument("--rounds", type=int)
    a.add_argument("--cpu", type=int, default=max(os.sched_getaffinity(0)))
    o = a.parse_args()
    load = os.getloadavg()[0]
    print(f"processor {o.cpu} of {os.cpu_count()}; load before the first run: {load:.1f}" + (" (others are at work here)" if load > 0.5 else ""))
    rows = []
    for name in o.inputs or ["bulk", "small", "mix"]:
        file = o.dir / f"{name}.pcap"
        if not file.is_file():
            print(f"no {file}: left out")
            continue
        rows += measure(name, file, o)
    print(f"\n{'input':6} {'program':11} {'ns/packet':>10} {'median':>8} {'peak MB':>8} {'x floor':>8}")
    for row in rows:
        print("{:6} {:11} {:10.0f} {:8.0f} {:8.0f} {:8.2f}".format(*row))


def measure(name, file, o):
    # The one in C, where there is one: it is what the issues' figures refer to. (On 60-byte packets ours takes a quarter of
    # its time, because its compiler adds eight bytes at once.)
    in_c = o.dir / "floor_mmap"
    commands = {
        "netmonsec": [o.bin / "netmonsec", "read", "--workers", "1", "--print", "none", file],
        "floor": [in_c if in_c.is_file() else o.bin / "examples/floor", file],
        "softflowd": ["softflowd", "-6", "-d", "-m", "3000000", "-r", file],
        "argus": ["argus", "-X", "-r", file, "-w", "/dev/null"],
        "ndpi": ["ndpiReader", "-i", file, "-n", "1", "-q"],
    }
    names = ["netmonsec", "floor"] + PEERS.get(name, ["softflowd", "argus", "ndpi"])
    names = [n for n in names if shutil.which(commands[n][0])]
    packets = int(subprocess.run(commands["floor"], capture_output=True, text=True, check=True).stdout.split()[0])
    rounds = o.rounds or ROUNDS.get(name, 5)
    # The two that matter are quick: more of them make the ratio steadier.
    turns = {n: 3 if n in ("netmonsec", "floor") and rounds < 3 else 1 for n in names}
    print(f"{name}: {packets} packets, rounds: {rounds} ...", flush=True)
    took = {n: [] for n in names}
    # Warm up: the file comes into memory, whoever reads it.
    for n in ("netmonsec", "floor"):
        run(commands[n], o.cpu)
    for _ in range(rounds):
        for n in names:
            took[n] += [run(commands[n], o.cpu) for _ in range(turns[n])]
    rows = []
    for n in names:
        times = [seconds / packets * 1e9 for seconds, _ in took[n]]
        floors = [seconds / packets * 1e9 for seconds, _ in took["floor"]]
        ratio = statistics.median(t / f for t, f in zip(times, floors))
        rows.append((name, n, min(times), statistics.median(times), max(peak for _, peak in took[n]), ratio))
    return rows


def run(command, cpu):
    """Processor seconds and peak memory in MB."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    child = subprocess.Popen(command, preexec_fn=lambda: os.sched_setaffinity(0, {cpu}), **quiet)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"{command[0]} ended with {child.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
