"""servers.py smtp|ntp ADDRESS: the servers of the demo that no small package has."""

import socket
import socketserver
import struct
import sys
import time

SINCE_1900 = 2208988800


class Smtp(socketserver.StreamRequestHandler):
    """Enough of RFC 5321 to take a message."""

    def handle(self):
        self.say("220 mx.example.net ESMTP")
        while line := self.rfile.readline(1000).decode(errors="replace").strip():
            command = line.split()[0].upper()
            if command == "EHLO":
                self.say("250-mx.example.net", "250-SIZE 1000000", "250 8BITMIME")
            elif command == "DATA":
                self.say("354 Go ahead")
                while self.rfile.readline(1000) not in (b".\r\n", b""):
                    pass
                self.say("250 2.0.0 Accepted")
            elif command == "QUIT":
                self.say("221 2.0.0 Bye")
                return
            elif command in ("MAIL", "RCPT", "HELO", "NOOP", "RSET"):
                self.say("250 2.0.0 OK")
            else:
                self.say("502 5.5.2 Not here")

    def say(self, *lines):
        self.wfile.write("".join(line + "\r\n" for line in lines).encode())


def stamp():
    now = time.time() + SINCE_1900
    return struct.pack(">II", int(now), int(now % 1 * 2**32))


def ntp(address):
    """RFC 5905: a server of stratum 2."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((address, 123))
        while True:
            question, client = sock.recvfrom(1024)
            arrived = stamp()
            head = struct.pack(">BBbbII4s", 0x24, 2, question[2], -23, 0x100, 0x200, socket.inet_aton("198.51.100.200"))
            sock.sendto(head + arrived + question[40:48] + arrived + stamp(), client)


def smtp(address):
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    with socketserver.ThreadingTCPServer((address, 25), Smtp) as server:
        server.serve_forever()


{"smtp": smtp, "ntp": ntp}[sys.argv[1]](sys.argv[2])
