"""ntp_server.py ADDRESS...: answers NTP (RFC 5905, mode 4) with this machine's clock."""

import asyncio
import struct
import sys
import time


def stamp():
    now = time.time() + 2208988800
    return struct.pack("!II", int(now), int(now % 1 * 2**32))


class Clock(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, peer):
        if len(data) >= 48:
            head = struct.pack("!BBbbII4s", 0x24, 2, data[2] if data[2] < 128 else 6, -20, 100, 200, bytes([192, 0, 2, 9]))
            self.transport.sendto(head + stamp() + data[40:48] + stamp() + stamp(), peer)


async def main():
    for address in sys.argv[1:]:
        await asyncio.get_running_loop().create_datagram_endpoint(Clock, (address, 123))
    await asyncio.Event().wait()


asyncio.run(main())
