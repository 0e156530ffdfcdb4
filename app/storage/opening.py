"""Opening a stored document with a reader that was not written for strangers' files: off the event loop, bounded.

The reader sees a window of the blob. The window ends its work when it asks for too much at once, too much in all, or
for too long; what it unpacks is bounded by the reader's own limits.
"""

import asyncio
import io
import logging
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO, TypeVar

from pypdf import PdfReader, apply_configuration

from app.domain.errors import Unavailable
from app.storage.blobs import BlobMissing, Blobs

SECONDS = 20.0
AT_ONCE = 8 * 2**20  # bytes of one read
IN_ALL = 128 * 2**20
BUFFER = 2**16
MOST_ENTRIES = 10_000  # of an archive
UNREADABLE = "It cannot be opened as a PDF."
Told = TypeVar("Told")
UNPACKED = 16 * 2**20  # bytes that one stream of a PDF may become
logging.getLogger("pypdf").disabled = True  # what it says of a stranger's file helps nobody
# two: a document that takes its time holds up documents, not the service
_readers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="opening")


class Exhausted(Exception):
    """The reader asked for more than a document needs to be opened."""


class Window(io.RawIOBase):
    """A blob as a seekable file that gives up in time."""

    def __init__(self, blobs: Blobs, name: str, size: int, seconds: float = SECONDS) -> None:
        self.blobs, self.name, self.size = blobs, name, size
        self.at = self.read_in_all = 0
        self.until = time.monotonic() + seconds
        self.fault: BlobMissing | Unavailable | Exhausted | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence]
        if start + offset < 0:
            raise ValueError("before the first byte")
        self.at = start + offset
        return self.at

    def tell(self) -> int:
        return self.at

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]  # what the buffered reader passes
        """Raises whatever ended the reading, again and again: readers like to look past an error."""
        wanted = min(len(buffer), max(0, self.size - self.at))
        if self.fault is None and (
            wanted > AT_ONCE or self.read_in_all + wanted > IN_ALL or time.monotonic() > self.until
        ):
            self.fault = Exhausted()
        if self.fault is not None:
            raise self.fault
        if wanted == 0:
            return 0
        try:
            read = self.blobs.read_span(self.name, self.at, self.at + wanted)
        except (BlobMissing, Unavailable) as fault:
            self.fault = fault
            raise
        buffer[: len(read)] = read
        self.at += len(read)
        self.read_in_all += len(read)
        return len(read)

    def readall(self) -> bytes:
        if self.size - self.at > AT_ONCE:
            self.fault = self.fault or Exhausted()
            raise self.fault
        return super().readall()


async def flaw_of_pdf(blobs: Blobs, name: str, size: int) -> str | None:
    """Why nobody could read it; None where a reader opens it. Raises BlobMissing, Unavailable."""
    return await _in_a_thread(_flaw_of_pdf, Window(blobs, name, size))


async def pages_of_pdf(blobs: Blobs, name: str, size: int) -> int | None:
    """How many pages it has, by walking its page tree; None where nobody could read it. Raises as above."""
    return await _in_a_thread(_pages_of_pdf, Window(blobs, name, size))


async def names_in_archive(blobs: Blobs, name: str, size: int) -> list[str] | None:
    """The names in a zip archive; None where it cannot be read. Raises BlobMissing, Unavailable."""
    return await _in_a_thread(_names_in_archive, Window(blobs, name, size))


async def _in_a_thread(read: Callable[[BinaryIO], Told], window: Window) -> Told | None:
    """What the reader says; where the window ended its work, or storage did, that counts instead."""
    source = io.BufferedReader(window, BUFFER)
    told = await asyncio.get_running_loop().run_in_executor(_readers, read, source)
    if isinstance(window.fault, BlobMissing | Unavailable):
        raise window.fault
    return told


def _flaw_of_pdf(source: BinaryIO) -> str | None:
    told = _told_by_pdf(source)
    return told if isinstance(told, str) else None


def _pages_of_pdf(source: BinaryIO) -> int | None:
    told = _told_by_pdf(source)
    return None if isinstance(told, str) else told


def _told_by_pdf(source: BinaryIO) -> str | int:
    """How many pages it has, or why nobody could read it."""
    try:
        with apply_configuration(
            maximum_declared_stream_length=AT_ONCE,
            array_based_stream_maximum_output_length=UNPACKED,
            zlib_maximum_output_length=UNPACKED,
            lzw_maximum_output_length=UNPACKED,
            run_length_maximum_output_length=UNPACKED,
            stream_decoding_work_maximum_length=4 * UNPACKED,
            disable_legacy_handling=True,
        ):
            document = PdfReader(source)
            if document.is_encrypted and not document.decrypt(""):
                return "It needs a password to be opened; send it without one."
            return len(document.pages) or "It has no pages."
    except Exception:  # noqa: BLE001 - whatever a stranger's file makes the reader do, it does not open
        return UNREADABLE


def _names_in_archive(source: BinaryIO) -> list[str] | None:
    try:
        with zipfile.ZipFile(source) as archive:
            names = archive.namelist()
    except Exception:  # noqa: BLE001 - as above
        return None
    return names if len(names) <= MOST_ENTRIES else None
