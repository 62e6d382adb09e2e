"""clients.py KIND [ARGUMENTS]: the clients of the demo that no small package has; see the functions."""

import email.message
import os
import smtplib
import socket
import struct
import sys
import threading
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent.parent))

import netns  # noqa: E402
from captures import frames, names, talk  # noqa: E402


def mail(server, own_name):
    """A message with an attachment."""
    message = email.message.EmailMessage()
    message["From"], message["To"] = "anna@example.com", "ben@example.net"
    message["Subject"], message["Message-ID"] = "Minutes of Monday", "<1@example.com>"
    message.set_content("Attached.\n")
    message.add_attachment(os.urandom(9000), "application", "pdf", filename="minutes.pdf")
    with smtplib.SMTP(server, 25, local_hostname=own_name) as connection:
        connection.send_message(message)


def ntp(server):
    """A question as a client asks it: RFC 5905 s7.3."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(2)
        sock.sendto(b"\x23\0\x06\xec" + bytes(36) + os.urandom(8), (server, 123))
        sock.recv(1024)


def mdns(*wanted):
    """Asks for services on the link, as a desktop does when it looks for printers: RFC 6762."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("", 5353))
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        questions = b"".join(names.labels(name) + struct.pack(">HH", names.PTR, 1) for name in wanted)
        for pause in (1, 2):
            sock.sendto(struct.pack(">6H", 0, 0, len(wanted), 0, 0, 0) + questions, ("224.0.0.251", 5353))
            time.sleep(pause)


