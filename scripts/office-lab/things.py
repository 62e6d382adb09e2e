"""things.py KIND [ARGUMENTS]: the programs of things that no package has; see the functions."""

import os
import random
import socket
import socketserver
import struct
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "demo-lab")]

import netns  # noqa: E402
from captures import frames, names, talk  # noqa: E402

EVERYBODY = b"\xff" * 6


def own_mac():
    return bytes.fromhex(Path("/sys/class/net/eth0/address").read_text().strip().replace(":", ""))


def raw_socket(protocol=0):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
    sock.bind(("eth0", protocol))
    return sock


# --- The link -----------------------------------------------------------------------------------------------


def dhcp(address, name, vendor_class, wanted):
    """Asks for an address as a device does that is switched on (RFC 2131 s3.1), and takes the offer it knows."""
    mac = own_mac()
    sock = raw_socket(0x0800)
    sock.settimeout(3)
    ident = random.randbytes(4)

    def option(code, value):
        return bytes([code, len(value)]) + value

    def say(kind, more=b""):
        options = option(53, bytes([kind])) + option(61, b"\x01" + mac) + more + option(12, name.encode())
        if vendor_class:
            options += option(60, vendor_class.encode())
        options += option(55, bytes(int(n) for n in wanted.split(","))) + b"\xff"
        # The answer by broadcast: there is no address yet (flag B).
        head = struct.pack(">BBBB4sHH", 1, 1, 6, 0, ident, 0, 0x8000) + bytes(16) + mac + bytes(10 + 192)
        message = head + b"\x63\x82\x53\x63" + options
        message += bytes(max(0, 300 - len(message)))
        datagram = frames.udp(bytes(4), b"\xff" * 4, 68, 67, message)
        packet = frames.ipv4(bytes(4), b"\xff" * 4, frames.UDP, datagram, df=False)
        sock.send(frames.ethernet(mac, EVERYBODY, frames.IPV4, packet))

    def heard(kind):
        """The server's identifier, from the message of this kind that is about the known address."""
        end = time.monotonic() + 3
        while time.monotonic() < end:
            data = sock.recv(2000)[42:]
            if data[4:8] == ident and data[:1] == b"\x02" and data[16:20] == socket.inet_aton(address):
                at = 240
                found = {}
                while at + 1 < len(data) and data[at] != 255:
                    found[data[at]] = data[at + 2 : at + 2 + data[at + 1]]
                    at += 2 + data[at + 1]
                if found.get(53) == bytes([kind]):
                    return found[54]
        return None

    say(1)
    server = heard(2)
    if server:
        time.sleep(0.05)
        say(3, option(50, socket.inet_aton(address)) + option(54, server))
        heard(5)
    # RFC 5227 s2.3: says that the address is in use.
    announce = frames.arp(1, mac, socket.inet_aton(address), bytes(6), socket.inet_aton(address))
    sock.send(frames.ethernet(mac, EVERYBODY, frames.ARP, announce))


def lldp(name, description, capabilities, port, address, rounds, pause):
    """IEEE 802.1AB: what a network device tells its neighbours."""
    mac = own_mac()
    field = lambda kind, value: struct.pack(">H", kind << 9 | len(value)) + value
    bits = int(capabilities, 0)
    body = field(1, b"\x04" + mac) + field(2, b"\x05" + port.encode()) + field(3, struct.pack(">H", 120))
    body += field(5, name.encode()) + field(6, description.encode()) + field(7, struct.pack(">HH", bits, bits))
    body += field(8, b"\x05\x01" + socket.inet_aton(address) + b"\x02" + struct.pack(">I", 1) + b"\0") + field(0, b"")
    sock = raw_socket()
    for _ in range(int(rounds)):
        sock.send(frames.ethernet(mac, bytes.fromhex("0180c200000e"), 0x88CC, body))
        time.sleep(float(pause))


