"""rtp.py FROM PORT TO PORT SECONDS: one direction of a call: RTP (RFC 3550), payload type 0, 20 ms of sound a packet."""

import os
import random
import socket
import struct
import sys
import time

source, sport, target, dport, seconds = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), float(sys.argv[5])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((source, sport))
sequence, stamp, ssrc = random.randrange(65536), random.randrange(2**32), random.randrange(2**32)
begin = time.monotonic()
for n in range(int(seconds * 50)):
    marker = 0x80 if n == 0 else 0
    s.sendto(struct.pack("!BBHII", 0x80, marker, sequence & 0xFFFF, stamp & 0xFFFFFFFF, ssrc) + os.urandom(160), (target, dport))
    sequence, stamp = sequence + 1, stamp + 160
    time.sleep(max(0.0, begin + (n + 1) * 0.02 - time.monotonic()))