def ssdp():
    """Looks for media servers; nobody needs to answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 2)
        ask = [
            "M-SEARCH * HTTP/1.1",
            "HOST: 239.255.255.250:1900",
            'MAN: "ssdp:discover"',
            "MX: 1",
            "ST: urn:schemas-upnp-org:device:MediaServer:1",
        ]
        for _ in range(2):
            sock.sendto(("\r\n".join(ask) + "\r\n\r\n").encode(), ("239.255.255.250", 1900))
            time.sleep(1)


def sip_message(first, call, to_tag, method, own, body=""):
    lines = [
        first,
        f"Via: SIP/2.0/UDP {own}:5060;branch=z9hG4bK{call}",
        f"From: <sip:hall@example.com>;tag=1{call}",
        f"To: <sip:ben@example.com>{to_tag}",
        f"Call-ID: {call}@example.com",
        f"CSeq: {2 if method == 'BYE' else 1} {method}",
        f"Contact: <sip:{own}:5060>",
        "User-Agent: Example Phone 1.0",
        "Content-Type: application/sdp" if body else "Max-Forwards: 70",
        f"Content-Length: {len(body)}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def call(role, own, other, seconds):
    """`caller` or `callee` of a telephone call: SIP (RFC 3261), RTP with G.711 and RTCP (RFC 3550)."""
    caller = role == "caller"
    sdp = f"v=0\r\no=- 1 1 IN IP4 {own}\r\ns=-\r\nc=IN IP4 {own}\r\nt=0 0\r\n"
    sdp += "m=audio 16384 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sip:
        sip.bind((own, 5060))
        sip.settimeout(60)
        say = lambda first, method, body="", tag=";tag=77": sip.sendto(
            sip_message(first, "4711", tag, method, own, body), (other, 5060)
        )
        if caller:
            say("INVITE sip:ben@example.com SIP/2.0", "INVITE", sdp, "")
            while b"200 OK" not in sip.recv(2000):
                pass
            say("ACK sip:ben@example.com SIP/2.0", "ACK")
        else:
            sip.recv(2000)
            say("SIP/2.0 100 Trying", "INVITE", tag="")
            say("SIP/2.0 180 Ringing", "INVITE")
            time.sleep(2)
            say("SIP/2.0 200 OK", "INVITE", sdp)
            sip.recv(2000)
        voice(own, other, float(seconds))
        if caller:
            say("BYE sip:ben@example.com SIP/2.0", "BYE")
            sip.recv(2000)
        else:
            sip.recv(2000)
            say("SIP/2.0 200 OK", "BYE")


def voice(own, other, seconds):
    source = int.from_bytes(socket.inet_aton(own), "big")
    udp = (socket.AF_INET, socket.SOCK_DGRAM)
    with socket.socket(*udp) as rtp, socket.socket(*udp) as rtcp:
        rtp.bind((own, 16384))
        rtcp.bind((own, 16385))
        begin = time.monotonic()
        for number in range(int(seconds * 50)):
            mark = 0x80 if number == 0 else 0
            head = struct.pack(">BBHII", 0x80, mark, 7000 + number, 160 * number, source)
            rtp.sendto(head + frames.noise(f"voice {number}", 160), (other, 16384))
            if number % 250 == 249:
                now = time.time() + 2208988800
                report = struct.pack(">BBHIII", 0x80, 200, 6, source, int(now), int(now % 1 * 2**32))
                rtcp.sendto(report + struct.pack(">III", 160 * number, number, 160 * number), (other, 16385))
            time.sleep(max(0.0, begin + (number + 1) * 0.02 - time.monotonic()))


def lldp(name, description):
    """What a host says to its switch: IEEE 802.1AB."""
    mac = bytes.fromhex(Path("/sys/class/net/eth0/address").read_text().strip().replace(":", ""))
    field = lambda kind, value: struct.pack(">H", kind << 9 | len(value)) + value
    body = field(1, b"\x04" + mac) + field(2, b"\x05eth0") + field(3, struct.pack(">H", 120)) + field(4, b"eth0")
    body += field(5, name.encode()) + field(6, description.encode())
    body += field(7, struct.pack(">HH", 0x80, 0x80)) + field(0, b"")
    with raw_socket() as sock:
        for _ in range(4):
            sock.send(frames.ethernet(mac, bytes.fromhex("0180c200000e"), 0x88CC, body))
            time.sleep(30)


def raw_socket():
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind(("eth0", 0))
    return sock


def guests(access_point, router):
    """A guest on VLAN 20 behind the access point: its frames, and the router's, carry the tag.

    Written by hand, because a kernel without VLAN devices cannot send them.
    """
    guest = talk.Host("02:4e:44:20:00:50", "192.168.20.50")
    gateway = talk.Host("02:4e:44:00:00:01", "192.168.20.1")
    web = talk.Host("02:4e:44:00:00:01", "198.51.100.10")
    tags = [(frames.VLAN, 20, 0)]
    trace = talk.Trace()
    for number in range(4):
        name = "www.example.com"
        trace.udp(guest, gateway, 50000 + number, 53, names.query(0x500 + number, name, names.A), tags=tags)
        trace.wait(3 * talk.MS)
        answer = names.record(names.POINTER_TO_QUESTION, names.A, web.v4)
        message = names.response(0x500 + number, name, names.A, [answer])
        trace.udp(gateway, guest, 53, 50000 + number, message, tags=tags)
        tcp = talk.Tcp(trace, guest, web, 51000 + number, 80, tags=tags)
        tcp.open()
        ask = f"GET /news/{number} HTTP/1.1\r\nHost: {name}\r\nUser-Agent: ExampleBrowser/1.0\r\n\r\n"
        page = frames.noise(f"page {number}", 9000)
        answer = f"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {len(page)}\r\n\r\n"
        tcp.ask(ask.encode(), answer.encode() + page)
        tcp.close()
        trace.wait(4000 * talk.MS)
    netns.enter(access_point)
    from_guest = raw_socket()
    netns.enter(router)
    from_router = raw_socket()
    begin = time.monotonic()
    for at, frame in trace.packets:
        time.sleep(max(0.0, begin + (at - talk.MONDAY_MORNING) / 1e9 - time.monotonic()))
        sender = from_guest if frame[6:12] == guest.mac else from_router
        sender.send(frame)


KINDS = {f.__name__: f for f in (mail, ntp, mdns, ssdp, call, lldp, guests)}

if __name__ == "__main__":
    # A daemon: a client that waits for ever must not keep the lab alive.
    work = threading.Thread(target=KINDS[sys.argv[1]], args=sys.argv[2:], daemon=True)
    work.start()
    work.join(150)