def cdp(name, version, platform, port, address, rounds, pause):
    """Cisco's discovery protocol, version 2: LLC and SNAP in an 802.3 frame."""
    mac = own_mac()
    field = lambda kind, value: struct.pack(">HH", kind, 4 + len(value)) + value
    place = struct.pack(">I", 1) + b"\x01\x01\xcc\x00\x04" + socket.inet_aton(address)
    body = field(1, name.encode()) + field(2, place) + field(3, port.encode()) + field(4, struct.pack(">I", 0x28))
    body += field(5, version.encode()) + field(6, platform.encode()) + field(11, b"\x01")
    message = b"\x02\xb4" + struct.pack(">H", frames.checksum(b"\x02\xb4\0\0" + body)) + body
    llc = b"\xaa\xaa\x03\x00\x00\x0c\x20\x00" + message
    sock = raw_socket()
    for _ in range(int(rounds)):
        sock.send(frames.ethernet(mac, bytes.fromhex("01000ccccccc"), len(llc), llc))
        time.sleep(float(pause))


def guests(access_point, router, router_mac, vlan, gateway, *who):
    """Guests on a VLAN behind the access point, their frames made by hand: not every kernel has VLAN devices.

    `who`: a MAC, an address and a name by turns.
    """
    tags = [(frames.VLAN, int(vlan), 0)]
    gate = talk.Host(router_mac, gateway)
    trace = talk.Trace()
    people = [talk.Host(*pair) for pair in zip(who[::3], who[1::3])]
    for guest, name in zip(people, who[2::3]):
        # RFC 6762 s8.3: announces its name.
        here = names.record(names.labels(name), names.A, guest.v4, ttl=120)
        group = talk.Host("01:00:5e:00:00:fb", "224.0.0.251")
        trace.udp(guest, group, 5353, 5353, struct.pack(">6H", 0, 0x8400, 0, 1, 0, 0) + here, tags=tags)
        question = frames.arp(1, guest.mac, guest.v4, bytes(6), gate.v4)
        trace.frame(frames.ethernet(guest.mac, EVERYBODY, frames.ARP, question, tags))
        answer = frames.arp(2, gate.mac, gate.v4, guest.mac, guest.v4)
        trace.frame(frames.ethernet(gate.mac, guest.mac, frames.ARP, answer, tags))
    places = [("www.example.com", "198.51.100.10"), ("news.example.org", "203.0.113.81"), ("shop.example.com", "203.0.113.87")]
    agents = ["Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15",
              "Mozilla/5.0 (Linux; Android 13; SM-A546B) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile Safari/537.36"]
    for number in range(18):
        guest, (name, address) = people[number % len(people)], places[number % len(places)]
        web = talk.Host(router_mac, address)
        trace.udp(guest, gate, 50000 + number, 53, names.query(0x500 + number, name, names.A), tags=tags)
        trace.wait(4 * talk.MS)
        found = names.record(names.POINTER_TO_QUESTION, names.A, web.v4)
        trace.udp(gate, guest, 53, 50000 + number, names.response(0x500 + number, name, names.A, [found]), tags=tags)
        tcp = talk.Tcp(trace, guest, web, 51000 + number, 80, tags=tags)
        tcp.open()
        ask = f"GET /page/{number} HTTP/1.1\r\nHost: {name}\r\nUser-Agent: {agents[number % len(people)]}\r\n\r\n"
        page = frames.noise(f"page {number}", 6000 + 900 * number)
        tcp.ask(ask.encode(), f"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: {len(page)}\r\n\r\n".encode() + page)
        tcp.close()
        trace.wait(9000 * talk.MS)
    netns.enter(access_point)
    from_guests = raw_socket()
    netns.enter(router)
    from_router = raw_socket()
    begin = time.monotonic()
    for at, frame in trace.packets:
        time.sleep(max(0.0, begin + (at - talk.MONDAY_MORNING) / 1e9 - time.monotonic()))
        (from_router if frame[6:12] == gate.mac else from_guests).send(frame)


# --- Things that serve --------------------------------------------------------------------------------------


