"""Malware scanning as a port: no scanner, or clamd over INSTREAM. What the scanner could not say stays visible."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlsplit

SECONDS = 60.0  # for one file


class Scan(StrEnum):
    CLEAN = "clean"
    INFECTED = "infected"
    PENDING = "pending"  # the scanner did not answer; asked again later
    UNSCANNED = "unscanned"  # there is no scanner


class Scanner(Protocol):
    async def scan(self, chunks: AsyncIterator[bytes]) -> Scan:
        """What the scanner says of these bytes; never raises for a scanner that is away."""


class NoScanner:
    async def scan(self, chunks: AsyncIterator[bytes]) -> Scan:  # noqa: ARG002 - the port's shape
        return Scan.UNSCANNED


class Clamd:
    """`tcp://host:port` or `unix:/path`; the INSTREAM command of the clamd protocol."""

    def __init__(self, url: str, seconds: float = SECONDS) -> None:
        self.url, self.seconds = url, seconds

    async def scan(self, chunks: AsyncIterator[bytes]) -> Scan:
        try:
            async with asyncio.timeout(self.seconds):
                return await self._ask(chunks)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return Scan.PENDING

    async def _ask(self, chunks: AsyncIterator[bytes]) -> Scan:
        reader, writer = await self._connect()
        try:
            writer.write(b"zINSTREAM\0")
            async for chunk in chunks:
                writer.write(len(chunk).to_bytes(4, "big") + chunk)
                await writer.drain()
            writer.write(bytes(4))
            await writer.drain()
            said = (await reader.readuntil(b"\0")).rstrip(b"\0").decode(errors="replace")
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        if said.endswith("FOUND"):
            return Scan.INFECTED
        return Scan.CLEAN if said.endswith("OK") else Scan.PENDING

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.url.startswith("unix:"):
            return await asyncio.open_unix_connection(self.url.removeprefix("unix:"))
        parts = urlsplit(self.url)
        return await asyncio.open_connection(parts.hostname, parts.port or 3310)


def scanner_of(url: str) -> Scanner:
    return Clamd(url) if url else NoScanner()
