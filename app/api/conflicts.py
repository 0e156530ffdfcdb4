"""Conflicts of interest: declared by a member of staff for themselves, for good."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Limit, Look, RequestRef, The, Tx
from app.api.moves import desk_of
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.payloads import In, Out
from app.api.sight import SeenInside, Staff
from app.api.work import Transacted
from app.domain.shapes import Passage
from app.services import recusal
from app.services.journal import instant
from app.store import assignments
from app.store.columns import Record

router = APIRouter(
    prefix="/v1/designation-requests/{reference}/conflicts", route_class=Transacted, tags=["desk"]
)


class ConflictIn(In):
    """From then on the request does not exist for whoever declares it, in any channel."""

    reason: Passage | None = None


class ConflictOut(Out):
    person_id: UUID
    name: str
    reason: str | None
    declared_at: datetime


class ConflictPage(Out):
    items: list[ConflictOut]
    next_cursor: str | None


def view(row: Record) -> dict[str, Any]:
    return {
        "person_id": row.person_id,
        "name": row.name,
        "reason": row.reason,
        "declared_at": instant(row.declared_at),
    }


@router.get("", response_model=ConflictPage, operation_id="listConflicts",
            summary="Who declared a conflict of interest on a request")  # fmt: skip
async def list_conflicts(
    request: Request,
    found: SeenInside,
    db: Look,
    actor: Staff,
    the: The,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    listing = listing_of(request, actor.key_id or actor.person_id)
    after = opened(the.keyring, listing, cursor)
    rows = await assignments.conflicts_of(db, found.id, UUID(after[0]) if after else None, limit + 1)
    return page(request, rows, limit, lambda row: sealed(the.keyring, listing, [row.person_id]), view)


@router.post("", status_code=201, response_model=ConflictOut, operation_id="declareConflict",
             summary="Declare a conflict of interest of your own; it is for good")  # fmt: skip
async def declare_conflict(
    actor: Staff, reference: RequestRef, body: ConflictIn, db: Tx, the: The
) -> Response:
    desk = desk_of(db, actor, the)
    await recusal.declare(desk, reference, body.reason)
    declared = {
        "person_id": actor.person_id,
        "name": actor.name,
        "reason": body.reason,
        "declared_at": instant(desk.now),  # the record's own: the clock has gone on since
    }
    return answer(declared, 201)
