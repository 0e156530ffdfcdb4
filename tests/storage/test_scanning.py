"""The scanner's port: what clamd says, and what is made of a clamd that says nothing."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.storage import scanning
from app.storage.scanning import Clamd, NoScanner, Scan, scanner_of
from tests.clamd import EICAR, clamd


async def stream(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def answering(words: bytes) -> tuple[asyncio.Server, str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\0")
        writer.write(words)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_virus_is_found_wherever_the_pieces_are_cut():
    async with clamd() as url:
        assert await Clamd(url).scan(stream(b"x" * 1000, EICAR[:30], EICAR[30:])) is Scan.INFECTED
        assert await Clamd(url).scan(stream(b"x" * 1000)) is Scan.CLEAN
        assert await Clamd(url).scan(stream()) is Scan.CLEAN


async def test_a_file_longer_than_the_scanner_takes_stays_pending():
    async with clamd(most=2**20) as url:
        assert await Clamd(url).scan(stream(*[bytes(2**18)] * 40)) is Scan.PENDING


@pytest.mark.parametrize(
    "words", [b"", b"stream: OK", b"what?\0", b"x" * 200_000, b"stream: lstat() failed. ERROR\0"]
)
async def test_anything_but_a_clear_word_leaves_the_file_pending(words):
    server, url = await answering(words)
    try:
        assert await Clamd(url).scan(stream(b"content")) is Scan.PENDING
    finally:
        server.close()
        await server.wait_closed()


async def test_a_scanner_that_is_away_or_never_answers_leaves_the_file_pending():
    assert await Clamd("tcp://127.0.0.1:9").scan(stream(b"x")) is Scan.PENDING
    assert await Clamd("unix:/no/such/socket").scan(stream(b"x")) is Scan.PENDING

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # until the other side gives up
        writer.close()

    mute = await asyncio.start_server(silent, "127.0.0.1", 0)
    url = f"tcp://127.0.0.1:{mute.sockets[0].getsockname()[1]}"
    try:
        assert await Clamd(url, seconds=0.1).scan(stream(b"x")) is Scan.PENDING
    finally:
        mute.close()
        await mute.wait_closed()
        await asyncio.sleep(0)
    assert scanning.SECONDS > 30


async def test_without_a_scanner_files_are_unscanned_and_not_read():
    async def untouched() -> AsyncIterator[bytes]:
        raise AssertionError("was read")
        yield b""

    assert isinstance(scanner_of(""), NoScanner)
    assert await NoScanner().scan(untouched()) is Scan.UNSCANNED
