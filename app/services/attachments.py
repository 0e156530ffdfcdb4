"""Attachments: received as a stream, judged by their own bytes, recorded in one short transaction."""

import asyncio
import codecs
import hashlib
import io
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import BinaryIO
from uuid import UUID

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import files
from app.domain.errors import Conflict, FileRefused, NotADraft, NotFound, NotPermitted, TooLarge
from app.domain.files import Kind
from app.domain.identity import new_id
from app.domain.lifecycle import State
from app.domain.policy import Actor, Permission
from app.services import journal
from app.services.journal import Entry
from app.storage.blobs import Blobs
from app.storage.scanning import Scan, Scanner
from app.store import attachments, requests
from app.store.attachments import Attachment
from app.store.requests import DesignationRequest

# In which states a request takes files, and what its sender must be allowed to do there.
OPEN_TO_FILES = {State.DRAFT: Permission.EDIT_DRAFTS, State.INFORMATION_REQUESTED: Permission.RESPOND}
PARSED_BYTES = 8 * 2**20  # a PDF up to this size is parsed whole
PDF_TAIL = 2048
OPENING_TIME = 20.0  # seconds that a document may take to be opened
ORPHAN_AGE = timedelta(hours=1)


@dataclass
class Arrival:
    """What is learnt of a file while it streams by: size, digest, first bytes, and whether it is text."""

    most: int
    size: int = 0
    head: bytes = b""
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    is_text: bool = True
    _decoder: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8"))

    def take(self, chunk: bytes) -> None:
        """Raises TooLarge as soon as the limit is passed."""
        self.size += len(chunk)
        if self.size > self.most:
            raise TooLarge(f"A file has at most {self.most} bytes.")
        self.digest.update(chunk)
        if len(self.head) < files.HEAD:
            self.head += chunk[: files.HEAD - len(self.head)]
        if self.is_text:
            try:
                self._decoder.decode(chunk)
            except UnicodeDecodeError:
                self.is_text = False


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


async def may_receive(db: AsyncConnection, actor: Actor, reference: str, most: int) -> DesignationRequest:
    """The request, if the caller may add a file to it now. Raises NotFound, NotPermitted, NotADraft, Conflict."""
    found = await requests.find(db, actor, reference)
    if found is None:
        raise NotFound
    _insist_open(actor, found)
    if await attachments.count(db, found.id) >= most:
        raise Conflict(f"A request has at most {most} files.")
    return found


def _insist_open(actor: Actor, found: DesignationRequest) -> None:
    permission = OPEN_TO_FILES.get(found.state)
    if permission is None:
        raise NotADraft("Files can be added to a draft, and to an answer while a question is open.")
    if not actor.may(permission, found.applicant_id):
        raise NotPermitted("Adding a file needs the role preparer or signer and a key with the scope for it.")


async def receive(
    blobs: Blobs, scanner: Scanner, request_id: UUID, sent_name: str, chunks: AsyncIterator[bytes], most: int
) -> Received:
    """Streams the file into storage and judges it there. Raises FileRefused or TooLarge, leaving nothing behind."""
    try:
        filename = files.safe_name(sent_name)
    except files.NameRefused:
        raise FileRefused("The file needs a name of which something can be kept.") from None
    arrival, attachment_id = Arrival(most), new_id()
    blob = f"{request_id}/{attachment_id}"

    async def counted() -> AsyncIterator[bytes]:
        async for chunk in chunks:
            arrival.take(chunk)
            yield chunk

    await blobs.put(blob, counted())
    try:
        kind = await _judged(blobs, blob, filename, arrival)
        scan = await scanner.scan(blobs.read(blob))
    except BaseException:
        await blobs.delete(blob)
        raise
    return Received(attachment_id, blob, filename, kind, arrival.size, arrival.digest.hexdigest(), scan)