def ssdp(location, server, kind, uuid, rounds, pause):
    """Announces a device (UPnP Device Architecture 1.1 s1.2)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 4)
        for _ in range(int(rounds)):
            for what in ("upnp:rootdevice", kind):
                lines = ["NOTIFY * HTTP/1.1", "HOST: 239.255.255.250:1900", "CACHE-CONTROL: max-age=1800",
                         f"LOCATION: {location}", f"NT: {what}", "NTS: ssdp:alive", f"SERVER: {server}",
                         f"USN: uuid:{uuid}::{what}"]
                sock.sendto(("\r\n".join(lines) + "\r\n\r\n").encode(), ("239.255.255.250", 1900))
                time.sleep(0.1)
            time.sleep(float(pause))


REGISTERS, OBJECTS = 3, 43
IDENTITY = ["Schneider Electric", "TM221CE16R", "1.10.2.2"]


class Plc(socketserver.BaseRequestHandler):
    """A controller's side of Modbus/TCP: registers, and who it is (function 43/14)."""

    def handle(self):
        while len(head := self.request.recv(7)) == 7:
            ident, _, length, unit = struct.unpack(">HHHB", head)
            ask = self.request.recv(length - 1)
            if ask[0] == REGISTERS:
                count = struct.unpack(">H", ask[3:5])[0]
                values = [210 + random.randrange(8) for _ in range(count)]
                answer = struct.pack(f">BB{count}H", REGISTERS, 2 * count, *values)
            elif ask[0] == OBJECTS:
                found = b"".join(bytes([n, len(text)]) + text.encode() for n, text in enumerate(IDENTITY))
                answer = bytes([OBJECTS, 14, 1, 1, 0, 0, len(IDENTITY)]) + found
            else:
                answer = bytes([ask[0] | 0x80, 1])
            self.request.sendall(struct.pack(">HHHB", ident, 0, len(answer) + 1, unit) + answer)


class Threads(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


def plc():
    Threads(("", 502), Plc).serve_forever()


def modbus_poll(server, rounds, pause):
    """What a control room's program asks: who are you, then registers again and again."""
    with socket.create_connection((server, 502)) as sock:
        asks = [bytes([OBJECTS, 14, 1, 0])] + [struct.pack(">BHH", REGISTERS, 100, 8)] * int(rounds)
        for number, ask in enumerate(asks):
            sock.sendall(struct.pack(">HHHB", number, 0, len(ask) + 1, 1) + ask)
            sock.recv(300)
            time.sleep(float(pause))


class Camera(socketserver.StreamRequestHandler):
    """RTSP (RFC 2326) with the video interleaved (s10.12)."""

    def handle(self):
        while line := self.rfile.readline(1000).decode(errors="replace").strip():
            method, sequence = line.split()[0], "1"
            while header := self.rfile.readline(1000).decode(errors="replace").strip():
                if header.lower().startswith("cseq:"):
                    sequence = header.split(":")[1].strip()
            more, body = "Session: 5150\r\n", ""
            if method == "OPTIONS":
                more = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
            elif method == "DESCRIBE":
                body = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=Media Presentation\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
                more = f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n"
            elif method == "SETUP":
                more += "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
            self.wfile.write(f"RTSP/1.0 200 OK\r\nCSeq: {sequence}\r\nServer: AXIS P3245-V Network Camera\r\n{more}\r\n{body}".encode())
            if method == "PLAY":
                self.video()
            if method == "TEARDOWN":
                return

    def video(self):
        for number in range(25 * 20):
            data = struct.pack(">BBHII", 0x80, 0xE0, number, 3600 * number, 0x15) + os.urandom(700)
            self.wfile.write(b"$\0" + struct.pack(">H", len(data)) + data)
            time.sleep(0.04)


def camera():
    Threads(("", 554), Camera).serve_forever()


def watch_camera(server):
    """Somebody looks at the camera for twenty seconds."""
    url = f"rtsp://{server}/axis-media/media.amp"
    with socket.create_connection((server, 554)) as sock:
        sock.settimeout(2)
        extra = {"SETUP": "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n", "PLAY": "Session: 5150\r\n"}
        for number, method in enumerate(("OPTIONS", "DESCRIBE", "SETUP", "PLAY"), 1):
            sock.sendall(f"{method} {url} RTSP/1.0\r\nCSeq: {number}\r\nUser-Agent: VLC/3.0.20\r\n{extra.get(method, '')}\r\n".encode())
            sock.recv(4000)
        try:
            while sock.recv(65536):
                pass
        except OSError:
            pass


KINDS = {f.__name__: f for f in (dhcp, lldp, cdp, guests, ssdp, plc, modbus_poll, camera, watch_camera)}

if __name__ == "__main__":
    KINDS[sys.argv[1]](*sys.argv[2:])
