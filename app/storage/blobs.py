"""Blobs in a folder or an S3 bucket: written once under a name of their own, read whole or in part.

Bytes arrive under `incoming/`, each arrival in a place of its own, and get their name only once all of them are there,
and only where that name is free: nobody sees half a blob, none is ever overwritten, and of two arrivals that want one
name neither touches the other's bytes.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import obstore
import structlog
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from app.domain.errors import Unavailable

if TYPE_CHECKING:
    from obstore import GetOptions  # a shape that only the type checker knows

INCOMING = "incoming"
PART = 5 * 2**20  # the least that S3 takes as a part
PIECE = 2**20  # what is handed over at once: small network reads are gathered up to it
AT_ONCE = 2  # parts under way; what one upload holds in memory is this many and the one that fills
READ = 2**18
ABANDONED = timedelta(days=1)
log = structlog.get_logger("amtdp.storage")


class BlobMissing(LookupError):
    """The record names a blob that storage does not have."""


class BlobTaken(Exception):
    """There is a blob of that name already; it stays as it is."""


@dataclass(frozen=True, slots=True)
class Stored:
    name: str
    last_modified: datetime


class Blobs:
    """A store of blobs. `AMTDP_STORAGE_URL`: a folder, or `s3://bucket/prefix` with the usual AWS variables."""

    def __init__(self, url: str) -> None:
        self.folder: Path | None = None
        self.store: ObjectStore
        if url.startswith("s3://"):
            self.store = S3Store.from_url(
                url,
                # compares at the end of a copy within the bucket, which is how S3 can refuse to overwrite
                config={"copy_if_not_exists": "multipart"},
                retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
            )
        else:
            self.folder = Path(url.removeprefix("file://")).resolve()
            self.folder.mkdir(parents=True, exist_ok=True)
            self.store = LocalStore(self.folder, automatic_cleanup=True)

    async def put(self, name: str, chunks: AsyncIterator[bytes]) -> None:
        """Streams the chunks into a new blob; where the source raises, nothing is left behind.

        Raises BlobTaken, Unavailable, and whatever the source raises.
        """
        passing = f"{INCOMING}/{uuid4()}/{name}"
        with _writing(name):
            async with obstore.open_writer_async(
                self.store, passing, buffer_size=PART, max_concurrency=AT_ONCE
            ) as writer:
                async for piece in _gathered(chunks):
                    await writer.write(piece)
            try:
                if self.folder is not None:
                    await asyncio.to_thread(_flush, self.folder / passing)
                await obstore.rename_async(self.store, passing, name, overwrite=False)
            except AlreadyExistsError:
                await self.delete(passing)
                raise BlobTaken(name) from None
            except BaseException:
                await self.delete(passing)
                raise
            if self.folder is not None:
                await asyncio.to_thread(_flush, (self.folder / name).parent)

    async def opened(self, name: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end`, found before the first is asked for. Raises BlobMissing, Unavailable."""
        options: GetOptions | None = None
        if end is not None:
            options = {"range": (start, end)}
        elif start > 0:
            options = {"range": {"offset": start}}
        with _translated(name):
            found = await obstore.get_async(self.store, name, options=options)
        return _pieces(name, found.stream(min_chunk_size=READ))

    async def read(self, name: str) -> AsyncIterator[bytes]:
        """All the bytes. Raises BlobMissing, Unavailable."""
        async for piece in await self.opened(name):
            yield piece

    async def holds(self, name: str) -> bool:
        """Whether there is such a blob. Raises Unavailable."""
        try:
            with _translated(name):
                await obstore.head_async(self.store, name)
        except BlobMissing:
            return False
        return True

    def read_span(self, name: str, start: int, end: int) -> bytes:
        """Some bytes, for a thread that may wait. Raises BlobMissing, Unavailable."""
        with _translated(name):
            return bytes(obstore.get_range(self.store, name, start=start, end=end))

    async def delete(self, name: str) -> None:
        """Deletes; a blob that is gone already is as good. Raises Unavailable."""
        with suppress(BlobMissing), _translated(name):
            await obstore.delete_async(self.store, name)

    async def listed(self, prefix: str = "") -> AsyncIterator[Stored]:
        """Every blob, and what was left under way by a process that died."""
        with _translated(prefix):
            async for batch in obstore.list(self.store, prefix or None, chunk_size=1000):
                for each in batch:
                    yield Stored(each["path"], each["last_modified"])

    def drop_abandoned(self, now: float | None = None) -> int:
        """Removes half-written files of uploads that died with their process; how many.

        A folder hides them from `listed`. A bucket drops them by its own lifecycle rule.
        """
        if self.folder is None:
            return 0
        before = (time.time() if now is None else now) - ABANDONED.total_seconds()
        dropped = 0
        # by `walk`, which passes over folders that go while it looks: others arrive meanwhile
        for folder, _, names in os.walk(self.folder / INCOMING):
            for each in (Path(folder, name) for name in names if "#" in name):
                with suppress(FileNotFoundError):
                    if each.stat().st_mtime < before:
                        each.unlink()
                        dropped += 1
        return dropped


def is_arrival(name: str) -> bool:
    """Whether these are bytes on their way in, or left there by a process that died."""
    incoming, _, rest = name.partition("/")
    try:
        UUID(rest.partition("/")[0])
    except ValueError:
        return False
    return incoming == INCOMING


async def _gathered(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in pieces worth handing over."""
    held: list[bytes] = []
    size = 0
    async for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        if size >= PIECE:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


async def _pieces(name: str, source: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    with _translated(name):
        async for piece in source:
            yield bytes(piece)


@contextmanager
def _translated(name: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise BlobMissing(name) from None
    except (BaseError, OSError) as fault:
        raise _down(name, fault) from fault


@contextmanager
def _writing(name: str) -> Iterator[None]:
    """Where nothing was there to be missing but the store itself."""
    try:
        yield
    except (BaseError, OSError) as fault:
        raise _down(name, fault) from fault


def _down(name: str, fault: Exception) -> Unavailable:
    log.warning("storage", blob=name, exc_info=fault)
    return Unavailable("The storage of files cannot answer now.", headers={"Retry-After": "5"})


def _flush(path: Path) -> None:
    """To the disk itself: a receipt must not name bytes that a power cut can take."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
