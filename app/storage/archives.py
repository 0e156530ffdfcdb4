"""A zip archive written while it is sent: at no time is more of it in memory than one piece of one member.

Members are stored, not compressed: what a compressor makes of the same bytes differs from one of its versions to the
next, and the same record shall make the same archive.
"""

import hashlib
from collections.abc import AsyncIterator, Iterable
from datetime import UTC
from typing import Final
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from app.domain.packages import Member

UNIX: Final = 3
READABLE: Final = 0o100644 << 16  # a plain file, whatever its sender's system was


class Altered(Exception):
    """The bytes of a member are not those that the record names."""


class Sink:
    """What the archive is written to: it gives away what it got, and cannot be looked back into."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._held.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing waits here for longer than the next piece."""

    def taken(self) -> bytes:
        held, self._held = b"".join(self._held), []
        return held


async def zipped(members: Iterable[Member]) -> AsyncIterator[bytes]:
    """The archive, piece by piece. Raises Altered, BlobMissing, Unavailable; what was sent is then no archive."""
    sink = Sink()
    with ZipFile(sink, "w", ZIP_STORED) as archive:  # type: ignore[call-overload]  # needs no more than write and flush
        for member in members:
            with archive.open(_entry(member), "w") as into:
                async for piece in _insisted_on(member):
                    into.write(piece)
                    yield sink.taken()
    yield sink.taken()


def _entry(member: Member) -> ZipInfo:
    at = member.at.astimezone(UTC)
    entry = ZipInfo(member.path, (at.year, at.month, at.day, at.hour, at.minute, at.second))
    entry.compress_type = ZIP_STORED
    entry.create_system = UNIX
    entry.external_attr = READABLE
    entry.file_size = member.size  # by which the archive knows whether 32 bits are enough
    return entry


async def _insisted_on(member: Member) -> AsyncIterator[bytes]:
    """The pieces of the member. Raises Altered after the last, where they are not what the manifest says."""
    size, digest = 0, hashlib.sha256()
    async for piece in member.pieces():
        size += len(piece)
        digest.update(piece)
        yield piece
    if (size, digest.hexdigest()) != (member.size, member.sha256):
        raise Altered(member.path)
