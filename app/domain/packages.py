"""The package of a request: which members it has, what was left out, and the signed manifest that says so.

The manifest comes first and names every other member with its size and digest, so that whoever reads the package as it
arrives can check each member when its last byte is there. Nothing in it tells when or by whom it was asked for: the
same record makes the same bytes.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.domain import exact_json, files
from app.domain.keyring import Keyring
from app.domain.policy import Audience

FORMAT: Final = "amtdp-package/1"
MANIFEST: Final = "manifest.json"


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a package: known by size and digest before its bytes are read, piece by piece.

    `at` is an instant of the record, which the archive states as the time of the file.
    """

    path: str
    at: datetime
    size: int
    sha256: str
    pieces: Callable[[], AsyncIterator[bytes]]


@dataclass(frozen=True, slots=True)
class Omitted:
    """What belongs to the record and is not in the package, and why."""

    path: str
    reason: str  # infected | pending | missing | not_permitted
    size: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """What a manifest tells: whose view of which request, how long its chain is, and what there is."""

    number: str
    audience: Audience
    made_for: dict[str, str]
    as_of: str
    journal: dict[str, Any]  # length and head of the audience's chain
    members: Sequence[Member]
    omitted: Sequence[Omitted]

    def manifest(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "number": self.number,
            "audience": self.audience.value,
            "made_for": self.made_for,
            "as_of": self.as_of,
            "journal": self.journal,
            "members": [
                {"path": each.path, "size": each.size, "sha256": each.sha256} for each in self.members
            ],
            "omitted": [_left_out(each) for each in self.omitted],
        }


def _left_out(each: Omitted) -> dict[str, Any]:
    known = {"size": each.size, "sha256": each.sha256}
    return {"path": each.path, "reason": each.reason, **{k: v for k, v in known.items() if v is not None}}


def packed(contents: Contents, keyring: Keyring, at: datetime) -> tuple[Member, ...]:
    """The members in their order, the manifest with its signature before them."""
    manifest = contents.manifest()
    document = {"manifest": manifest, "signature": dict(keyring.sign(exact_json.canonical(manifest)))}
    return (written(MANIFEST, at, exact_json.encode(document)), *contents.members)


def written(path: str, at: datetime, raw: bytes) -> Member:
    """A member whose bytes are at hand."""

    async def pieces() -> AsyncIterator[bytes]:
        yield raw

    return Member(path, at, len(raw), exact_json.sha256(raw), pieces)


def place_of_file(number: int, filename: str) -> str:
    """Where a file lies: numbered, so that no two share a place, and still at most 255 bytes long."""
    return f"attachments/{files.safe_name(f'{number:02d}-{filename}')}"


def is_safe(path: str) -> bool:
    """Whether whoever unpacks the path stays in the folder they unpack into, on any system."""
    parts = path.split("/")
    return path.isprintable() and all(
        part not in {"", ".", ".."} and files.UNSAFE.isdisjoint(part) for part in parts
    )
