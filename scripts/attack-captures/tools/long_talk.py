"""long_talk.py [--half] CONNECTIONS SECONDS HOST PORT...: connections side by side, each says something every half second.

--half: each sends one thing, closes its half, and reads until the server closes.
"""

import socket
import sys
import threading
import time

half = "--half" in sys.argv
arguments = [a for a in sys.argv[1:] if a != "--half"]
count, seconds, host, ports = int(arguments[0]), float(arguments[1]), arguments[2], arguments[3:]


def talk(number):
    try:
        with socket.create_connection((host, int(ports[number % len(ports)])), timeout=5) as s:
            if half:
                s.sendall(b"the only question\n")
                s.shutdown(socket.SHUT_WR)
                while s.recv(1024):
                    pass
                return
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                s.sendall(b"and another line of talk\n")
                s.recv(1024)
                time.sleep(0.5)
    except OSError:
        # The server may be gone: say something all the same, as programs do that have not noticed.
        time.sleep(0.2)


if half:
    for number in range(count):
        talk(number)
        time.sleep(seconds)
else:
    threads = [threading.Thread(target=talk, args=(n,)) for n in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
