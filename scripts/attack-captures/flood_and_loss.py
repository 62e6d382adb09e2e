#!/usr/bin/env python3
"""Writes a flood of hardware addresses, and downloads of which the mirror missed every eighth segment; and the same
with fewer addresses, and with nothing missing. Made, not recorded, and compressed: they are large and dull."""
import gzip
import struct
import sys
from pathlib import Path

START_S = 1_767_625_200
CLIENT, SERVER = (192, 168, 50, 24), (198, 51, 100, 10)
MACS = bytes.fromhex("000db9500001"), bytes.fromhex("f01898500024")


def checksum(header: bytes) -> int:
    total = sum(struct.unpack(f"!{len(header) // 2}H", header))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def write(path: Path, packets) -> None:
    with path.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 96, 1))
        for micros, captured, length in packets:
            head = struct.pack("<IIII", START_S + micros // 1_000_000, micros % 1_000_000, len(captured), length)
            file.write(head + captured)


def flood(stations: int, pause_us: int):
    """As macof does: a frame from each of so many addresses that nobody has, to ever other hosts."""
    for n in range(stations):
        mac = bytes([2, 0x50, 0, n >> 16, n >> 8 & 255, n & 255])
        hosts = 10, 1, n >> 8 & 255, n & 255, 10, 2, n >> 8 & 255, n & 255
        ip = struct.pack("!BBHHHBBH8B", 0x45, 0, 46, n & 0xFFFF, 0, 64, 17, 0, *hosts)
        ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
        udp = struct.pack("!HHHH", 1024 + n % 60_000, 9, 26, 0) + bytes(18)
        yield n * pause_us, mac[::-1] + mac + b"\x08\x00" + ip + udp, 60


def segment(port: int, upload: bool, flags: int, seq: int, ack: int, payload: int):
    src, dst = (CLIENT, SERVER) if upload else (SERVER, CLIENT)
    ports = (port, 8080) if upload else (8080, port)
    macs = MACS[0] + MACS[1] if upload else MACS[1] + MACS[0]
    ip = struct.pack("!BBHHHBBH4B4B", 0x45, 0, 40 + payload, 0, 0x4000, 64, 6, 0, *src, *dst)
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    tcp = struct.pack("!HHIIBBHHH", *ports, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 0x50, flags, 65_000, 0, 0)
    return macs + b"\x08\x00" + ip + tcp, 54 + payload


def download(port: int, start: int, missed_every: int):
    """400 segments, of which every so manieth was not seen, though the client got it."""
    sent = 1001
    yield start, *segment(port, True, 0x02, 500, 0, 0)
    yield start + 300, *segment(port, False, 0x12, 1000, 501, 0)
    yield start + 600, *segment(port, True, 0x10, 501, 1001, 0)
    yield start + 900, *segment(port, True, 0x18, 501, 1001, 120)
    for n in range(1, 401):
        micros = start + 2000 + n * 1000
        if not missed_every or n % missed_every:
            yield micros, *segment(port, False, 0x10, sent, 621, 1400)
        sent += 1400
        if n % 2 == 0:
            yield micros + 200, *segment(port, True, 0x10, 621, sent, 0)
    yield micros + 1000, *segment(port, False, 0x11, sent, 621, 0)
    yield micros + 1300, *segment(port, True, 0x11, 621, sent + 1, 0)
    yield micros + 1600, *segment(port, False, 0x10, sent + 1, 622, 0)


def downloads(missed_every: int):
    for n in range(30):
        yield from download(50_000 + n, n * 500_000, missed_every)


folder = Path(sys.argv[1])
write(folder / "macflood.pcap.gz", flood(8000, 2000))
write(folder / "quiet_many_stations.pcap.gz", flood(400, 50_000))
write(folder / "loss_download.pcap.gz", downloads(8))
write(folder / "quiet_no_loss_download.pcap.gz", downloads(0))
