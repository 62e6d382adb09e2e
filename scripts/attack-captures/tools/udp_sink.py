"""udp_sink.py PORT: takes datagrams and says nothing."""

import socket
import sys

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", int(sys.argv[1])))
while True:
    s.recv(2048)
