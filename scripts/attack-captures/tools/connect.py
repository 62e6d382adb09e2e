"""connect.py [-r ROUNDS] [-p PAUSE_S] [-g GAP_S] [-s BYTES] HOST:PORT...: one connection to each, a line sent, the answer read, closed."""

import argparse
import socket
import time

a = argparse.ArgumentParser(description=__doc__)
a.add_argument("-r", type=int, default=1)
a.add_argument("-p", type=float, default=0.0)
a.add_argument("-g", type=float, default=0.0)
a.add_argument("-s", type=int, default=20)
a.add_argument("-t", type=float, default=2.0)
a.add_argument("targets", nargs="+")
o = a.parse_args()
for round in range(o.r):
    for target in o.targets:
        host, port = target.rsplit(":", 1)
        try:
            with socket.create_connection((host.strip("[]"), int(port)), timeout=o.t) as s:
                s.sendall(b"x" * (o.s - 1) + b"\n")
                s.recv(4096)
        except OSError:
            pass
        time.sleep(o.g)
    time.sleep(o.p)
