"""bursts.py HOST PORT SECONDS FRAMES_PER_SECOND PACKETS: a camera: RTP with payload type 96, so many packets a picture."""

import os
import socket
import struct
import sys
import time

host, port, seconds, rate, packets = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 40004))
sequence, begin = 1000, time.monotonic()
for picture in range(int(seconds * rate)):
    for n in range(packets):
        last = 0x80 if n == packets - 1 else 0
        s.sendto(struct.pack("!BBHII", 0x80, 96 | last, sequence & 0xFFFF, picture * 3600, 0xCA3E7A) + os.urandom(1300), (host, port))
        sequence += 1
    time.sleep(max(0.0, begin + (picture + 1) / rate - time.monotonic()))
