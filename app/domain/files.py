"""What a file may be called and what it may be: a safe name, and a kind shown by its own bytes."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MAX_NAME_BYTES: Final = 255
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
    "pdf": Kind("application/pdf", b"%PDF-"),
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
    last = unicodedata.normalize("NFC", sent.replace("\\", "/")).rsplit("/", 1)[-1]
    kept = "".join("_" if char in UNSAFE else char for char in last if char.isprintable())
    kept = kept.strip(" .")
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


def kind_of(name: str, head: bytes) -> Kind | None:
    """The kind that the name claims and the first bytes show; None where they don't agree or it isn't taken."""
    kind = KINDS.get(name.rpartition(".")[2].lower())
    if kind is None:
        return None
    if kind.is_text:
        return kind if b"\0" not in head and not head.startswith(_BINARY) else None
    return kind if head.startswith(kind.begins) else None


_BINARY: Final = (
    *(kind.begins for kind in KINDS.values() if kind.begins),
    b"MZ",
    b"\x7fELF",
    b"#!",
    b"<?php",
)
