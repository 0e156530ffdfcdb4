"""What a file may be called and what it may be: a safe name, and a kind shown by its own bytes."""

import codecs
import unicodedata
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Final

MAX_NAME_BYTES: Final = 255
PDF: Final = "application/pdf"
HEAD: Final = 1024  # bytes that are enough to tell the kinds apart
# characters that a file system or a header reads as something else
UNSAFE: Final = frozenset('<>:"|?*\\/')


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file that is taken: how it begins (empty: it is text), and what its archive must hold."""

    media_type: str
    begins: bytes
    holds: str = ""

    @property
    def is_text(self) -> bool:
        return not self.begins


_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
KINDS: Final[Mapping[str, Kind]] = {
    "pdf": Kind(PDF, b"%PDF-"),
    "png": Kind("image/png", b"\x89PNG\r\n\x1a\n"),
    "jpg": Kind("image/jpeg", b"\xff\xd8\xff"),
    "jpeg": Kind("image/jpeg", b"\xff\xd8\xff"),
    "docx": Kind(f"{_OFFICE}.wordprocessingml.document", b"PK\x03\x04", "word/"),
    "xlsx": Kind(f"{_OFFICE}.spreadsheetml.sheet", b"PK\x03\x04", "xl/"),
    "pptx": Kind(f"{_OFFICE}.presentationml.presentation", b"PK\x03\x04", "ppt/"),
    "csv": Kind("text/csv", b""),
    "txt": Kind("text/plain", b""),
    "json": Kind("application/json", b""),
    "xml": Kind("application/xml", b""),
}


class NameRefused(ValueError):
    """Nothing of the name can be kept."""


def safe_name(sent: str) -> str:
    """The last part of the name, NFC, without control and direction characters, at most 255 bytes of UTF-8.

    Raises NameRefused where nothing is left.
    """
    seen = unicodedata.normalize("NFC", "".join(char for char in sent if char.isprintable()))
    last = seen.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join("_" if char in UNSAFE else char for char in last).strip(" .")
    if kept.partition(".")[0].rstrip().lower() in _DEVICES:
        kept = f"_{kept}"
    stem, dot, extension = kept.rpartition(".")
    if not dot:
        stem, extension = kept, ""
    extension = extension.strip()
    extension = f".{extension}" if extension else ""
    room = MAX_NAME_BYTES - len(extension.encode())
    if not stem or room < 1:
        raise NameRefused
    short = stem.encode()[:room].decode(errors="ignore").rstrip(" .")
    if not short:
        raise NameRefused
    return short + extension


def extension_of(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def kind_of(name: str, head: bytes) -> Kind | None:
    """The kind that the name claims and the first bytes show; None where they don't agree or it isn't taken."""
    kind = KINDS.get(extension_of(name))
    if kind is None:
        return None
    if kind.is_text:
        return None if head.startswith(_NOT_TEXT) or _is_page(kind, head) else kind
    return kind if head.startswith(kind.begins) else None


def _is_page(kind: Kind, head: bytes) -> bool:
    """Whether a browser would show it: markup in what is called text, and HTML or SVG wherever it stands."""
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    marked = start.startswith(b"<") and kind.media_type != "application/xml"
    return marked or any(word in start.lower() for word in (b"<html", b"<svg", b"<script"))


def is_plain(chunk: bytes) -> bool:
    """Whether a part of a text has no control characters but tab, line ends and form feed."""
    return len(chunk.translate(None, _CONTROLS)) == len(chunk)


def numbered(name: str, number: int) -> str:
    """The name with a number before its extension, still at most 255 bytes: `report (2).pdf`."""
    stem, dot, extension = name.rpartition(".")
    tail = f" ({number}){dot}{extension}"
    room = MAX_NAME_BYTES - len(tail.encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(" .") + tail


def unlike(name: str, taken: Container[str]) -> str:
    """The name, numbered where it is taken: a content names files by name, so no two of a request share one."""
    tried = (numbered(name, number) for number in count(2))
    return name if name not in taken else next(each for each in tried if each not in taken)


def misfit(kind: Kind, names: Iterable[str]) -> bool:
    """Whether an archive is not what its kind must hold, carries macros, or leads out of its folder."""
    held = list(names)
    return (
        "[Content_Types].xml" not in held
        or not any(name.startswith(kind.holds) for name in held)
        or any(
            name.lower().endswith("vbaproject.bin") or name.startswith("/") or ".." in name for name in held
        )
    )


_CONTROLS: Final = bytes([*range(9), 11, *range(14, 32), 127])
_NOT_TEXT: Final = (
    *(kind.begins for kind in KINDS.values() if kind.begins),
    b"MZ",
    b"\x7fELF",
    b"#!",
    b"<?php",
)
# names that Windows gives to devices, whatever their extension
_DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
)
