"""API keys: a person's own, and those of an applicant's machines; each shown once, rotated with an overlap."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field
from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Caller, IfMatch, Limit, Look, Moment, The, Tx, insist
from app.api.moves import desk_of
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.payloads import PRINTABLE, In, Out
from app.api.runtime import Runtime
from app.api.tags import tag_of
from app.api.work import Transacted
from app.domain.errors import NotFound
from app.domain.policy import Actor, Scope
from app.services import keys
from app.services.applicants import managed
from app.services.journal import instant
from app.services.keys import MOST_OVERLAP, NewKey, Wish
from app.services.transitions import Desk
from app.store import api_keys as store
from app.store.columns import Record

own = APIRouter(prefix="/v1/me/api-keys", route_class=Transacted, tags=["me"])
machines = APIRouter(prefix="/v1/applicants/{id}/api-keys", route_class=Transacted, tags=["applicants"])


class KeyIn(In):
    label: Annotated[str, Field(min_length=1, max_length=100, pattern=PRINTABLE)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))] = Field(
        description="No more than your own key has; a machine's has neither requests:write nor requests:sign"
    )
    expires_at: Moment | None = None


class RotationIn(In):
    overlap_hours: Annotated[
        int,
        Field(
            ge=0,
            le=int(MOST_OVERLAP.total_seconds() // 3600),
            description="How long the old key stays good",
        ),
    ] = 24


class KeyOut(Out):
    id: UUID
    prefix: str = Field(description="The part of the key that may be shown")
    label: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="To the minute")
    replaced_by: UUID | None = Field(description="The key that a rotation made in its place")


class NewKeyOut(KeyOut):
    api_key: str = Field(description="Shown this once")


class KeyPage(Out):
    items: list[KeyOut]
    next_cursor: str | None


def _view(row: Record) -> dict[str, Any]:
    return {
        "id": row.id,
        "prefix": row.lookup,
        "label": row.label,
        "scopes": row.scopes.split(),
        "created_at": instant(row.created_at),
        "expires_at": row.expires_at and instant(row.expires_at),
        "revoked_at": row.revoked_at and instant(row.revoked_at),
        "last_used_at": row.last_used_at and instant(row.last_used_at),
        "replaced_by": row.replaced_by,
    }


def _tag(row: Record) -> str:
    """Using a key changes nothing of it."""
    return tag_of({**_view(row), "last_used_at": None})


def _wish(body: KeyIn) -> Wish:
    return Wish(body.label, frozenset(body.scopes), body.expires_at)


def _owned(actor: Actor) -> ColumnElement[bool]:
    """The caller's own keys. Raises NotFound for machines, which have none."""
    if actor.person_id is None:
        raise NotFound
    return store.of_owner(actor.person_id, None)


async def _page(
    request: Request, desk: Desk, the: Runtime, owned: ColumnElement[bool], limit: int, cursor: str | None
) -> Response:
    listing = listing_of(request, desk.actor.key_id or desk.actor.person_id)
    after = opened(the.keyring, listing, cursor)
    rows = await store.page(desk.db, owned, UUID(after[0]) if after else None, limit + 1)
    return page(request, rows, limit, lambda row: sealed(the.keyring, listing, [row.id]), _view)


async def _shown(db: AsyncConnection, owned: ColumnElement[bool], key_id: UUID) -> Response:
    found = await store.find(db, owned, key_id)
    if found is None:
        raise NotFound
    return answer(_view(found), etag=_tag(found))


async def _shown_once(
    request: Request, db: AsyncConnection, owned: ColumnElement[bool], made: NewKey, at: str
) -> Response:
    request.scope["work"].seals_answer = True
    found = await store.find(db, owned, made.id)
    assert found is not None  # noqa: S101 - made in this transaction
    body = {**_view(found), "api_key": made.text}
    return answer(body, 201, etag=_tag(found), headers={"Location": f"{at}/{made.id}"})


