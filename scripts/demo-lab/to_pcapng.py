"""to_pcapng.py IN OUT INTERFACE: a pcap file as pcapng with the interface's name and nothing about the machine."""

import struct
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent.parent))

from captures.files import Pcapng  # noqa: E402


def main(source, target, interface):
    data = Path(source).read_bytes()
    magic, _, _, _, _, snaplen, link = struct.unpack_from("<IHHiIII", data)
    unit = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}[magic]
    out = Pcapng(application="make-demo.sh")
    out.interface(interface, link, tsresol=9, snaplen=snaplen)
    position = 24
    while position + 16 <= len(data):
        seconds, fraction, kept, length = struct.unpack_from("<IIII", data, position)
        frame = data[position + 16 : position + 16 + kept]
        out.packet(0, seconds * 10**9 + fraction * unit, frame, length=length)
        position += 16 + kept
    Path(target).write_bytes(out.out)


main(*sys.argv[1:])
