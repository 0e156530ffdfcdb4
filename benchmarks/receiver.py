"""`python -m benchmarks.receiver FILE`: a receiver that costs little, says its port, and writes down what came when.

Every POST is answered 200 at once, but on a path that begins with /hang, which is never answered. At its end (SIGTERM) it
writes a line for each request: nanoseconds of the machine's monotonic clock, path, webhook-id.
"""

import asyncio
import signal
import sys
import time
from pathlib import Path

import uvloop

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
came: list[tuple[int, bytes, bytes]] = []


class Receiving(asyncio.Protocol):
    def __init__(self) -> None:
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            length = int(_after(head, b"content-length: ") or b"0")
            if len(self.buffer) < end + 4 + length:
                return
            self.buffer = self.buffer[end + 4 + length :]
            path = head.split(b" ", 2)[1]
            came.append((time.monotonic_ns(), path, _after(head, b"webhook-id: ")))
            if not path.startswith(b"/hang"):
                self.transport.write(ANSWER)


def _after(head: bytes, name: bytes) -> bytes:
    at = head.find(name)
    return b"" if at < 0 else head[at + len(name) :].split(b"\r\n", 1)[0]


async def main() -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    server = await loop.create_server(Receiving, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await stop.wait()
    server.close()


if __name__ == "__main__":
    uvloop.run(main())
    Path(sys.argv[1]).write_bytes(b"".join(b"%d %s %s\n" % each for each in came))
