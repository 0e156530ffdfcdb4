"""Internal notes on a request, which no applicant sees."""

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
from app.domain.shapes import Prose
from app.services import noting
from app.services.journal import instant
from app.store import notes
from app.store.columns import Record

router = APIRouter(prefix="/v1/designation-requests/{reference}/notes", route_class=Transacted, tags=["desk"])


class NoteIn(In):
    text: Prose


class NoteOut(Out):
    id: UUID
    author: Any
    text: str
    at: datetime


class NotePage(Out):
    items: list[NoteOut]
    next_cursor: str | None


def view(row: Record) -> dict[str, Any]:
    return {
        "id": row.id,
        "author": {"id": row.author_id, "name": row.name},
        "text": row.text,
        "at": instant(row.at),
    }


@router.get("", response_model=NotePage, operation_id="listNotes", summary="Internal notes, oldest first")
async def list_notes(
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
    rows = await notes.page(db, found.id, UUID(after[0]) if after else None, limit + 1)
    return page(request, rows, limit, lambda row: sealed(the.keyring, listing, [row.id]), view)


@router.post("", status_code=201, response_model=NoteOut, operation_id="writeNote",
             summary="Write an internal note; it stays as it is")  # fmt: skip
async def write_note(actor: Staff, reference: RequestRef, body: NoteIn, db: Tx, the: The) -> Response:
    kept = await noting.write(desk_of(db, actor, the), reference, body.text)
    author = {"id": actor.person_id, "name": actor.name}
    return answer({"id": kept["id"], "author": author, "text": kept["text"], "at": instant(kept["at"])}, 201)
