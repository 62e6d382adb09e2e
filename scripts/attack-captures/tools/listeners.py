"""listeners.py PORT...: listens on these TCP ports (both families), says a greeting, answers what comes, closes when the client does."""

import asyncio
import sys


async def serve(reader, writer):
    try:
        writer.write(b"200 ready\r\n")
        while data := await asyncio.wait_for(reader.read(4096), 30):
            writer.write(b"ok " + str(len(data)).encode() + b"\r\n")
            await writer.drain()
    except (OSError, asyncio.TimeoutError):
        pass
    finally:
        writer.close()


async def main():
    servers = [await asyncio.start_server(serve, None, int(port)) for port in sys.argv[1:]]
    await asyncio.gather(*(s.serve_forever() for s in servers))


asyncio.run(main())
