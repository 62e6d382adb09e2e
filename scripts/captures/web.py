"""HTTP and TLS."""

import struct

from captures.certificate import self_signed
from captures.frames import noise
from captures.talk import DESKTOP, FAR, LAPTOP, MS, WEB, Tcp, Trace


def http():
    trace = Trace()

    def request(method, path, *lines, host="www.example.com", body=b""):
        head = [f"{method} {path} HTTP/1.1", f"Host: {host}", "User-Agent: curl/7.88.1", "Accept: */*", *lines]
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body

    def answer(status, body=b"", *lines, kind="text/html", length=True):
        head = [f"HTTP/1.1 {status}", "Server: nginx", "Date: Mon, 12 Jan 2026 08:00:00 GMT", *lines]
        if body or length:
            head.append(f"Content-Type: {kind}")
        if length:
            head.append(f"Content-Length: {len(body)}")
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body

    # Several requests on one connection.
    page = b"<!doctype html><title>Example</title><p>Nothing to see here.\n"
    tcp = Tcp(trace, LAPTOP, WEB, 42001, 80)
    tcp.open()
    tcp.ask(request("GET", "/"), answer("200 OK", page))
    tcp.ask(request("GET", "/missing"), answer("404 Not Found", b"<h1>404</h1>\n"))
    tcp.ask(request("HEAD", "/"), answer("200 OK"))
    tcp.ask(request("GET", "/old"), answer("301 Moved Permanently", b"", "Location: http://www.example.com/new"))
    tcp.close()

    # A header that ends in the second segment; an answer in chunks over many segments.
    tcp = Tcp(trace, LAPTOP, FAR, 42002, 8080, rtt=35 * MS)
    tcp.open()
    ask = request("GET", "/feed", "Accept-Encoding: identity", host="files.example.net:8080")
    tcp.send("c", ask[:40])
    trace.wait(2 * MS)
    tcp.send("c", ask[40:])
    trace.wait(35 * MS)
    tcp.ack("s")
    tcp.send("s", answer("200 OK", b"", "Transfer-Encoding: chunked", "Content-Type: text/plain", length=False))
    for _ in range(4):
        chunk = b"one line of the feed\n" * 100
        tcp.send("s", b"%x\r\n%s\r\n" % (len(chunk), chunk))
        trace.wait(100_000)
        tcp.ack("c")
    tcp.send("s", b"0\r\n\r\n")
    trace.wait(100_000)
    tcp.ack("c")
    tcp.close("s")

    # A form sent to a server that wants a password; both sides over IPv6.
    tcp = Tcp(trace, DESKTOP, WEB, 42003, 80, version=6)
    tcp.open()
    form = b"name=example&colour=green"
    lines = ("Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(form)}")
    refusal = answer("401 Unauthorized", b"no\n", 'WWW-Authenticate: Basic realm="example"', kind="text/plain")
    tcp.ask(request("POST", "/form", *lines, body=form), refusal)
    # "example:example", for the detection of passwords in the clear.
    lines += ("Authorization: Basic ZXhhbXBsZTpleGFtcGxl",)
    tcp.ask(request("POST", "/form", *lines, body=form), answer("200 OK", b'{"ok":true}\n', kind="application/json"))
    tcp.close()
    return trace.packets


# TLS, RFC 8446 and RFC 5246.

X25519, SECP256R1, X25519MLKEM768 = 0x001D, 0x0017, 0x11EC
HANDSHAKE, CHANGE_CIPHER_SPEC, ALERT, APPLICATION_DATA = 22, 20, 21, 23


def sized(width, data):
    return len(data).to_bytes(width, "big") + data


def extension(kind, data):
    return struct.pack(">H", kind) + sized(2, data)


def numbers(*values):
    return struct.pack(f">{len(values)}H", *values)


def record(kind, data, version=0x0303):
    return struct.pack(">BH", kind, version) + sized(2, data)


def message(kind, body):
    return bytes([kind]) + sized(3, body)


def client_hello(seed, server_name, versions=(0x0304, 0x0303), shares=((X25519, 32),), alpn=(b"h2", b"http/1.1")):
    """`shares`: groups and the lengths of their keys."""
    groups = [group for group, _ in shares]
    groups += [group for group in (X25519, SECP256R1, 0x0018) if group not in groups]
    parts = [
        extension(0, sized(2, b"\0" + sized(2, server_name))),
        extension(23, b""),
        extension(0xFF01, b"\0"),
        extension(10, sized(2, numbers(*groups))),
        extension(11, b"\x01\0"),
        extension(35, b""),
        extension(16, sized(2, b"".join(sized(1, name) for name in alpn))),
        extension(13, sized(2, numbers(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601))),
    ]
    ciphers = [0xC02B, 0xC02F, 0xC02C, 0xC030]
    if 0x0304 in versions:
        ciphers = [0x1301, 0x1302, 0x1303] + ciphers
        keys = b"".join(numbers(group) + sized(2, noise(f"{seed} share {group}", length)) for group, length in shares)
        parts += [
            extension(51, sized(2, keys)),
            extension(45, b"\x01\x01"),
            extension(43, sized(1, numbers(*versions))),
        ]
    body = numbers(0x0303) + noise(f"{seed} client random", 32) + sized(1, noise(f"{seed} session", 32))
    body += sized(2, numbers(*ciphers)) + b"\x01\0" + sized(2, b"".join(parts))
    return record(HANDSHAKE, message(1, body), 0x0301)


