#!/usr/bin/env python3
"""make-fuzz-seeds.py [-o FOLDER] [CAPTURE ...]

Writes small inputs for the fuzz targets (fuzz/README.md) to FOLDER/<target>/, by default fuzz/seeds. They are cut out of
captures, by default those in crates/netmonsec/tests/captures, and completed with what no capture there shows.

Of packets that look alike (same link type, same headers, same service) the shortest is kept, and 200 bytes of it; a seed
is named by its content, so running this again changes nothing.
"""
import argparse, gzip, hashlib, pathlib, struct

ROOT = pathlib.Path(__file__).resolve().parent.parent
KEEP, MOST = 200, 120  # bytes of a seed that are kept, and seeds of a target
SAID = 700  # bytes of what devices say of themselves: options come late in it

# The order of these lists is that of the fuzz targets (crates/engine/tests/mutations/, fuzz/fuzz_targets/).
LINKS = {1: 0, 101: 1, 12: 1, 14: 1, 113: 2, 276: 3, 0: 4, 108: 4, 9: 5, 50: 5, 104: 6, 105: 7, 127: 8, 192: 9, 228: 10, 229: 11}
BETWEEN = [0x8100, 0x88A8, 0x9100, 0x8847, 0x8848, 0x8864, 0x8863, 0x8903, 0x880B, 0x0806, 0x8035, 0x88BE, 0x883E, 0x05DC, 4, 0]
TUNNELS = [4, 41, 47, 50, 51, 115, 0, 43]
TUNNEL_PORTS = [1701, 2152, 3544, 4500, 4789, 4790, 6081, 5247]
PORTS = [53, 80, 443, 22, 5353, 5355, 137, 25, 110, 143, 21, 23, 123, 161, 67, 68, 389, 445, 1883, 5060, 3389, 1900, 3478, 554, 6881,
         500, 179, 8080, 5004, 784, 40000, 50001]
