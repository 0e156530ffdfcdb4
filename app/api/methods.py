"""Registered methods of an applicant; `content.method.method_id` names one."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Caller, IfMatch, Limit, Look, The, Tx, insist
from app.api.moves import desk_of
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.payloads import In, Out
from app.api.tags import tag_of
from app.api.work import Transacted
from app.domain import door, exact_json
from app.domain.errors import NotFound
from app.domain.shapes import CivilDate, Label, Name, Passage
from app.services import methods
from app.services.applicants import within
from app.services.journal import instant
from app.services.methods import Described
from app.store import methods as store
from app.store.columns import Record

router = APIRouter(prefix="/v1/applicants/{id}/methods", route_class=Transacted, tags=["applicants"])


class MethodVersionIn(In):
    """One version of the method."""

    version: Label = Field(description="Name of the version, as evidence items cite it")
    dated: CivilDate | None = Field(None, description="Day from which it was run")
    change_impact: Passage | None = Field(
        None, description="What the change means for evidence of earlier versions"
    )


Versions = Annotated[list[MethodVersionIn], Field(max_length=100)]


class MethodIn(In):
    name: Name
    versions: Versions = Field(default_factory=list)


class MethodPatch(In):
    """JSON Merge Patch (RFC 7396): a list replaces the one before; null empties it."""

    name: Name | None = None
    versions: Versions | None = None


class MethodOut(Out):
    id: UUID
    name: str
    versions: list[dict[str, Any]]
    created_at: datetime
    updated_at: datetime


class MethodPage(Out):
    items: list[MethodOut]
    next_cursor: str | None


def _view(row: Record) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "versions": exact_json.raw(row.versions),
        "created_at": instant(row.created_at),
        "updated_at": instant(row.updated_at),
    }


def _described(body: MethodIn) -> Described:
    sent = body.model_dump(mode="json", exclude_none=True)
    return Described(sent["name"], sent["versions"])


@router.get("", response_model=MethodPage, operation_id="listMethods",
            summary="Methods the applicant has registered")  # fmt: skip
async def list_methods(
    id: UUID, request: Request, db: Look, actor: Caller, the: The, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    await within(desk_of(db, actor, the), id)
    listing = listing_of(request, actor.key_id or actor.person_id)
    after = opened(the.keyring, listing, cursor)
    rows = await store.of_applicant(db, id, UUID(after[0]) if after else None, limit + 1)
    return page(request, rows, limit, lambda row: sealed(the.keyring, listing, [row.id]), _view)


@router.post("", status_code=201, response_model=MethodOut, operation_id="registerMethod",
             summary="Register a method, so that several requests can link to it")  # fmt: skip
async def register_method(id: UUID, body: MethodIn, db: Tx, actor: Caller, the: The) -> Response:
    made = await methods.register(desk_of(db, actor, the), id, _described(body))
    view = _view(await _found(db, id, made))
    location = f"/v1/applicants/{id}/methods/{made}"
    return answer(view, 201, etag=tag_of(view), headers={"Location": location})


@router.get("/{method_id}", response_model=MethodOut, operation_id="getMethod",
            summary="One registered method")  # fmt: skip
async def get_method(id: UUID, method_id: UUID, db: Look, actor: Caller, the: The) -> Response:
    await within(desk_of(db, actor, the), id)
    return answer(_view(await _found(db, id, method_id)))


@router.patch("/{method_id}", response_model=MethodOut, operation_id="changeMethod",
              summary="Change a registered method's name or versions")  # fmt: skip
async def change_method(
    id: UUID, method_id: UUID, body: MethodPatch, db: Tx, actor: Caller, the: The, if_match: IfMatch
) -> Response:
    desk = desk_of(db, actor, the)
    before = await methods.for_change(desk, id, method_id)
    insist(if_match, tag_of(_view(before)))
    now = {"name": before.name, "versions": exact_json.decode(before.versions)}
    merged = now | body.model_dump(mode="json", exclude_unset=True)
    kept = {name: value for name, value in merged.items() if value is not None}
    await methods.change(desk, before, _described(door.admit(MethodIn, kept)))
    view = _view(await _found(db, id, method_id))
    return answer(view, etag=tag_of(view))


async def _found(db: AsyncConnection, applicant_id: UUID, method_id: UUID) -> Record:
    row = await store.find(db, applicant_id, method_id)
    if row is None:
        raise NotFound
    return row
