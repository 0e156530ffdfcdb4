"""Attachments over HTTP: streamed in, listed, read in parts, taken out of drafts."""

from typing import Annotated, Any, Literal, get_args
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Header, Path, Request
from pydantic import Field
from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from app.api.answers import answer, matches
from app.api.deps import Caller, IdempotencyKey, IfMatch, Look, RequestRef, The, Tx, insist
from app.api.multipart import Form, boundary_of
from app.api.payloads import In, Out
from app.api.runtime import Runtime
from app.api.sight import Seen
from app.api.work import Transacted, Work, claim
from app.domain import door
from app.domain.errors import (
    FileInfected,
    FileMissing,
    Flaw,
    Invalid,
    NotFound,
    RangeNotSatisfiable,
    TooLarge,
)
from app.domain.shapes import PROSE_PATTERN
from app.services import attachments as service
from app.services import drafts
from app.services.journal import instant
from app.storage.blobs import BlobMissing
from app.storage.scanning import Scan
from app.store import attachments
from app.store.attachments import Attachment

router = APIRouter(
    prefix="/v1/designation-requests/{reference}/attachments", route_class=Transacted, tags=["attachments"]
)
AttachmentKind = Literal[
    "technical_report", "protocol", "batch_summary", "model_validation",
    "authorization_letter", "cover_letter", "letter", "other",
]  # fmt: skip
ENVELOPE = 64 * 1024  # bytes a form may have beside its file
AttachmentId = Annotated[UUID, Path(description="Id of the attachment.")]


class FieldsIn(In):
    """The fields of the form beside its file."""

    kind: AttachmentKind
    description: Annotated[str, Field(max_length=2000, pattern=PROSE_PATTERN)] | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")] | None = None


class AttachmentOut(Out):
    id: UUID
    filename: str
    size: int
    sha256: str
    media_type: str
    kind: AttachmentKind
    description: str | None
    scan: Scan
    created_at: str


class AttachmentPage(Out):
    items: list[AttachmentOut]
    next_cursor: str | None


FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "kind"],
                    "additionalProperties": False,
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "The file, with its name",
                        },
                        "kind": {"type": "string", "enum": list(get_args(AttachmentKind))},
                        "description": {"type": "string", "maxLength": 2000, "pattern": PROSE_PATTERN},
                        "sha256": {
                            "type": "string",
                            "pattern": "^[0-9a-fA-F]{64}$",
                            "description": "Refused where the file arrives with another digest",
                        },
                    },
                }
            }
        },
    }
}

BINARY = {"schema": {"type": "string", "format": "binary"}}
BYTES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"*/*": BINARY}},
    206: {"description": "The range asked for", "content": {"*/*": BINARY}},
    410: {},
    416: {},
}


@router.post("", status_code=201, response_model=AttachmentOut, operation_id="attachFile",
             summary="Attach a file, streamed", openapi_extra=FORM)  # fmt: skip
