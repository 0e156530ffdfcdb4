"""Attachments over HTTP: streamed in, listed, read in parts, taken out of drafts."""

import base64
from typing import Annotated, Any, Protocol, TypeVar
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Header, Path, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from app.api.answers import answer, matches
from app.api.attachment_shapes import (
    DOWNLOADS,
    FORM,
    AttachmentOut,
    AttachmentPage,
    Bytes,
    FieldsIn,
    FileFields,
)
from app.api.byte_ranges import span_of
from app.api.deps import Caller, IdempotencyKey, IfMatch, Limit, Look, RequestRef, The, Tx, insist
from app.api.multipart import Form, boundary_of
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.runtime import Runtime
from app.api.sight import Seen
from app.api.work import Transacted, Work, claim, is_answered
from app.domain import door
from app.domain.errors import (
    DomainError,
    FileInfected,
    FileMissing,
    Flaw,
    Invalid,
    NotFound,
    ScanPending,
    StillRunning,
    TooLarge,
)
from app.domain.policy import Actor
from app.services import attachments as service
from app.services import drafts
from app.services.attachments import Arrival, Said
from app.services.journal import instant
from app.storage.blobs import BlobMissing
from app.storage.scanning import Scan
from app.store import attachments
from app.store.attachments import Attachment
from app.store.requests import DesignationRequest

router = APIRouter(
    prefix="/v1/designation-requests/{reference}/attachments", route_class=Transacted, tags=["attachments"]
)
BESIDE = 64 * 1024  # bytes a form may have beside its file
Fields = TypeVar("Fields", bound=FileFields)
Range = Annotated[
    str | None, Header(alias="Range", max_length=1000, description="One range of bytes (RFC 9110 14.2).")
]
IfRange = Annotated[
    str | None, Header(alias="If-Range", max_length=1000, description="The ETag a range must be of.")
]
AttachmentId = Annotated[UUID, Path(description="Id of the attachment.")]


@router.post("", status_code=201, response_model=AttachmentOut, operation_id="attachFile",
             summary="Attach a file, streamed", openapi_extra=FORM)  # fmt: skip
async def attach(
    reference: RequestRef,
    request: Request,
    actor: Caller,
    the: The,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    form = Form(request.stream(), boundary_of(request.headers.get("content-type", "")))
    try:
        if idempotency_key is not None:
            await repeated(form, request, actor, the, FieldsIn)
        return await _attached(form, reference, request, actor, the)
    except DomainError as refusal:
        close_unread(form, refusal)
        raise


def close_unread(form: Form, refusal: DomainError) -> None:
    """Has the connection closed with the refusal where nobody reads what is still on its way."""
    if not form.is_whole:
        headers = {**refusal.facts.get("headers", {}), "Connection": "close"}
        refusal.facts = {**refusal.facts, "headers": headers}


async def _attached(form: Form, reference: str, request: Request, actor: Actor, the: Runtime) -> Response:
    insist_on_length(request, the)
    # no transaction is open while the file arrives, which may take as long as the sender likes
    async with the.database.reading() as db:
        found = await service.may_receive(db, actor, reference, the.settings.max_files)
    await form.until_file()
    most = the.settings.max_file_bytes
    received = await service.receive(the.blobs, the.scanner, found.id, form.filename, form.file(), most)
    try:
        fields = fields_of(form, received.sha256, FieldsIn)
        work: Work = request.scope["work"]
        await claim(work, request, name_of(actor), fingerprint(fields, received.filename, received.sha256))
        said = Said(fields.kind, fields.description, the.settings.max_files)
        kept = await service.record(await work.begin(), actor, found.id, received, said, the.now())
    except BaseException:
        await service.discard(the.blobs, received.blob)
        raise
    location = f"/v1/designation-requests/{found.number}/attachments/{kept.id}"
    return answer(shown(kept), 201, etag=tag_of(kept), headers={"Location": location})


async def repeated(form: Form, request: Request, actor: Actor, the: Runtime, shape: type[FileFields]) -> None:
    """Ends a call whose key was answered before: whatever has become of the request, the answer is the same one.

    The body is read for its digest alone. Raises Replay or KeyReused; nothing happens where the key is new.
    """
    work: Work = request.scope["work"]
    if not await is_answered(work, request, name_of(actor)):
        return
    insist_on_length(request, the)
    await form.until_file()
    arrival = Arrival(service.safe_name(form.filename), the.settings.max_file_bytes)
    async for _ in arrival.passing(form.file()):
        pass
    sha256 = arrival.digest.hexdigest()
    told = fingerprint(fields_of(form, sha256, shape), arrival.filename, sha256)
    await claim(work, request, name_of(actor), told)
    raise StillRunning(headers={"Retry-After": "1"})  # the answer was forgotten while the body was read


def name_of(actor: Actor) -> str:
    return str(actor.key_id or actor.person_id)


def insist_on_length(request: Request, the: Runtime) -> None:
    most, announced = the.settings.max_file_bytes, request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:19]) > most + BESIDE:
        raise TooLarge(f"A file has at most {most} bytes.")


def fields_of(form: Form, sha256: str, shape: type[Fields]) -> Fields:
    """The fields, once the file has passed and all of them are there. Raises Invalid."""
    fields = door.admit(shape, form.fields)
    if fields.sha256 is not None and fields.sha256.lower() != sha256:
        flaw = Flaw("/sha256", "digest", "The file arrived with another SHA-256 than the one you sent.")
        raise Invalid(flaws=[flaw])
    return fields


