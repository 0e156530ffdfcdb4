"""What no archive of ours has: names that lead elsewhere, compression, and bytes that belong to none of its members.

Two readers can see two things in one archive: one goes by the directory at its end, another by what comes along. Where
member follows member without a gap, from the first byte to the directory and to the end, both see the same.
"""

from collections.abc import Iterator, Sequence
from typing import IO, Final
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from app.domain.packages import is_safe

HEADER: Final = 30  # bytes before the name of a member (APPNOTE 4.3.7)
END: Final = 22  # bytes of the record that ends an archive without a comment (4.3.16)
END_BEGINS: Final = b"PK\x05\x06"
FOLLOWED: Final = 0x08  # sizes and checksum come after the bytes (4.4.4)
AFTER: Final = (16, 24)  # bytes that these take, in 32 and in 64 bits (4.3.9)


def odd(archive: ZipFile) -> Iterator[str]:
    """What is odd, by the name of the member it is at."""
    entries = archive.infolist()
    seen: set[str] = set()
    for entry in entries:
        if entry.filename in seen:
            yield f"{entry.filename}: is there twice"
        seen.add(entry.filename)
        if not is_safe(entry.orig_filename):
            yield f"{entry.orig_filename!r}: leads out of the folder it is unpacked into"
        if entry.compress_type != ZIP_STORED:
            yield f"{entry.filename}: is compressed, which we never do"
    if archive.fp is not None and entries:
        yield from _strewn(archive.fp, entries, archive.start_dir)


def _strewn(file: IO[bytes], entries: Sequence[ZipInfo], directory: int) -> Iterator[str]:
    """Where bytes lie that belong to no member."""
    if entries[0].header_offset != 0:
        yield "the archive: begins with something that is no part of it"
    ends = [entry.header_offset for entry in entries[1:]] + [directory]
    for entry, end in zip(entries, ends, strict=True):
        rest = end - _end_of(file, entry)
        if rest not in (AFTER if entry.flag_bits & FOLLOWED else (0,)):
            yield f"{entry.filename}: is followed by something that belongs to no member"
    file.seek(-END, 2)
    if not file.read(END).startswith(END_BEGINS):
        yield "the archive: ends with something that is no part of it"


def _end_of(file: IO[bytes], entry: ZipInfo) -> int:
    """Where the bytes of the member end, by its own header."""
    file.seek(entry.header_offset)
    header = file.read(HEADER)
    lengths = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    return entry.header_offset + HEADER + lengths + entry.compress_size
