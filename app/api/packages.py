"""The package of a request: its whole record in one archive, for the audience that asks."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from app.api import package_record
from app.api.answers import matches
from app.api.deps import Caller, Look, The
from app.api.package_members import UNJUDGED, Packer
from app.api.package_record import Record
from app.api.runtime import Runtime
from app.api.sight import Seen
from app.api.work import Transacted, Work
from app.domain import packages
from app.domain.packages import Contents, Member
from app.domain.policy import Actor
from app.services.journal import instant
from app.storage import archives

router = APIRouter(prefix="/v1/designation-requests", route_class=Transacted, tags=["records"])


class Zip(Response):
    """What a package is described as."""

    media_type = "application/zip"


WHOLE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": (
            "A zip archive of stored members: `manifest.json` first, signed, with size and SHA-256 of every other."
        ),
        "content": {Zip.media_type: {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get(
    "/{reference}/package",
    operation_id="getPackage",
    response_class=Zip,
    responses=WHOLE,
    summary="The whole record as a zip, for your audience",
)
async def get_package(found: Seen, db: Look, actor: Caller, the: The, request: Request) -> Response:
    record = await package_record.read(db, actor, str(found.id))
    work: Work = request.scope["work"]
    await work.pause()  # storage is asked and letters are drawn without a connection
    missing = await _missing(record, the)
    # a letter is drawn anew, which takes a while
    members = await run_in_threadpool(_packed, Packer(record, actor, the, missing))
    tag = members[0].sha256[:32]
    headers = {
        "ETag": f'"{tag}"',
        "Content-Disposition": f'attachment; filename="{record.found.number}.zip"',
        "X-Content-Type-Options": "nosniff",
    }
    held = request.headers.get("if-none-match")
    if held is not None and matches(held, tag):
        return Response(status_code=304, headers=headers)
    if not request.scope.get("content_wanted", True):
        told = Zip(headers=headers)
        del told.headers["content-length"]  # nobody knows it before the archive is written
        return told
    return StreamingResponse(archives.zipped(members), headers=headers, media_type=Zip.media_type)


async def _missing(record: Record, the: Runtime) -> frozenset[str]:
    """The blobs that storage does not have, found before the answer begins: it says so instead of breaking off."""
    wanted = [file.blob for file in record.files if file.scan not in UNJUDGED]
    there = await asyncio.gather(*(the.blobs.holds(blob) for blob in wanted))
    return frozenset(blob for blob, is_there in zip(wanted, there, strict=True) if not is_there)


def _packed(packer: Packer) -> tuple[Member, ...]:
    record, actor = packer.record, packer.actor
    members, omitted = packer.all()
    contents = Contents(
        record.found.number,
        actor.audience,
        _made_for(record, actor),
        instant(packer.as_of),
        package_record.chain_of(record, actor),
        members,
        omitted,
    )
    return packages.packed(contents, packer.the.keyring, packer.as_of)


def _made_for(record: Record, actor: Actor) -> dict[str, str]:
    """A side, not a caller: whoever of it asks gets the same bytes."""
    if actor.is_staff:
        return {"kind": "program"}
    found = record.found
    return {"kind": "applicant", "id": str(found.applicant_id), "name": found.applicant_name}
