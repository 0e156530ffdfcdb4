"""Dead letters, for administrators of the program: what was given up, and why; never what it held."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Limit, Look, The, Tx
from app.api.moves import desk_of
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.payloads import Out
from app.api.staff import Administrator
from app.api.work import Transacted
from app.services import dead_letters
from app.services.journal import instant
from app.store import dead_letters as store
from app.store.columns import Record
from app.store.dead_letters import Place

router = APIRouter(prefix="/v1/program/dead-letters", route_class=Transacted, tags=["program"])


class DeadLetterOut(Out):
    id: UUID
    kind: str
    lane: str
    attempts: int
    last_error: str | None
    created_at: datetime
    at: datetime


class DeadLetterPage(Out):
    items: list[DeadLetterOut]
    next_cursor: str | None


class RevivalOut(Out):
    id: UUID
    kind: str
    lane: str
    status: Literal["pending"]


def _view(row: Record) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "lane": row.lane,
        "attempts": row.attempts,
        "last_error": row.last_error,
        "created_at": instant(row.created_at),
        "at": instant(row.settled_at),
    }


@router.get("", response_model=DeadLetterPage, responses={404: {}}, operation_id="listDeadLetters",
            summary="Mail, webhooks and timers that were given up, the latest first")  # fmt: skip
async def list_dead(
    request: Request,
    actor: Administrator,
    db: Look,
    the: The,
    kind: Annotated[str | None, Query(pattern=r"^[a-z_]{1,20}$", description="As mail or webhook.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    listing = listing_of(request, actor.key_id or actor.person_id)
    after = opened(the.keyring, listing, cursor)
    before = Place(datetime.fromisoformat(after[0]), UUID(after[1])) if after else None
    found = await store.page(db, kind, before, limit + 1)

    def seal(row: Record) -> str:
        return sealed(the.keyring, listing, [instant(row.settled_at), row.id])

    return page(request, found, limit, seal, _view)


@router.post("/{id}/revivals", status_code=201, response_model=RevivalOut, operation_id="reviveDeadLetter",
             summary="Let a dead letter begin anew")  # fmt: skip
async def revive(id: UUID, actor: Administrator, db: Tx, the: The) -> Response:
    found = await dead_letters.revive(desk_of(db, actor, the), id)
    view = {"id": found.id, "kind": found.kind, "lane": found.lane, "status": "pending"}
    return answer(view, 201)
