"""Blobs in a folder or an S3 bucket: written once under a name of their own, read whole or in part."""

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.store import LocalStore, ObjectStore, S3Store

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from obstore import ReadableFile

CHUNK = 5 * 2**20  # the least that S3 takes as a part


class BlobMissing(LookupError):
    """The record names a blob that storage does not have."""


@dataclass(frozen=True, slots=True)
class Stored:
    name: str
    last_modified: datetime


class _Seekable(io.RawIOBase):
    """The store's reader with the manners of a Python file, which parsers rely on (a negative size, readinto)."""

    def __init__(self, reader: "ReadableFile") -> None:
        self._reader = reader

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        read = bytes(self._reader.read(len(view)))
        view[: len(read)] = read
        return len(read)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._reader.seek(offset, whence)

    def tell(self) -> int:
        return self._reader.tell()


class Blobs:
    """A store of blobs. `AMTDP_STORAGE_URL`: a folder, or `s3://bucket/prefix` with the usual AWS variables."""

    def __init__(self, url: str) -> None:
        self.store: ObjectStore
        if url.startswith("s3://"):
            self.store = S3Store.from_url(url)
        else:
            Path(url).mkdir(parents=True, exist_ok=True)
            self.store = LocalStore(Path(url).resolve(), mkdir=True)

    async def put(self, name: str, chunks: AsyncIterator[bytes]) -> None:
        """Streams the chunks into a new blob; where the source raises, nothing is left behind.

        Names are never reused (each carries an id of its own), so nothing is ever overwritten.
        """
        await obstore.put_async(self.store, name, chunks, chunk_size=CHUNK, max_concurrency=2)

    async def read(self, name: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end`. Raises BlobMissing before the first of them."""
        if end is not None and end <= start:
            return
        try:
            found = await obstore.get_async(
                self.store, name, options=None if end is None else {"range": (start, end)}
            )
        except FileNotFoundError:
            raise BlobMissing(name) from None
        async for chunk in found.stream(min_chunk_size=2**16):
            yield bytes(chunk)

    async def exists(self, name: str) -> bool:
        try:
            await obstore.head_async(self.store, name)
        except FileNotFoundError:
            return False
        return True

    def open(self, name: str) -> io.BufferedReader:
        """A seekable reader, for checks that jump about; to be used off the event loop."""
        return io.BufferedReader(_Seekable(obstore.open_reader(self.store, name)))

    async def delete(self, name: str) -> None:
        """Deletes; a blob that is gone already is as good."""
        try:
            await obstore.delete_async(self.store, name)
        except FileNotFoundError:
            return

    async def listed(self, prefix: str = "") -> AsyncIterator[Stored]:
        async for batch in obstore.list(self.store, prefix or None):
            for each in batch:
                yield Stored(each["path"], each["last_modified"])
