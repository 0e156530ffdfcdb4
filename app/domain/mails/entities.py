"""The parts of a mail (RFC 2046), walked within limits of depth and number, without copying what is not wanted."""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from typing import Final

from app.domain.mails import fields
from app.domain.mails.fields import Fields, Kind
from app.domain.mails.limits import DEPTH, HEADER_BYTES, PARTS

_BLANK: Final = re.compile(rb"\n\r?\n")
LONGEST_BOUNDARY: Final = 200  # RFC 2046 allows 70


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part that holds no others; its bytes are those of the mail from `start` to `end`."""

    fields: Fields
    kind: Kind
    start: int
    end: int
    within: str  # the media type of the container it stands in


@dataclass(slots=True)
class Walk:
    """One walk through a mail. `excess` is the limit it met, if any; what was found before stays found."""

    raw: bytes
    fields: Fields = field(default_factory=Fields)
    kind: Kind = field(default_factory=lambda: fields.kind_of(Fields()))
    leaves: list[Leaf] = field(default_factory=list)
    excess: str | None = None
    _parts: int = 0

    def run(self) -> "Walk":
        self.fields, body = self._head(0, len(self.raw))
        self.kind = fields.kind_of(self.fields)
        self._entity(self.fields, body, len(self.raw), "", 0)
        return self

    def _head(self, start: int, end: int) -> tuple[Fields, int]:
        """The fields that begin here and where the body begins."""
        if self.raw.startswith((b"\r\n", b"\n"), start, end):
            return Fields(), self.raw.find(b"\n", start, end) + 1
        blank = _BLANK.search(self.raw, start, min(end, start + HEADER_BYTES))
        if blank is None and end - start > HEADER_BYTES:
            self.excess = "header-too-large"
            return Fields(is_whole=False), end
        stop, body = (end, end) if blank is None else (blank.start() + 1, blank.end())
        found = fields.read(self.raw[start:stop].removesuffix(b"\n").removesuffix(b"\r"))
        if not found.is_whole:
            self.excess = "too-many-fields"
        return found, body

    def _entity(self, head: Fields, start: int, end: int, within: str, depth: int) -> None:
        self._parts += 1
        if self._parts > PARTS:
            self.excess = "too-many-parts"
            return
        kind = fields.kind_of(head)
        boundary = kind.boundary.encode(errors="replace")
        if not kind.media_type.startswith("multipart/") or not 0 < len(boundary) <= LONGEST_BOUNDARY:
            self.leaves.append(Leaf(head, kind, start, end, within))
            return
        if depth >= DEPTH:
            self.excess = "nested-too-deep"
            return
        for first, last in _spans(self.raw, boundary, start, end):
            if self.excess is not None:
                return
            part, body = self._head(first, last)
            self._entity(part, min(body, last), last, kind.media_type, depth + 1)

    def bytes_of(self, leaf: Leaf) -> tuple[bytes, bool]:
        """The part's bytes with their transfer encoding undone, and whether that went without damage."""
        body = self.raw[leaf.start : leaf.end]
        encoding = leaf.fields.words("content-transfer-encoding")
        if encoding == "base64":
            return _from_base64(body)
        if encoding == "quoted-printable":
            return binascii.a2b_qp(body), True
        if encoding in {"", "7bit", "8bit", "binary"}:
            return body, True
        if encoding in {"x-uuencode", "uuencode", "x-uue", "uue"}:
            return _from_uuencode(body, encoding)
        return body, False


def _spans(raw: bytes, boundary: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the parts between the delimiter lines are; a last one that nothing closes goes to the end."""
    line = re.compile(rb"\n--" + re.escape(boundary) + rb"(--)?[ \t]*\r?(?=\n|\Z)")
    first: int | None = None
    for found in line.finditer(raw, max(0, start - 1), end):
        if first is not None:
            stop = found.start()
            yield first, max(first, stop - 1 if raw[stop - 1 : stop] == b"\r" else stop)
        if found.group(1):
            return
        first = min(end, found.end() + 1)
    if first is not None:
        yield first, end


def _from_base64(body: bytes) -> tuple[bytes, bool]:
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", body.partition(b"=")[0])
    whole = len(letters) % 4 != 1
    kept = letters if whole else letters[:-1]
    return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4)), whole


def _from_uuencode(body: bytes, encoding: str) -> tuple[bytes, bool]:
    part = Message()
    part["content-transfer-encoding"] = encoding
    part.set_payload(body.decode("ascii", "surrogateescape"))
    try:
        found = part.get_payload(decode=True)
    except (ValueError, LookupError):
        return body, False
    return (found, True) if isinstance(found, bytes) else (body, False)
