"""A malware scanner on loopback that speaks INSTREAM and knows one virus."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@asynccontextmanager
async def clamd(most: int = 2**30) -> AsyncIterator[str]:
    """Its URL. A stream of more than `most` bytes is answered as clamd answers one past StreamMaxLength."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        content = b""
        while (size := int.from_bytes(await reader.readexactly(4), "big")) and len(content) <= most:
            content += await reader.readexactly(size)
        if len(content) > most:
            writer.write(b"INSTREAM size limit exceeded. ERROR\0")
        else:
            writer.write(b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()
