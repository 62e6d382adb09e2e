"""make.py OUT: records the office's hour. PACE=0.2 makes it five times as fast, to try things out; SHOW=1 shows more."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
import office  # noqa: E402
import day  # noqa: E402


def record(lab, raw):
    command = ["ip", "netns", "exec", lab.monitor, "tcpdump", "-i", "mon0", "-n", "--immediate-mode", "-Z", "root", "-B", "32768",
               "-s", "1600", "--time-stamp-precision", "nano", "-w", str(raw)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while "listening on" not in process.stderr.readline():
        pass
    return process


def main(out):
    lab = office.Office()
    try:
        lab.up()
        office.files(lab)
        office.router(lab)
        office.internet(lab)
        office.devices(lab)
        lab.forget()
        print("make-office: recording, for about six minutes", flush=True)
        capture = record(lab, lab.dir / "raw.pcap")
        time.sleep(0.3)
        day.play(lab)
        time.sleep(1)
        os.killpg(capture.pid, signal.SIGINT)
        told = capture.communicate(timeout=10)[1]
        if "\n0 packets dropped by kernel" not in told:
            sys.exit(f"make-office: packets were lost; try again:\n{told}")
        subprocess.run([*office.PYTHON.split(), str(office.DEMO / "to_pcapng.py"), str(lab.dir / "raw.pcap"), str(out), "mon0", "make-office.sh"],
                       check=True)
        print(f"make-office: {out}: {Path(out).stat().st_size} bytes; {told.splitlines()[0]}")
    finally:
        if keep := os.environ.get("KEEP_LOG"):
            Path(keep).write_text("".join(f"== {p.name}\n{p.read_text(errors='replace')}" for p in sorted(lab.dir.glob("*.log"))))
        lab.down()


main(sys.argv[1])
