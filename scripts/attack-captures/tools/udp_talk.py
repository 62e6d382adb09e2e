"""udp_talk.py COUNT PER_SECOND BYTES HOST:PORT...: so many datagrams to each, at this rate to all together; answers are read."""

import os
import socket
import sys
import time

count, rate, size = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setblocking(False)
for _ in range(count):
    for target in sys.argv[4:]:
        host, port = target.rsplit(":", 1)
        s.sendto(os.urandom(size), (host, int(port)))
        time.sleep(1 / rate)
        try:
            while s.recv(2048):
                pass
        except OSError:
            pass