def fingerprint(fields: FileFields, filename: str, sha256: str) -> dict[str, Any]:
    return {**fields.model_dump(exclude={"sha256"}), "filename": filename, "sha256": sha256}


@router.get("", response_model=AttachmentPage, operation_id="listAttachments",
            summary="The files of a request, oldest first")  # fmt: skip
async def list_attachments(
    request: Request,
    found: Seen,
    db: Look,
    actor: Caller,
    the: The,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    listing = listing_of(request, actor.key_id or actor.person_id)
    after = opened(the.keyring, listing, cursor)
    rows = await attachments.page(db, found.id, UUID(after[0]) if after else None, limit + 1)
    return page(request, rows, limit, lambda row: sealed(the.keyring, listing, [str(row.id)]), shown)


@router.get("/{aid}", response_model=AttachmentOut, operation_id="getAttachment",
            summary="What is known of a file")  # fmt: skip
async def get_attachment(found: Seen, aid: AttachmentId, db: Look) -> Response:
    file = await _file(db, found, aid)
    return answer(shown(file), etag=tag_of(file))


@router.get("/{aid}/content", operation_id="downloadAttachment", response_class=Bytes, responses=DOWNLOADS,
            summary="The bytes of a file, or a range of them")  # fmt: skip
async def download(
    found: Seen,
    aid: AttachmentId,
    db: Look,
    the: The,
    request: Request,
    asked: Range = None,
    if_range: IfRange = None,
) -> Response:
    return await handed_out(await _file(db, found, aid), the, request, asked, if_range)


class Kept(Protocol):
    """What a download is made from."""

    @property
    def filename(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def sha256(self) -> str: ...
    @property
    def scan(self) -> str: ...
    @property
    def blob(self) -> str: ...
    @property
    def media_type(self) -> str: ...


async def handed_out(
    file: Kept, the: Runtime, request: Request, asked: str | None, if_range: str | None
) -> Response:
    """The bytes of a file, whole or the range asked for. Raises FileInfected, ScanPending, FileMissing."""
    _insist_on_verdict(file)
    headers = _headers(file)
    held = request.headers.get("if-none-match")
    if held is not None and matches(held, file.sha256):
        return Response(status_code=304, headers=headers)
    is_current = if_range is None or if_range.strip() == f'"{file.sha256}"'  # a weak tag never is (13.1.5)
    span = span_of(asked, file.size) if is_current else None
    start, end = span or (0, file.size)
    headers["Content-Length"] = str(end - start)
    if span is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    status = 200 if span is None else 206
    try:
        # found before the answer begins, so that what is missing is a problem and not a broken download
        pieces = await the.blobs.opened(file.blob, start, end)
    except BlobMissing:
        raise FileMissing(sha256=file.sha256) from None
    if not request.scope.get("content_wanted", True):
        return Response(status_code=status, headers=headers, media_type=file.media_type)
    return StreamingResponse(pieces, status, headers=headers, media_type=file.media_type)


@router.delete("/{aid}", status_code=204, operation_id="removeAttachment",
               summary="Take a file out of a draft")  # fmt: skip
async def remove(
    reference: RequestRef, aid: AttachmentId, db: Tx, actor: Caller, if_match: IfMatch, the: The
) -> Response:
    found = await drafts.own_draft(db, actor, reference)
    file = await _file(db, found, aid)
    insist(if_match, tag_of(file))
    await service.remove(db, actor, found, file, the.now())
    # the bytes go after the commit: a refused commit must not leave a record without them
    return Response(status_code=204, background=BackgroundTask(service.discard, the.blobs, file.blob))


async def _file(db: AsyncConnection, found: DesignationRequest, attachment_id: UUID) -> Attachment:
    file = await attachments.find(db, found.id, attachment_id)
    if file is None:
        raise NotFound
    return file


def _insist_on_verdict(file: Kept) -> None:
    """Raises FileInfected, ScanPending: what a scanner is there to judge is not handed out unjudged."""
    if file.scan == Scan.INFECTED:
        raise FileInfected
    if file.scan == Scan.PENDING:
        raise ScanPending(headers={"Retry-After": "60"})


def _headers(file: Kept) -> dict[str, str]:
    digest = base64.b64encode(bytes.fromhex(file.sha256)).decode()
    return {
        "ETag": f'"{file.sha256}"',
        "Accept-Ranges": "bytes",
        "Repr-Digest": f"sha-256=:{digest}:",  # RFC 9530
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": disposition(file.filename),
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }


def shown(file: Attachment) -> dict[str, Any]:
    return {
        "id": file.id,
        "filename": file.filename,
        "size": file.size,
        "sha256": file.sha256,
        "media_type": file.media_type,
        "kind": file.kind,
        "description": file.description,
        "scan": file.scan,
        "created_at": instant(file.created_at),
    }


def tag_of(file: Attachment) -> str:
    """From what can change of a file, and what tells files apart."""
    return f"{file.id.hex}-{file.scan}"


def disposition(filename: str) -> str:
    """Always a download, with the name in both forms of RFC 6266."""
    plain = "".join(
        char if char.isascii() and char.isprintable() and char not in '"\\%;' else "_" for char in filename
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