async def _judged(blobs: Blobs, blob: str, filename: str, arrival: Arrival) -> Kind:
    if arrival.size == 0:
        raise FileRefused("The file is empty.")
    kind = files.kind_of(filename, arrival.head)
    if kind is None or (kind.is_text and not arrival.is_text):
        taken = ", ".join(sorted(files.KINDS))
        raise FileRefused(f"The content is not what the name says, or not a kind that is taken: {taken}.")
    try:
        async with asyncio.timeout(OPENING_TIME):
            opens = await asyncio.to_thread(_opens, blobs, blob, kind)
    except TimeoutError:
        opens = False
    if not opens:
        raise FileRefused("The file cannot be opened as what it says it is.")
    return kind


def _opens(blobs: Blobs, blob: str, kind: Kind) -> bool:
    """Whether a reader of that kind can open it: a PDF has a page and no password, an office file its parts."""
    if kind.is_text or kind.media_type.startswith("image/"):
        return True
    try:
        with blobs.open(blob) as source:
            return _is_office(source, kind.holds) if kind.holds else _is_pdf(source)
    except (PyPdfError, zipfile.BadZipFile, ValueError, KeyError, TypeError, RecursionError, OSError):
        return False


def _is_office(source: BinaryIO, part: str) -> bool:
    with zipfile.ZipFile(source) as archive:
        names = archive.namelist()
    return "[Content_Types].xml" in names and any(name.startswith(part) for name in names)


def _is_pdf(source: BinaryIO) -> bool:
    """Whether it has pages and no password; the parser holds a document whole, so of a large one the end must do."""
    size = source.seek(0, io.SEEK_END)
    if size > PARSED_BYTES:
        source.seek(-min(size, PDF_TAIL), io.SEEK_END)
        end = source.read()
        return b"startxref" in end and b"%%EOF" in end
    source.seek(0)
    document = PdfReader(source)
    return not document.is_encrypted and len(document.pages) > 0


async def record(
    db: AsyncConnection,
    actor: Actor,
    request_id: UUID,
    received: Received,
    facts: dict[str, str | None],
    now: datetime,
) -> Attachment:
    """Names the file in the record. The request's tag stays; a state that changed meanwhile refuses."""
    found = await requests.find(db, actor, str(request_id), lock=True)
    if found is None:
        raise NotFound
    _insist_open(actor, found)
    row = Attachment(
        id=received.id,
        request_id=request_id,
        filename=received.filename,
        size=received.size,
        sha256=received.sha256,
        media_type=received.kind.media_type,
        kind=facts["kind"] or "other",
        description=facts["description"],
        scan=received.scan.value,
        blob=received.blob,
        created_by=actor.person_id,
        created_at=now,
        removed_at=None,
    )
    await attachments.insert(db, row)
    about = {"id": str(row.id), "sha256": row.sha256, "size": row.size, "scan": row.scan}
    await requests.keep_chain(
        db, found, await journal.record(db, found, Entry("attachment_added", actor, now, facts=about))
    )
    return row


async def remove(
    db: AsyncConnection, actor: Actor, found: DesignationRequest, file: Attachment, now: datetime
) -> None:
    """Takes a file out of a draft; its bytes go once this is committed."""
    await attachments.mark_removed(db, file.id, now)
    about = {"id": str(file.id), "sha256": file.sha256}
    entry = Entry("attachment_removed", actor, now, facts=about)
    await requests.keep_chain(db, found, await journal.record(db, found, entry))


async def sweep_orphans(db: AsyncConnection, blobs: Blobs, now: datetime) -> int:
    """Deletes blobs that no record names and that are old enough not to be on their way in; how many."""
    swept = 0
    async for stored in blobs.listed():
        if now - stored.last_modified > ORPHAN_AGE and not await attachments.names(db, stored.name):
            await blobs.delete(stored.name)
            swept += 1
    return swept


async def scan_again(db: AsyncConnection, blobs: Blobs, scanner: Scanner) -> list[tuple[UUID, Scan]]:
    """Asks the scanner once more about files it has not judged; what it says now."""
    said = [(file.id, await scanner.scan(blobs.read(file.blob))) for file in await attachments.pending(db)]
    return [(file_id, scan) for file_id, scan in said if scan is not Scan.PENDING]