def server_hello(seed, cipher, parts, session):
    body = numbers(0x0303) + noise(f"{seed} server random", 32) + sized(1, session)
    return message(2, body + numbers(cipher) + b"\0" + sized(2, b"".join(parts)))


def tls13(trace, seed, name, client, server, src_port, share, rtt=20 * MS, version=4):
    """A whole TLS 1.3 conversation. `share`: the group, then the length of the client's and of the server's key."""
    group, client_key, server_key = share
    shares = [(group, client_key)] if group == X25519 else [(group, client_key), (X25519, 32)]
    tcp = Tcp(trace, client, server, src_port, 443, rtt, version)
    tcp.open()
    tcp.send("c", client_hello(seed, name, shares=shares))
    trace.wait(rtt)
    tcp.ack("s")
    parts = [extension(43, numbers(0x0304)), extension(51, numbers(group) + sized(2, noise(f"{seed} key", server_key)))]
    hello = server_hello(seed, 0x1301, parts, noise(f"{seed} session", 32))
    changed = record(CHANGE_CIPHER_SPEC, b"\x01")
    sealed = lambda what, length: record(APPLICATION_DATA, noise(f"{seed} {what}", length))
    flight = record(HANDSHAKE, hello) + changed + sealed("extensions", 32) + sealed("certificate", 900)
    tcp.send("s", flight + sealed("verify", 98) + sealed("finished", 53))
    trace.wait(300_000)
    tcp.send("c", changed + sealed("client finished", 53))
    tcp.ask(sealed("request", 110), sealed("response", 3000))
    tcp.send("c", sealed("close notify", 19))
    tcp.close()


def tls12(trace, seed, name, src_port):
    """TLS 1.2 with a certificate to read: the server's name, valid for two years, signed by itself."""
    tcp = Tcp(trace, DESKTOP, FAR, src_port, 443, 35 * MS)
    tcp.open()
    tcp.send("c", client_hello(seed, name, versions=(0x0303,), alpn=(b"http/1.1",)))
    trace.wait(35 * MS)
    tcp.ack("s")
    parts = [extension(0xFF01, b"\0"), extension(11, b"\x01\0"), extension(16, sized(2, sized(1, b"http/1.1")))]
    hello = server_hello(seed, 0xC02B, parts + [extension(23, b"")], noise(f"{seed} server session", 32))
    chain = sized(3, sized(3, self_signed(name.decode())))
    # A named curve, its point, then an ECDSA signature that nobody here checks.
    key = b"\x03" + numbers(X25519) + sized(1, noise(f"{seed} key", 32)) + numbers(0x0403)
    key += sized(2, b"\x30\x44\x02\x20\x11" + noise(f"{seed} r", 31) + b"\x02\x20\x11" + noise(f"{seed} s", 31))
    flight = hello + message(11, chain) + message(12, key) + message(14, b"")
    tcp.send("s", record(HANDSHAKE, flight))
    trace.wait(300_000)
    changed = record(CHANGE_CIPHER_SPEC, b"\x01")
    finish = lambda side: changed + record(HANDSHAKE, noise(f"{seed} {side} finished", 40))
    exchange = record(HANDSHAKE, message(16, sized(1, noise(f"{seed} client key", 32))))
    tcp.ask(exchange + finish("client"), finish("server"))
    sealed = lambda what, length: record(APPLICATION_DATA, noise(f"{seed} {what}", length))
    tcp.ask(sealed("request", 150), sealed("response", 2000))
    tcp.send("c", record(ALERT, noise(f"{seed} close notify", 26)))
    tcp.close()


def tls():
    trace = Trace()
    tls13(trace, "tls 1.3", b"www.example.com", LAPTOP, WEB, 43001, (X25519, 32, 32))
    # The key of a hybrid group does not fit one segment: draft-ietf-tls-ecdhe-mlkem.
    tls13(trace, "hybrid", b"files.example.net", LAPTOP, FAR, 43002, (X25519MLKEM768, 1216, 1120), 35 * MS)
    tls13(trace, "six", b"www.example.com", DESKTOP, WEB, 43003, (X25519, 32, 32), version=6)
    tls12(trace, "tls 1.2", b"mail.example.com", 43004)
    # The server does not know the name: unrecognized_name, RFC 6066.
    tcp = Tcp(trace, DESKTOP, WEB, 43005, 443)
    tcp.open()
    tcp.ask(client_hello("alert", b"unknown.example.com"), record(ALERT, b"\x02\x70"))
    tcp.close("s")
    return trace.packets
