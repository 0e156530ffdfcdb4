"""Mandates of an applicant: those it gave to agents, and those it holds as one."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Caller, IfMatch, Limit, Look, The, Tx, insist
from app.api.moves import desk_of
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.payloads import In, Out
from app.api.tags import tag_of
from app.api.work import Transacted
from app.domain.errors import Flaw, Invalid, NotFound
from app.domain.policy import MandateScope
from app.domain.shapes import CivilDate, OneMessage
from app.services import mandates
from app.services.applicants import within
from app.services.journal import instant
from app.services.mandates import Grant
from app.store import mandates as store
from app.store.columns import Record

router = APIRouter(prefix="/v1/applicants/{id}/mandates", route_class=Transacted, tags=["applicants"])
Scopes = Annotated[list[MandateScope], Field(min_length=1, max_length=len(MandateScope))]
ScopeOrScopes = Annotated[
    MandateScope | Scopes, OneMessage(f"one of {', '.join(MandateScope)}, or a list of them")
]


class MandateIn(In):
    """What an agent may do for you, from when until when (civil days, both inclusive)."""

    principal: UUID | None = Field(None, description="The applicant of the address, where it is given")
    agent: UUID = Field(description="The applicant that may act; it tells you its id")
    scope: ScopeOrScopes = Field(description="One, or a list; submit, respond and withdraw sign")
    since: CivilDate | None = Field(None, alias="from", description="First day; today where left out")
    until: CivilDate | None = Field(None, description="Last day; open-ended where left out")
    attachment: UUID | None = Field(None, description="A file of yours that holds the mandate in writing")


class MandateOut(Out):
    id: UUID
    principal: dict[str, Any]
    agent: dict[str, Any]
    scope: list[MandateScope]
    since: date = Field(alias="from")
    until: date | None
    attachment: UUID | None
    created_at: datetime
    ended_at: datetime | None


class MandatePage(Out):
    items: list[MandateOut]
    next_cursor: str | None


def _view(row: Record) -> dict[str, Any]:
    return {
        "id": row.id,
        "principal": {"id": row.principal_id, "name": row.principal_name},
        "agent": {"id": row.agent_id, "name": row.agent_name},
        "scope": row.scopes.split(),
        "from": row.valid_from,
        "until": row.valid_until,
        "attachment": row.attachment_id,
        "created_at": instant(row.created_at),
        "ended_at": row.revoked_at and instant(row.revoked_at),
    }


@router.get("", response_model=MandatePage, operation_id="listMandates",
            summary="Mandates the applicant gave or holds")  # fmt: skip
async def list_mandates(
    id: UUID, request: Request, db: Look, actor: Caller, the: The, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    await within(desk_of(db, actor, the), id)
    listing = listing_of(request, actor.key_id or actor.person_id)
    after = opened(the.keyring, listing, cursor)
    rows = await store.page(db, id, UUID(after[0]) if after else None, limit + 1)
    return page(request, rows, limit, lambda row: sealed(the.keyring, listing, [row.id]), _view)


@router.post("", status_code=201, response_model=MandateOut, operation_id="giveMandate",
             summary="Let an agent act for the applicant")  # fmt: skip
async def give_mandate(id: UUID, body: MandateIn, db: Tx, actor: Caller, the: The) -> Response:
    if body.principal not in (None, id):
        raise Invalid(
            flaws=[Flaw("/principal", "same-as-address", "The principal is the one in the address.")]
        )
    scopes = [body.scope] if isinstance(body.scope, MandateScope) else body.scope
    grant = Grant(body.agent, scopes, body.since, body.until, body.attachment)
    view = _view(await mandates.give(desk_of(db, actor, the), id, grant))
    location = f"/v1/applicants/{id}/mandates/{view['id']}"
    return answer(view, 201, etag=tag_of(view), headers={"Location": location})


@router.get("/{mandate_id}", response_model=MandateOut, operation_id="getMandate", summary="One mandate")
async def get_mandate(id: UUID, mandate_id: UUID, db: Look, actor: Caller, the: The) -> Response:
    await within(desk_of(db, actor, the), id)
    found = await store.find(db, id, mandate_id)
    if found is None:
        raise NotFound
    return answer(_view(found))


@router.delete("/{mandate_id}", status_code=204, operation_id="endMandate",
               summary="End a mandate at once; signers of either side can")  # fmt: skip
async def end_mandate(
    id: UUID, mandate_id: UUID, db: Tx, actor: Caller, the: The, if_match: IfMatch
) -> Response:
    desk = desk_of(db, actor, the)
    found = await mandates.for_change(desk, id, mandate_id)
    insist(if_match, tag_of(_view(found)))
    await mandates.end(desk, found)
    return Response(status_code=204)