@own.get("", response_model=KeyPage, responses={404: {}}, operation_id="listOwnKeys", summary="Your own keys")
async def list_own(
    request: Request, db: Look, actor: Caller, the: The, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    return await _page(request, desk_of(db, actor, the), the, _owned(actor), limit, cursor)


@own.post("", status_code=201, response_model=NewKeyOut, responses={404: {}}, operation_id="makeOwnKey",
             summary="Make a further key of your own; shown once")  # fmt: skip
async def make_own(request: Request, body: KeyIn, db: Tx, actor: Caller, the: The) -> Response:
    made = await keys.make_own(desk_of(db, actor, the), _wish(body))
    return await _shown_once(request, db, _owned(actor), made, "/v1/me/api-keys")


@own.get("/{key_id}", response_model=KeyOut, operation_id="getOwnKey", summary="One key of yours")
async def get_own(key_id: UUID, db: Look, actor: Caller) -> Response:
    return await _shown(db, _owned(actor), key_id)


@own.post("/{key_id}/rotations", status_code=201, response_model=NewKeyOut,
             operation_id="rotateOwnKey", summary="Replace a key of yours, with an overlap")  # fmt: skip
async def rotate_own(
    request: Request, key_id: UUID, body: RotationIn, db: Tx, actor: Caller, the: The
) -> Response:
    desk = desk_of(db, actor, the)
    made = await keys.rotate(desk, await keys.own(desk, key_id), timedelta(hours=body.overlap_hours))
    return await _shown_once(request, db, _owned(actor), made, "/v1/me/api-keys")


@own.delete("/{key_id}", status_code=204, operation_id="revokeOwnKey",
               summary="Revoke a key of yours at once")  # fmt: skip
async def revoke_own(key_id: UUID, db: Tx, actor: Caller, the: The, if_match: IfMatch) -> Response:
    desk = desk_of(db, actor, the)
    found = await keys.own(desk, key_id)
    insist(if_match, _tag(found))
    await keys.revoke(desk, found)
    return Response(status_code=204)


@machines.get("", response_model=KeyPage, operation_id="listMachineKeys",
            summary="Keys of the applicant's machines")  # fmt: skip
async def list_machines(
    request: Request, id: UUID, db: Look, actor: Caller, the: The, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    desk = desk_of(db, actor, the)
    await managed(desk, id)
    return await _page(request, desk, the, store.of_owner(None, id), limit, cursor)


@machines.post("", status_code=201, response_model=NewKeyOut, operation_id="makeMachineKey",
             summary="Make a key for a machine of the applicant; it never signs; shown once")  # fmt: skip
async def make_machine(request: Request, id: UUID, body: KeyIn, db: Tx, actor: Caller, the: The) -> Response:
    made = await keys.make_for_machine(desk_of(db, actor, the), id, _wish(body))
    return await _shown_once(request, db, store.of_owner(None, id), made, f"/v1/applicants/{id}/api-keys")


@machines.get("/{key_id}", response_model=KeyOut, operation_id="getMachineKey",
            summary="One key of the applicant's machines")  # fmt: skip
async def get_machine(id: UUID, key_id: UUID, db: Look, actor: Caller, the: The) -> Response:
    await managed(desk_of(db, actor, the), id)
    return await _shown(db, store.of_owner(None, id), key_id)


@machines.post("/{key_id}/rotations", status_code=201, response_model=NewKeyOut,
             operation_id="rotateMachineKey", summary="Replace a machine's key, with an overlap")  # fmt: skip
async def rotate_machine(
    request: Request, id: UUID, key_id: UUID, body: RotationIn, db: Tx, actor: Caller, the: The
) -> Response:
    desk = desk_of(db, actor, the)
    found = await keys.of_machine(desk, id, key_id)
    made = await keys.rotate(desk, found, timedelta(hours=body.overlap_hours))
    return await _shown_once(request, db, store.of_owner(None, id), made, f"/v1/applicants/{id}/api-keys")


@machines.delete("/{key_id}", status_code=204, operation_id="revokeMachineKey",
               summary="Revoke a machine's key at once")  # fmt: skip
async def revoke_machine(
    id: UUID, key_id: UUID, db: Tx, actor: Caller, the: The, if_match: IfMatch
) -> Response:
    desk = desk_of(db, actor, the)
    found = await keys.of_machine(desk, id, key_id)
    insist(if_match, _tag(found))
    await keys.revoke(desk, found)
    return Response(status_code=204)