FRAME = 13  # the step of a flow script that takes a frame as it is


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("-o", "--out", default=ROOT / "fuzz/seeds", type=pathlib.Path)
    a.add_argument("captures", nargs="*", type=pathlib.Path, default=[ROOT / "crates/netmonsec/tests/captures"])
    o = a.parse_args()
    files = [f for c in o.captures for f in (sorted(c.rglob("*")) if c.is_dir() else [c]) if f.is_file()]
    seeds = {target: {} for target in ("decode", "link", "tunnels", "capture_file", "flows", "dpi", "devices")}
    for file in files:
        try:
            packets = list(read(file.read_bytes()))
        except (ValueError, struct.error, OSError):
            continue
        add_capture(seeds, packets)
    add_made(seeds)
    for target, found in seeds.items():
        folder = o.out / target
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        # Those that differ most from one another would be best; spread over the alphabet is nearly as good.
        kept = [found[key] for key in sorted(found, key=repr)]
        step = max(1, -(-len(kept) // MOST))
        for seed in kept[::step]:
            (folder / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
        print(f"{target}: {len(kept[::step])} seeds, {sum(map(len, kept[::step]))} bytes")


def keep(seeds, target, key, seed, most=KEEP):
    old = seeds[target].get(key)
    if old is None or len(seed) < len(old):
        seeds[target][key] = seed[:most]


def add_capture(seeds, packets):
    flows, few = {}, []
    for link, frame in packets:
        number = LINKS.get(link)
        if number is None or not frame:
            continue
        look = inspect(link, frame)
        keep(seeds, "decode", (number, look.shape), bytes([number]) + frame)
        if link == 1 and look.ethertype in BETWEEN:
            keep(seeds, "link", look.shape, bytes([BETWEEN.index(look.ethertype)]) + frame[14:])
        if look.protocol in TUNNELS:
            keep(seeds, "tunnels", look.shape, bytes([TUNNELS.index(look.protocol)]) + look.payload)
        for port in (look.dst, look.src):
            if look.protocol == 17 and port in TUNNEL_PORTS:
                keep(seeds, "tunnels", look.shape, bytes([8 | TUNNEL_PORTS.index(port)]) + look.payload)
        if link == 1 and len(frame) <= 90:
            few.append(frame)
        if link == 1 and look.protocol != 6 and 14 <= len(frame) <= SAID:
            # Room for nine devices, a second, the frame; and the same again from another address.
            other = frame[:11] + bytes([frame[11] ^ 1]) + frame[12:]
            script = b"".join(bytes([30]) + len(f).to_bytes(2, "big") + f for f in (frame, other))
            keep(seeds, "devices", look.shape, bytes([8]) + script, 2 * SAID)
        if look.payload and look.protocol in (6, 17):
            up = look.dst <= look.src
            service, client = min(look.dst, look.src), max(look.dst, look.src)
            key = (look.protocol, service, client)
            script = flows.setdefault(key, bytearray([look.protocol == 17, port_byte(client), port_byte(service)]))
            if len(script) < KEEP - 4:
                part = look.payload[: min(len(look.payload), KEEP - len(script) - 2, 120)]
                script += bytes([(0x80 if up else 0) | (0x40 if len(part) < len(look.payload) else 0), len(part)]) + part
    for (protocol, service, _), script in flows.items():
        keep(seeds, "dpi", (protocol, service, bytes(script[5:9])), bytes(script))
    for i in range(0, min(len(few), 12), 3):
        script = bytes([0x1B]) + b"".join(bytes([FRAME, 0, 0, 0, 0, len(f), 20 + i, 0]) + f for f in few[i:i + 3])
        keep(seeds, "flows", hashlib.sha256(script).digest()[:1], script)
    for i, kind in enumerate(("<I", ">I", "<N", ">N", "<K", "<g", ">g", "<z")):
        if len(few) > i + 1:
            keep(seeds, "capture_file", (kind, len(few[i])), capture(kind, few[i:i + 2]))


def port_byte(port):
    return PORTS.index(port) if port in PORTS else 0x80 | port >> 8


class inspect:
    """As much of a frame as is needed to tell packets apart."""

    def __init__(self, link, frame):
        self.ethertype = self.protocol = None
        self.src = self.dst = 0
        self.payload = b""
        self.shape = (link,)
        at = {1: 14, 113: 16, 276: 20, 0: 4, 108: 4, 9: 4, 50: 4, 104: 4}.get(link, 0)
        if link == 1:
            self.ethertype = kind = half(frame, 12)
            while kind in (0x8100, 0x88A8, 0x9100):
                self.shape += (kind,)
                kind, at = half(frame, at + 2), at + 4
            self.shape += (kind if kind >= 0x600 else "802.3",)
        elif link in (105, 127, 192):
            self.shape += (frame[:1] if link == 105 else frame[2:4], len(frame) // 32)
            return
        version = frame[at] >> 4 if at < len(frame) else 0
        if version == 4 and len(frame) >= at + 20:
            self.protocol, end = frame[at + 9], at + half(frame, at + 2)
            self.shape += (4, frame[at] & 15, half(frame, at + 6) & 0x3FFF > 0)
            at += (frame[at] & 15) * 4
        elif version == 6 and len(frame) >= at + 40:
            self.protocol, end = frame[at + 6], at + 40 + half(frame, at + 4)
            self.shape += (6,)
            at += 40
        else:
            self.shape += (frame[at:at + 1], len(frame) // 64)
            return
        self.shape += (self.protocol,)
        header = {6: 20, 17: 8}.get(self.protocol, 0)
        if header and len(frame) >= at + header:
            self.src, self.dst = half(frame, at), half(frame, at + 2)
            self.shape += (min(self.src, self.dst),)
            if self.protocol == 6:
                header = (frame[at + 12] >> 4) * 4
                self.shape += (frame[at + 13] & 7, header)
        elif self.protocol in (1, 58):
            self.shape += (frame[at:at + 2],)
        self.payload = frame[at + header:end]


def half(data, at):
    return int.from_bytes(data[at:at + 2], "big")


def read(data):
    """Link type and bytes of each packet of a capture."""
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    magic = data[:4]
    if magic == b"\x0a\x0d\x0d\x0a":
        yield from read_pcapng(data)
        return
    end = {b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">", b"\xa1\xb2\x3c\x4d": ">"}.get(magic)
    if end is None:
        raise ValueError("no capture")
    link, at = struct.unpack(end + "I", data[20:24])[0] & 0xFFFF, 24
    while at + 16 <= len(data):
        length = struct.unpack(end + "I", data[at + 8:at + 12])[0]
        yield link, data[at + 16:at + 16 + length]
        at += 16 + length


def read_pcapng(data):
    end, links, at = "<", [], 0
    while at + 12 <= len(data):
        if data[at:at + 4] == b"\x0a\x0d\x0d\x0a":
            end, links = ("<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"), []
        kind, length = struct.unpack(end + "II", data[at:at + 8])
        body = data[at + 8:at + length - 4]
        if kind == 1:
            links.append(struct.unpack(end + "H", body[:2])[0])
        elif kind == 6:
            interface, _, _, captured = struct.unpack(end + "IIII", body[:16])
            yield links[interface] if interface < len(links) else 1, body[20:20 + captured]
        elif kind == 3 and links:
            yield links[0], body[4:]
        if length < 12:
            return
        at += length


def capture(kind, frames):
    """A capture of a few packets: I micro, N nano, K with long headers, g pcapng, z compressed."""
    end, kind = kind
    word = lambda n: struct.pack(end + "I", n)
    if kind == "g":
        block = lambda number, body: word(number) + word(12 + len(body) + -len(body) % 4) + body + bytes(-len(body) % 4) + word(12 + len(body) + -len(body) % 4)
        out = block(0x0A0D0D0A, word(0x1A2B3C4D) + struct.pack(end + "HH", 1, 0) + b"\xff" * 8)
        out += block(1, struct.pack(end + "HH", 1, 0) + word(0) + struct.pack(end + "HH", 9, 1) + b"\x09\0\0\0")
        out += block(6, word(0) + word(0x17979C) + word(7) + word(len(frames[0])) * 2 + frames[0])
        return out + (block(3, word(len(frames[1])) + frames[1]) if len(out) + len(frames[1]) < KEEP - 16 else b"")
    magic = {"I": 0xA1B2C3D4, "N": 0xA1B23C4D, "K": 0xA1B2CD34, "z": 0xA1B2C3D4}[kind]
    out = word(magic) + struct.pack(end + "HH", 2, 4) + word(0) * 2 + word(65535) + word(1)
    for second, frame in enumerate(frames):
        out += word(1_700_000_000 + second) + word(5) + word(len(frame)) * 2 + (bytes(8) if kind == "K" else b"") + frame
    return gzip.compress(out, mtime=0) if kind == "z" else out


def add_made(seeds):
    """What captures of an ordinary network do not show."""
    udp = bytes([0x9C, 0x40, 0, 53, 0, 12, 0, 0]) + b"data"
    ip = bytes([0x45, 0, 0, 20 + len(udp), 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]) + udp
    ip6 = bytes([0x60, 0, 0, 0, 0, len(udp), 17, 64, 0x20, 1, 0, 0]) + bytes([1] * 28) + udp
    frame = bytes([2] * 6 + [4] * 6) + b"\x08\0" + ip
    ppp, n = b"\xff\x03\0\x21" + ip, len(ip)
    made = [("tunnels", bytes([pick]) + header + inner) for pick, header, inner in [
        (0, b"", ip), (1, b"", ip6), (0x11, b"", ip6),
        (2, b"\0\0\x08\0", ip), (2, b"\xb0\0\x08\0\0\0\0\0\0\0\0\x07\0\0\0\x01", ip), (2, b"\0\0\x65\x58", frame),
        (2, bytes([0x30, 1, 0x88, 0x0B, 0, n + 4, 0, 5, 0, 0, 0, 1]), ppp), (2, b"\0\0\x88\xbe", frame),
        (2, b"\x10\0\x88\xbe\0\0\0\x01\x10\x64\x1a\x05\0\0\0\x09", frame),
        (2, b"\x10\0\x22\xeb\0\0\0\x01\x20\x64\0\x07\0\0\0\x09\0\0\0\0", frame), (2, b"\0\0\x88\x3e\0\0\0\0", ip),
        (4, b"\x04\x04\0\0\0\0\x01\0\0\0\0\x01" + b"\xaa" * 12, ip), (3, b"\0\0\0\x09\0\0\0\x01", ip), (5, b"\0\0\0\x05", frame),
        (8, b"\0\x02\0\x01\0\x02", ppp), (8, b"\x40\x02\0" + bytes([8 + len(ppp)]) + b"\0\x01\0\x02", ppp),
        (9, bytes([0x30, 255, 0, n, 0, 0, 0, 5]), ip), (9, bytes([0x34, 255, 0, n + 8, 0, 0, 0, 5, 0, 0, 0, 0x85, 1, 0x10, 9, 0]), ip),
        (10, b"", ip6), (10, b"\0\x01\0\0\0\0\0\0\0\0\0\x07\0\0\0\x12\x34\x01\x02\x03\x04", ip6), (11, b"\0\0\0\0", ip),
        (12, b"\x08\0\0\0\0\x01\x02\0", frame), (13, b"\x0c\0\0\x01\0\0\x05\0", ip),
        (14, b"\x02\x40\x65\x58\0\0\x09\0\x01\x03\x80\x01\0\0\0\x01", frame), (15, b"\0\x10\x02\0\0\0\0\0", frame)]]
    kind = b"\x08\0"
    made += [("link", bytes([pick]) + header + ip) for pick, header in [
        (0, b"\0\x05" + kind), (1, b"\0\x05\x81\0\0\x06" + kind), (3, b"\0\x01\0\x40\0\x02\x11\x40"),
        (3, b"\0\x01\x11\x40\0\0\0\0" + frame[:14]), (5, bytes([0x11, 0, 0, 1, 0, n + 2, 0, 0x21])),
        (7, b"\0\x01" + frame[:14]), (13, b"\xaa\xaa\x03\0\0\0" + kind), (14, b"\xaa\xaa\x03\0\0\0" + kind)]]
    station = b"\x88\x01\0\0" + bytes([2] * 6 + [4] * 6 + [6] * 6) + b"\x10\0\0\0\xaa\xaa\x03\0\0\0" + kind
    made += [("decode", bytes([pick]) + header + ip) for pick, header in [
        (0, frame[:14]), (0x10, frame[:14]), (0x20, frame[:14]), (1, b""), (2, b"\0\0\0\x01\0\x06" + bytes([2] * 6) + b"\0\0" + kind),
        (3, kind + b"\0\0\0\0\0\x02\0\x01\0\x06" + bytes([2] * 6) + b"\0\0"), (4, b"\x02\0\0\0"), (5, b"\xff\x03\0\x21"), (6, b"\x0f\0" + kind),
        (7, station), (8, b"\0\0\x09\0\x02\0\0\0\x10" + station), (9, b"\0\0\x10\0\x69\0\0\0\x02\0\x04\0\x01\x02\x03\x04" + station), (10, b"")]]
    made += [("capture_file", capture(kind, [frame, frame])) for kind in ("<I", ">I", "<N", ">N", "<K", "<g", ">g", "<z")]
    # What, who, flags, sequence, acknowledgement, length, time, identification: a connection, fragments out of order.
    step = lambda *numbers: bytes(numbers) + bytes(97 + i % 23 for i in range(numbers[5]))
    up, down = 0x10, 0x40
    connection = b"".join([step(0x10, up, 2, 0, 0, 0, 20, 1), step(0x10, down, 0x12, 0, 0, 0, 24, 1), step(0x10, up, 0x10, 0, 0, 0, 24, 1),
                           step(0x10, up, 0x18, 0, 0, 30, 20, 2), step(0x10, down, 0x18, 0, 0, 40, 24, 2), step(0x10, down, 0x18, 254, 0, 40, 24, 3),
                           step(0x10, up, 0x11, 0, 0, 0, 24, 3), step(0x10, down, 0x11, 0, 0, 0, 24, 4), step(0x10, up, 0x10, 0, 0, 0, 24, 4)])
    fragments = b"".join([step(0x8B, up, 3, 0, 0, 20, 20, 7), step(0xCB, up, 9, 0, 0, 10, 20, 7), step(0x0B, up, 0, 0, 0, 20, 20, 7),
                          step(0x8B, up, 3, 0, 0, 20, 20, 8), step(12, 0x20, 8, 0, 0, 8, 35, 1), step(14, 0x90, 89, 0, 0, 8, 36, 1),
                          step(6, 0xB0, 2, 0, 0, 0, 20, 1), step(15, 0, 0, 0, 0, 0, 37, 0), step(8, up | 2, 0, 0, 0, 10, 40, 1)])
    made += [("flows", bytes([bounds]) + script) for bounds in (0x09, 0xBF) for script in (connection, fragments)]
    made += [("dpi", bytes([transport, port_byte(50001), port_byte(port), 0x80, len(payload)]) + payload) for transport, port, payload in [
        (0, 80, b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"), (4, 22, b"SSH-2.0-OpenSSH_9.2\r\n"),
        (1, 53, b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x03www\x07example\x03org\0\0\x01\0\x01")]]
    for i, (target, seed) in enumerate(made):
        seeds[target]["made", i] = seed[:300]


if __name__ == "__main__":
    main()