async def attach(
    reference: RequestRef,
    request: Request,
    actor: Caller,
    the: The,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    boundary = boundary_of(request.headers.get("content-type", ""))
    most = the.settings.max_file_bytes
    if int(request.headers.get("content-length") or 0) > most + ENVELOPE:
        raise TooLarge(f"A file has at most {most} bytes.")
    # no transaction is open while the file arrives, which may take as long as the sender likes
    async with the.database.reading() as db:
        found = await service.may_receive(db, actor, reference, the.settings.max_files)
    form = Form(request.stream(), boundary)
    await form.until_file()
    received = await service.receive(the.blobs, the.scanner, found.id, form.filename or "", form.file(), most)
    try:
        fields = _fields(form, received.sha256)
        work: Work = request.scope["work"]
        if idempotency_key is not None:
            told = {
                **fields.model_dump(exclude={"sha256"}),
                "sha256": received.sha256,
                "filename": received.filename,
            }
            await claim(work, request, str(actor.key_id or actor.person_id), told)
        db = await work.begin()
        facts = {"kind": fields.kind, "description": fields.description}
        kept = await service.record(db, actor, found.id, received, facts, the.now())
    except BaseException:
        await the.blobs.delete(received.blob)
        raise
    return answer(shown(kept), 201, etag=tag_of(kept))


def _fields(form: Form, sha256: str) -> FieldsIn:
    """The fields, once the file has passed and all of them are there. Raises Invalid."""
    fields = door.admit(FieldsIn, form.fields)
    if fields.sha256 is not None and fields.sha256.lower() != sha256:
        raise Invalid(
            flaws=[Flaw("/sha256", "digest", "The file arrived with another SHA-256 than the one you sent.")]
        )
    return fields


@router.get(
    "", response_model=AttachmentPage, operation_id="listAttachments", summary="The files of a request"
)
async def list_attachments(found: Seen, db: Look) -> Response:
    # bounded by the published number of files a request may have, so one page holds them
    items = [shown(file) for file in await attachments.of_request(db, found.id)]
    return answer({"items": items, "next_cursor": None})


@router.get(
    "/{aid}", response_model=AttachmentOut, operation_id="getAttachment", summary="What is known of a file"
)
async def get_attachment(found: Seen, aid: AttachmentId, db: Look) -> Response:
    file = await attachments.find(db, found.id, aid)
    if file is None:
        raise NotFound
    return answer(shown(file), etag=tag_of(file))


@router.get("/{aid}/content", operation_id="downloadAttachment", summary="The bytes of a file, or a range of them",
            response_class=Response, responses=BYTES)  # fmt: skip
async def download(
    found: Seen,
    aid: AttachmentId,
    db: Look,
    the: The,
    request: Request,
    range_: Annotated[
        str | None, Header(alias="Range", max_length=100, description="One range of bytes.")
    ] = None,
    if_range: Annotated[str | None, Header(max_length=300)] = None,
) -> Response:
    file = await attachments.find(db, found.id, aid)
    if file is None:
        raise NotFound
    if file.scan == Scan.INFECTED:
        raise FileInfected
    held = request.headers.get("if-none-match")
    headers = {
        "ETag": f'"{file.sha256}"',
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": disposition(file.filename),
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    if held is not None and matches(held, file.sha256):
        return Response(status_code=304, headers=headers)
    if not await the.blobs.exists(file.blob):
        raise FileMissing(sha256=file.sha256)
    whole = range_ is None or (if_range is not None and not matches(if_range, file.sha256))
    start, end = (0, file.size) if whole or range_ is None else span_of(range_, file.size)
    headers["Content-Length"] = str(end - start)
    if not whole:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    status = 200 if whole else 206
    body = _bytes(the, file, start, None if whole else end)
    return StreamingResponse(body, status, headers=headers, media_type=file.media_type)


async def _bytes(the: Runtime, file: Attachment, start: int, end: int | None) -> Any:
    try:
        async for chunk in the.blobs.read(file.blob, start, end):
            yield chunk
    except BlobMissing:
        # it went between the look and the read: the connection is cut, which a client sees as a short body
        raise FileMissing(sha256=file.sha256) from None


@router.delete(
    "/{aid}", status_code=204, operation_id="removeAttachment", summary="Take a file out of a draft"
)
async def remove(
    reference: RequestRef, aid: AttachmentId, db: Tx, actor: Caller, if_match: IfMatch, the: The
) -> Response:
    found = await drafts.own_draft(db, actor, reference)
    file = await attachments.find(db, found.id, aid)
    if file is None:
        raise NotFound
    insist(if_match, tag_of(file))
    await service.remove(db, actor, found, file, the.now())
    # the bytes go after the commit: a refused commit must not leave a record without them
    return Response(status_code=204, background=BackgroundTask(the.blobs.delete, file.blob))


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
    return f"{file.sha256[:32]}-{file.scan}"


def disposition(filename: str) -> str:
    """Always a download, with the name in both forms of RFC 6266."""
    plain = "".join(
        char if char.isascii() and char.isprintable() and char not in '"\\%;' else "_" for char in filename
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def span_of(header: str, size: int) -> tuple[int, int]:
    """The one range of bytes asked for (RFC 9110 14.1.2), end excluded. Raises RangeNotSatisfiable."""
    unsatisfiable = RangeNotSatisfiable(headers={"Content-Range": f"bytes */{size}"})
    unit, _, spec = header.partition("=")
    first, dash, last = spec.strip().partition("-")
    digits = all(part.isascii() and (part.isdigit() or not part) and len(part) < 16 for part in (first, last))
    if unit.strip().lower() != "bytes" or not dash or not digits or not (first or last):
        raise unsatisfiable
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1 if last else size)
    if start >= size or end <= start:
        raise unsatisfiable
    return start, end
