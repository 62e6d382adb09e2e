"""udp_echo.py ADDRESS PORT: sends back what comes, from the address that it came to (one socket for each address)."""

import asyncio
import sys


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, peer):
        self.transport.sendto(data, peer)


async def main():
    loop = asyncio.get_running_loop()
    addresses = ["198.51.100.10"] + [f"203.0.113.{n}" for n in range(80, 96)] if sys.argv[1] == "0.0.0.0" else [sys.argv[1]]
    for address in addresses:
        await loop.create_datagram_endpoint(Echo, (address, int(sys.argv[2])))
    await asyncio.Event().wait()


asyncio.run(main())
