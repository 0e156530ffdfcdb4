"""Header fields, read by our own hand: what a line is, is decided once, and only line feeds end one.

A bare carriage return that one reader takes for the end of a line and another does not is how a forged field is
smuggled past the server that vouches for a mail; here it is a blank. A mail that ends its lines in both ways is
read, but no field of it is believed (`mixed`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from typing import Final

from app.domain.mails import texts
from app.domain.mails.limits import FIELDS, LINE, VALUE

_NAME: Final = re.compile(r"[!-9;-~]{1,100}")


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields in their order: names in lower case, values unfolded to one line and not decoded."""

    pairs: tuple[tuple[str, str], ...] = ()
    is_whole: bool = True  # False: more fields than are looked at
    mixed: bool = False  # lines end in more than one way

    def every(self, name: str) -> list[str]:
        return [value for each, value in self.pairs if each == name]

    def first(self, name: str) -> str:
        return next((value for each, value in self.pairs if each == name), "")

    def words(self, name: str) -> str:
        """The first value without comments, in lower case: for fields that hold one keyword."""
        return self.first(name).partition("(")[0].partition(";")[0].strip().lower()


def read(block: bytes) -> Fields:
    """The fields of a header block. Whatever is not a field is passed by."""
    lines = block.split(b"\n")
    ends = {line.endswith(b"\r") for line in lines[:-1]}
    mixed = len(ends) > 1 or any(b"\r" in line[:-1] for line in lines)
    pairs: list[tuple[str, str]] = []
    for name, value in _unfolded(lines):
        if len(pairs) >= FIELDS:
            return Fields(tuple(pairs), is_whole=False, mixed=mixed)
        pairs.append((name, texts.one_line(value, VALUE)))
    return Fields(tuple(pairs), mixed=mixed)


def _unfolded(lines: list[bytes]) -> Iterator[tuple[str, str]]:
    name, held = "", list[bytes]()
    for line in lines:
        if line[:1] in {b" ", b"\t"} and name:
            held.append(line)
            continue
        if name:
            yield name, texts.decoded(b" ".join(held), None)
        head, colon, rest = line.partition(b":")
        label = head.decode("latin-1").rstrip(" \t")
        name = label.lower() if colon and _NAME.fullmatch(label) else ""
        held = [rest]
    if name:
        yield name, texts.decoded(b" ".join(held), None)


def shown(value: str, most: int = LINE) -> str:
    """A value as a person reads it: encoded words decoded (RFC 2047), one line, whatever the words held."""
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):
        return texts.one_line(value, most)
    said = [each if isinstance(each, str) else texts.decoded(each, charset) for each, charset in pieces]
    return texts.one_line("".join(said), most)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a part declares itself to be."""

    media_type: str
    boundary: str
    charset: str | None
    filename: str
    is_attachment: bool
    report_type: str


def kind_of(fields: Fields) -> Kind:
    """The declaration of a part; what cannot be read of it is as if it were not there."""
    part = Message()
    for name in ("content-type", "content-disposition"):
        if value := fields.first(name):
            part[name] = value
    return Kind(
        part.get_content_type(),
        _parameter(part, "boundary"),
        _parameter(part, "charset") or None,
        shown(_filename(part)),
        fields.words("content-disposition") == "attachment",
        _parameter(part, "report-type").lower(),
    )


def _parameter(part: Message, name: str) -> str:
    try:
        value = part.get_param(name, "")
    except (ValueError, LookupError, TypeError):
        return ""
    return value[2] if isinstance(value, tuple) else str(value)


def _filename(part: Message) -> str:
    try:
        return part.get_filename("")
    except (ValueError, LookupError, TypeError):
        return ""
