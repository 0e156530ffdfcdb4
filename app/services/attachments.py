"""Attachments: received as a stream, judged by their own bytes, recorded in one short transaction."""

import codecs
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import files
from app.domain.errors import (
    FileRefused,
    NotADraft,
    NotFound,
    NotPermitted,
    TooLarge,
    TooManyFiles,
    Unavailable,
)
from app.domain.files import Kind
from app.domain.identity import new_id
from app.domain.lifecycle import State
from app.domain.policy import Actor, Permission
from app.services import journal
from app.services.journal import Entry
from app.storage import opening
from app.storage.blobs import Blobs
from app.storage.scanning import Scan, Scanner
from app.store import attachments, requests
from app.store.attachments import Attachment
from app.store.requests import DesignationRequest
from app.store.writes import Writes

# In which states a request takes files, and what its sender must be allowed to do there: one of these is enough.
OPEN_TO_FILES: Mapping[State, frozenset[Permission]] = {
    State.DRAFT: frozenset({Permission.EDIT_DRAFTS}),
    State.INFORMATION_REQUESTED: frozenset({Permission.EDIT_DRAFTS, Permission.RESPOND}),
}


@dataclass
class Arrival:
    """What is learnt of a file while it streams by; a file that won't do is stopped as soon as that can be told."""

    filename: str
    most: int
    size: int = 0
    kind: Kind | None = None
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    _head: bytes = b""
    _decoder: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8"))

    async def passing(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The same chunks. Raises TooLarge as soon as the limit is passed, FileRefused for what won't do."""
        async for chunk in chunks:
            self.size += len(chunk)
            if self.size > self.most:
                raise TooLarge(f"A file has at most {self.most} bytes.")
            self.digest.update(chunk)
            self._look(chunk)
            yield chunk
        self._look(b"", last=True)

    def _look(self, chunk: bytes, *, last: bool = False) -> None:
        if self.kind is None:
            chunk = self._head = self._head + chunk
            if len(chunk) < files.HEAD and not last:
                return
            self.kind, self._head = self._told_by(chunk), b""
        if self.kind.is_text:
            self._read(chunk, last=last)

    def _told_by(self, head: bytes) -> Kind:
        if not head:
            raise FileRefused("The file is empty.")
        kind = files.kind_of(self.filename, head[: files.HEAD])
        if kind is None:
            taken = ", ".join(sorted(files.KINDS))
            raise FileRefused(
                f"Its content is not what its name says, or not of a kind that is taken: {taken}."
            )
        return kind

    def _read(self, chunk: bytes, *, last: bool) -> None:
        try:
            self._decoder.decode(chunk, last)
        except UnicodeDecodeError:
            raise FileRefused("It is called a text but is not one in UTF-8.") from None
        if not files.is_plain(chunk):
            raise FileRefused("It is called a text but holds control characters.")


@dataclass(frozen=True, slots=True)
class Received:
    """A file in storage that no record names yet."""

    id: UUID
    blob: str
    filename: str
    kind: Kind
    size: int
    sha256: str
    scan: Scan


@dataclass(frozen=True, slots=True)
class Said:
    """What the sender says of a file, and how many files its request may have."""

    kind: str
    description: str | None
    most: int


async def may_receive(db: AsyncConnection, actor: Actor, reference: str, most: int) -> DesignationRequest:
    """The request, if the caller may add a file to it now. Raises NotFound, NotPermitted, NotADraft, TooManyFiles."""
    found = _open(actor, await requests.find(db, actor, reference))
    _insist_on_room(await attachments.count(db, found.id), most)
    return found


def _open(actor: Actor, found: DesignationRequest | None) -> DesignationRequest:
    if found is None:
        raise NotFound
    permissions = OPEN_TO_FILES.get(found.state, frozenset({Permission.EDIT_DRAFTS}))
    if not any(actor.may(each, found.applicant_id) for each in permissions):
        raise NotPermitted("Adding a file needs the role preparer or signer and a key with the scope for it.")
    if found.state not in OPEN_TO_FILES:
        detail = "Files can be added to a draft, and to an answer while a question is open."
        raise NotADraft(detail, present=found.status.value)
    return found


def _insist_on_room(held: int, most: int) -> None:
    if held >= most:
        raise TooManyFiles(at_most(most))


def at_most(most: int) -> str:
    return f"A request has at most {most} files."


async def receive(
    blobs: Blobs, scanner: Scanner, request_id: UUID, sent_name: str, chunks: AsyncIterator[bytes], most: int
) -> Received:
    """Streams the file into storage and judges it. Raises FileRefused or TooLarge, leaving nothing behind."""
    arrival, attachment_id = Arrival(safe_name(sent_name), most), new_id()
    blob = f"{request_id}/{attachment_id}"
    await blobs.put(blob, arrival.passing(chunks))
    try:
        kind = await _opened(blobs, blob, arrival)
        scan = await scanner.scan(blobs.read(blob))
    except BaseException:
        await discard(blobs, blob)
        raise
    return Received(
        attachment_id, blob, arrival.filename, kind, arrival.size, arrival.digest.hexdigest(), scan
    )


async def discard(blobs: Blobs, blob: str) -> None:
    """Deletes bytes that no record names; where storage is away, the sweep does it later."""
    with suppress(Unavailable):
        await blobs.delete(blob)


def safe_name(sent: str) -> str:
    """The name as it is kept. Raises FileRefused where nothing of it can be."""
    try:
        return files.safe_name(sent)
    except files.NameRefused:
        raise FileRefused("The file needs a name of which something can be kept.") from None


async def _opened(blobs: Blobs, blob: str, arrival: Arrival) -> Kind:
    """The kind, once a reader of it has opened the file. Raises FileRefused."""
    kind = arrival.kind
    if kind is None:
        raise FileRefused("The file is empty.")
    flaw = None
    if kind.media_type == files.PDF:
        flaw = await opening.flaw_of_pdf(blobs, blob, arrival.size)
    elif kind.holds:
        names = await opening.names_in_archive(blobs, blob, arrival.size)
        if names is None or files.misfit(kind, names):
            flaw = "It is not an office document without macros, as its name says."
    if flaw is not None:
        raise FileRefused(flaw)
    return kind


async def record(
    db: AsyncConnection,
    actor: Actor,
    request_id: UUID,
    received: Received,
    said: Said,
    now: datetime,
) -> Attachment:
    """Names the file in the record. The request's tag stays; a state that changed meanwhile refuses."""
    found = _open(actor, await requests.find(db, actor, str(request_id), lock=True))
    held = await attachments.of_request(db, found.id)
    _insist_on_room(len(held), said.most)
    named = replace(received, filename=files.unlike(received.filename, {file.filename for file in held}))
    row = row_of(request_id, named, said.kind, said.description, actor.person_id, now)
    await attachments.insert(db, row)
    await _note(db, found, added(row, actor))
    return row


def row_of(
    request_id: UUID,
    received: Received,
    kind: str,
    description: str | None,
    by: UUID | None,
    now: datetime,
) -> Attachment:
    """The file as a request has it."""
    return Attachment(
        id=received.id,
        request_id=request_id,
        filename=received.filename,
        size=received.size,
        sha256=received.sha256,
        media_type=received.kind.media_type,
        kind=kind,
        description=description,
        scan=received.scan.value,
        blob=received.blob,
        created_by=by,
        created_at=now,
        removed_at=None,
    )


def added(row: Attachment, actor: Actor | None) -> Entry:
    facts = {"id": str(row.id), "sha256": row.sha256, "size": row.size, "scan": row.scan}
    return Entry("attachment_added", actor, row.created_at, facts=facts)


async def remove(
    db: AsyncConnection, actor: Actor, found: DesignationRequest, file: Attachment, now: datetime
) -> None:
    """Takes a file out of a draft; its bytes go once this is committed."""
    await attachments.mark_removed(db, file.id, now)
    facts = {"id": str(file.id), "sha256": file.sha256}
    await _note(db, found, Entry("attachment_removed", actor, now, facts=facts))


async def _note(db: AsyncConnection, found: DesignationRequest, entry: Entry) -> None:
    writes = Writes()
    columns = journal.record(writes, found, entry)
    await writes.send(db)
    await requests.keep_chain(db, found, columns)


async def judge(db: AsyncConnection, file: Attachment, scan: Scan, now: datetime) -> None:
    """Writes down what the scanner said of a file it had not judged; nothing, if the file is gone meanwhile."""
    found = await attachments.holder(db, file)
    if found is None or not await attachments.judged(db, file.id, scan.value):
        return
    await _note(
        db, found, Entry("attachment_scanned", None, now, facts={"id": str(file.id), "scan": scan.value})
    )
