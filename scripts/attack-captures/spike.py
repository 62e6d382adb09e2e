#!/usr/bin/env python3
"""Writes captures of a camera that uploads a little every five minutes for six hours, and then much more.

These are made, not recorded: nobody waits six hours for a test. Packets are cut behind their headers."""
import struct
import sys
from pathlib import Path

CAMERA, OUTSIDE = (192, 168, 50, 25), (203, 0, 113, 80)
MACS = bytes.fromhex("000db9500001"), bytes.fromhex("b827eb500025")
START_S, SPAN_S, SPANS = 1_767_625_200, 300, 72


def checksum(header: bytes) -> int:
    total = sum(struct.unpack(f"!{len(header) // 2}H", header))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packet(port: int, upload: bool, payload: int) -> bytes:
    """What is captured of a datagram, and its length on the wire."""
    src, dst = (CAMERA, OUTSIDE) if upload else (OUTSIDE, CAMERA)
    ports = (port, 40_443) if upload else (40_443, port)
    macs = MACS[0] + MACS[1] if upload else MACS[1] + MACS[0]
    ip = struct.pack("!BBHHHBBH4B4B", 0x45, 0, 28 + payload, 0, 0x4000, 64, 17, 0, *src, *dst)
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    return macs + b"\x08\x00" + ip + struct.pack("!HHHH", *ports, 8 + payload, 0), 42 + payload


def write(path: Path, uploads: list[int]) -> None:
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 64, 1))
        for span, count in enumerate(uploads):
            for n in range(count):
                for upload in (True, False) if n % 10 == 0 else (True,):
                    captured, length = packet(20_000 + span, upload, 1400 if upload else 40)
                    micros = n * 40_000 + (0 if upload else 5_000)
                    at = START_S + span * SPAN_S + 20 + micros // 1_000_000
                    file.write(struct.pack("<IIII", at, micros % 1_000_000, len(captured), length) + captured)


folder = Path(sys.argv[1])
usual = [14 + span * 7 % 5 for span in range(SPANS)]
write(folder / "spike_camera.pcap", [*usual, 600, 550, 16])
write(folder / "quiet_spike_camera_twice.pcap", [*usual, 38, 36, 16])
