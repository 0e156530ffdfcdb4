"""Checking a package far from the service that made it: members, signature of the manifest, chain, receipts."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from zipfile import BadZipFile, ZipFile, ZipInfo

from pydantic import BaseModel, ConfigDict, ValidationError

from app.domain import archive_faults, chain, exact_json, receipts
from app.domain.packages import MANIFEST

PIECE: Final = 2**18
MOST_READ: Final = (
    512 * 2**20
)  # bytes of one document; a manifest of 200 files and 1,000 versions has 0.2 million
UNREADABLE: Final = (BadZipFile, ValueError, NotImplementedError, RuntimeError, EOFError, OSError)
MISSHAPEN: Final = (KeyError, TypeError, ValueError, AttributeError)
Keys = Sequence[Mapping[str, str]]


class _Shape(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class Listed(_Shape):
    path: str
    size: int
    sha256: str


class LeftOut(_Shape):
    path: str
    reason: str
    sha256: str | None = None


class Chain(_Shape):
    length: int
    head: str


class Manifest(_Shape):
    """What is read of a manifest; members it may have beside these are none of this format's."""

    format: Literal["amtdp-package/1"]
    number: str
    audience: str
    journal: Chain
    members: list[Listed]
    omitted: list[LeftOut]


@dataclass(frozen=True, slots=True)
class Judged:
    """What is wrong, each fault by the name of the member it is in, and the manifest where it can be read."""

    faults: tuple[str, ...]
    manifest: Manifest | None


def judged(archive: ZipFile, keys: Keys) -> Judged:
    """A package is whole where this finds no fault."""
    entries = archive.infolist()
    faults = list(archive_faults.odd(archive))
    manifest, wrong = _manifest(archive, entries, keys)
    faults += [f"{MANIFEST}: {each}" for each in wrong]
    if manifest is not None:
        there = [entry.filename for entry in entries[1:]]
        faults += _misplaced(there, [each.path for each in manifest.members])
        changes = {each.path: _change(archive, each) for each in manifest.members if each.path in there}
        faults += [f"{path}: was changed: {change}" for path, change in changes.items() if change]
        sound = frozenset(path for path, change in changes.items() if change is None)
        faults += _Record(archive, manifest, sound).faults(keys)
    return Judged(tuple(faults), manifest)


def _manifest(
    archive: ZipFile, entries: Sequence[ZipInfo], keys: Keys
) -> tuple[Manifest | None, Sequence[str]]:
    """The manifest where it can be read, and what is wrong with it."""
    if not entries or entries[0].filename != MANIFEST:
        return None, ["is missing: it is the first member of a package"]
    try:
        document = _read(archive, MANIFEST)
        unsigned = receipts.fault_of(document, keys, "manifest")
    except UNREADABLE as fault:
        return None, [f"cannot be read: {fault}"]
    wrong = [] if unsigned is None else [unsigned]
    try:
        return Manifest.model_validate(document["manifest"]), wrong
    except (KeyError, TypeError, ValidationError):
        return None, [*wrong, "is not one of a format that is known here"]


def _read(archive: ZipFile, path: str) -> Any:  # noqa: ANN401 - any JSON
    """The document. Raises what `UNREADABLE` names."""
    if archive.getinfo(path).file_size > MOST_READ:
        raise exact_json.NotJson("it is too large")
    return exact_json.decode(archive.read(path))


def _misplaced(there: Sequence[str], listed: Sequence[str]) -> Iterator[str]:
    yield from (f"{path}: is missing" for path in listed if path not in there)
    yield from (f"{path}: is not in the manifest" for path in there if path not in listed)
    known = [path for path in there if path in listed]
    expected = [path for path in listed if path in there]
    for path, wanted in zip(known, expected, strict=False):
        if path != wanted:
            yield f"{path}: stands where the manifest has {wanted}"
            return


def _change(archive: ZipFile, each: Listed) -> str | None:
    """How the member differs from what the manifest says of it."""
    size, digest = 0, hashlib.sha256()
    try:
        with archive.open(each.path) as member:
            while size <= each.size and (piece := member.read(PIECE)):
                size += len(piece)
                digest.update(piece)
    except UNREADABLE as fault:
        return str(fault)
    if size != each.size:
        return f"it does not have the {each.size} bytes that the manifest says"
    return None if digest.hexdigest() == each.sha256 else "it does not have the digest that the manifest says"


@dataclass(frozen=True, slots=True)
class _Record:
    """What the documents say of each other; only members that are as the manifest says are asked."""

    archive: ZipFile
    manifest: Manifest
    sound: frozenset[str]

    def faults(self, keys: Keys) -> Iterator[str]:
        if "journal.json" in self.sound:
            yield from (f"journal.json: {fault}" for fault in self._of_journal())
        for path in sorted(self.sound):
            if path == "receipt.json" or path.startswith("receipts/"):
                yield from (f"{path}: {fault}" for fault in self._of_receipt(path, keys))

    def _of_journal(self) -> list[str]:
        said = self.manifest.journal
        try:
            items = _read(self.archive, "journal.json")["items"]
            links = [chain.Link(each["seq"], each["digest"], each["link"], each["entry"]) for each in items]
            broken = chain.first_broken(links, head=said.head, length=said.length)
            found = [broken, *map(_wrongly_opened, items)]
        except MISSHAPEN as fault:
            return [f"is no journal: {fault}"]
        return [each for each in found if each is not None]

    def _of_receipt(self, path: str, keys: Keys) -> list[str]:
        """Its signature, and that what it names is what the package has."""
        try:
            document = _read(self.archive, path)
            fault = receipts.fault_of(document, keys)
            return [fault] if fault is not None else list(self._unlike(document["receipt"]))
        except MISSHAPEN as fault:
            return [f"is no receipt: {fault}"]

    def _unlike(self, receipt: Mapping[str, Any]) -> Iterator[str]:
        manifest = self.manifest
        if receipt["number"] != manifest.number:
            yield f"is for {receipt['number']}, not for {manifest.number}"
        content = f"versions/{receipt['version']}.json"
        if content not in {each.path for each in manifest.members}:
            yield f"is for a content that the package does not have: {content}"
        elif content in self.sound and self._digest_of(content) != receipt["content_sha256"]:
            yield f"is for another content than {content}"
        files = [each for each in manifest.members if each.path.startswith("attachments/")]
        # counted, as two files may have the same bytes
        left = Counter([*(each.sha256 for each in files), *(each.sha256 for each in manifest.omitted)])
        for file in receipt["attachments"]:
            left[file["sha256"]] -= 1
            if left[file["sha256"]] < 0:
                yield f"names a file that the package does not have: {file['filename']}"

    def _digest_of(self, path: str) -> str:
        return exact_json.sha256(exact_json.canonical(_read(self.archive, path)))


def _wrongly_opened(item: Mapping[str, Any]) -> str | None:
    """As the chain says it; an applicant's entries come without what opens them."""
    return chain.wrongly_opened(item["seq"], item["opening"], item["entry"]) if "opening" in item else None
