"""Broadcasts: what the program says to many at once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Limit, Look, The, Tx, in_utc, rfc3339
from app.api.moves import desk_of
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.payloads import In, Out
from app.api.sight import Staff
from app.api.work import Transacted
from app.domain.shapes import Name, Prose
from app.services import broadcasts
from app.services.broadcasts import Broadcast
from app.services.journal import instant
from app.store import broadcasts as store

router = APIRouter(prefix="/v1/broadcasts", route_class=Transacted, tags=["mailbox"])
At = Annotated[AwareDatetime, BeforeValidator(rfc3339), AfterValidator(in_utc)]


class BroadcastIn(In):
    """One message to every applicant, to all staff, or to both."""

    subject: Name
    text: Prose
    audience: Literal["applicants", "staff", "everyone"]
    from_: At | None = Field(None, alias="from", description="When it is sent; now where there is none")
    until: At | None = Field(None, description="Applicants that register until then get it, too")


class BroadcastOut(Out):
    id: UUID
    subject: str
    text: str
    audience: Literal["applicants", "staff", "everyone"]
    from_: datetime = Field(alias="from")
    until: datetime | None
    created_at: datetime
    author: Any = Field(description="Id and name of who sent it")
    reached: int = Field(description="Mailboxes that have it so far")
    finished_at: datetime | None


class BroadcastPage(Out):
    items: list[BroadcastOut]
    next_cursor: str | None


def _view(kept: Mapping[str, Any], author: str) -> dict[str, Any]:
    return {
        "id": kept["id"],
        "subject": kept["subject"],
        "text": kept["text"],
        "audience": kept["audience"],
        "from": instant(kept["from_at"]),
        "until": kept["until_at"] and instant(kept["until_at"]),
        "created_at": instant(kept["created_at"]),
        "author": {"id": kept["created_by"], "name": author},
        "reached": kept["reached"],
        "finished_at": kept["finished_at"] and instant(kept["finished_at"]),
    }


@router.post("", status_code=201, response_model=BroadcastOut, responses={404: {}}, operation_id="broadcast",
             summary="Write to every applicant, all staff, or both")  # fmt: skip
async def send_broadcast(body: BroadcastIn, db: Tx, actor: Staff, the: The) -> Response:
    said = Broadcast(body.subject, body.text, body.audience, body.from_, body.until)
    kept = await broadcasts.announce(desk_of(db, actor, the), said)
    return answer(_view(kept, actor.name), 201)


@router.get("", response_model=BroadcastPage, responses={404: {}}, operation_id="listBroadcasts",
            summary="What was broadcast, newest first, and how far it has come")  # fmt: skip
async def list_broadcasts(
    request: Request, db: Look, actor: Staff, the: The, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    broadcasts.insist_on_right(actor)
    listing = listing_of(request, actor.person_id)
    after = opened(the.keyring, listing, cursor)
    rows = await store.page(db, UUID(after[0]) if after else None, limit + 1)
    return page(
        request,
        rows,
        limit,
        lambda row: sealed(the.keyring, listing, [row.id]),
        lambda row: _view({**row._mapping}, row.name),  # noqa: SLF001 - the public name of a row's mapping
    )
