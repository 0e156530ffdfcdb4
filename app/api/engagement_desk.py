"""What is done beside moving an engagement: its lead, words to its requester, links to requests, graduation."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Caller, Limit, Look, The, Tx
from app.api.engagement_shapes import (
    EngagementAssignmentIn,
    EngagementLinkIn,
    EngagementOut,
    EngagementUpdateIn,
    GraduationEntry,
    GraduationEntryIn,
    GraduationLog,
)
from app.api.engagement_views import EngagementRef, SeenEngagement, etag_of, whole
from app.api.moves import desk_of
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.work import Transacted
from app.domain.errors import NotPermitted
from app.services import engagement_updates, engagements, graduation
from app.services.graduation import Observation
from app.services.journal import instant
from app.store import engagement_records

router = APIRouter(prefix="/v1/engagements/{engagement}", route_class=Transacted, tags=["engagements"])


@router.post("/assignments", status_code=201, response_model=EngagementOut, operation_id="assignEngagement",
             summary="Give an engagement its lead inside the program; its requester sees nothing of it")  # fmt: skip
async def assign(
    engagement: EngagementRef, body: EngagementAssignmentIn, db: Tx, actor: Caller, the: The
) -> Response:
    assigned = await engagements.assign(desk_of(db, actor, the), engagement, body.person_id)
    return answer(await whole(db, assigned, actor), 201, etag=etag_of(assigned, actor))


@router.post("/updates", status_code=201, response_model=EngagementOut, operation_id="sendEngagementUpdate",
             summary="Send the requester an update now; the days to the next one begin anew")  # fmt: skip
async def send_update(
    engagement: EngagementRef, body: EngagementUpdateIn, db: Tx, actor: Caller, the: The
) -> Response:
    every = timedelta(days=the.settings.engagement_update_days)
    told = await engagement_updates.send_now(desk_of(db, actor, the), engagement, every, body.text)
    return answer(await whole(db, told, actor), 201, etag=etag_of(told, actor))


@router.post("/links", status_code=201, response_model=EngagementOut, operation_id="linkEngagement",
             summary="Note that a designation request came of it; none needs such a link")  # fmt: skip
async def link(
    engagement: EngagementRef, body: EngagementLinkIn, db: Tx, actor: Caller, the: The
) -> Response:
    linked = await engagements.link(desk_of(db, actor, the), engagement, body.designation_request)
    return answer(await whole(db, linked, actor), 201, etag=etag_of(linked, actor))


@router.get("/graduation-log", response_model=GraduationLog, operation_id="listGraduationEntries",
            summary="How near the technology is to standard assessment; for the program")  # fmt: skip
async def list_entries(
    request: Request,
    found: SeenEngagement,
    db: Look,
    actor: Caller,
    the: The,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    if not actor.is_staff:
        raise NotPermitted("This log is for the program to read.")
    listing = listing_of(request, actor.key_id or actor.person_id)
    after = opened(the.keyring, listing, cursor)
    rows = await engagement_records.graduation(db, found.id, UUID(after[0]) if after else None, limit + 1)
    return page(
        request,
        rows,
        limit,
        lambda row: sealed(the.keyring, listing, [str(row.id)]),
        lambda row: _shown(row._asdict()),
    )


@router.post("/graduation-log", status_code=201, response_model=GraduationEntry,
             operation_id="addGraduationEntry",
             summary="Note how near the technology is to standard assessment; never changed afterwards")  # fmt: skip
async def add_entry(
    engagement: EngagementRef, body: GraduationEntryIn, db: Tx, actor: Caller, the: The
) -> Response:
    criteria = body.criteria
    seen = Observation(
        body.statement,
        criteria.approvals_with_it,
        criteria.assessors_trained,
        criteria.experience,
        body.ready,
    )
    return answer(_shown(await graduation.note(desk_of(db, actor, the), engagement, seen)), 201)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "statement": row["statement"],
        "criteria": {name: row[name] for name in ("approvals_with_it", "assessors_trained", "experience")},
        "ready": bool(row["ready"]),
        "by": row["by"],
        "at": instant(row["at"]),
    }
