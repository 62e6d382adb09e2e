"""to_pcapng.py IN OUT INTERFACE [PROGRAM]: a pcap file as pcapng with the interface's name and nothing about the machine.

Packets are put in the order of their times: two processors deliver to one mirror port.
"""

import struct
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent.parent))

from captures.files import Pcapng  # noqa: E402


def main(source, target, interface, program="make-demo.sh"):
    data = Path(source).read_bytes()
    magic, _, _, _, _, snaplen, link = struct.unpack_from("<IHHiIII", data)
    unit = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}[magic]
    out = Pcapng(application=program)
    out.interface(interface, link, tsresol=9, snaplen=snaplen)
    packets = []
    position = 24
    while position + 16 <= len(data):
        seconds, fraction, kept, length = struct.unpack_from("<IIII", data, position)
        frame = data[position + 16 : position + 16 + kept]
        packets.append((seconds * 10**9 + fraction * unit, length, frame))
        position += 16 + kept
    for at, length, frame in sorted(packets, key=lambda packet: packet[0]):
        out.packet(0, at, frame, length=length)
    Path(target).write_bytes(out.out)


main(*sys.argv[1:])
