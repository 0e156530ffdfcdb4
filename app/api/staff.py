"""People of the program, for its administrators."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import Field, model_validator
from starlette.responses import Response

from app.api.address_shapes import AddressOut, shown_address
from app.api.answers import answer
from app.api.deps import Caller, IfMatch, Limit, Look, The, Tx, insist
from app.api.moves import desk_of
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.payloads import Email, In, Out, PersonName
from app.api.runtime import runtime_of
from app.api.tags import tag_of
from app.api.work import Transacted
from app.domain.errors import NotFound
from app.domain.policy import STAFF_ROLES, Actor, Role
from app.domain.shapes import Flag
from app.services import staff
from app.services.journal import instant
from app.services.staff import Recruit, Terms
from app.store import people
from app.store.columns import Record

router = APIRouter(prefix="/v1/staff", route_class=Transacted, tags=["staff"])
StaffRole = Literal["coordinator", "reviewer", "consultant", "signatory", "counsel", "auditor", "admin"]
StaffRoles = Annotated[list[StaffRole], Field(min_length=1, max_length=len(STAFF_ROLES))]
Center = Literal["CDER", "CBER"]


class StaffIn(In):
    name: PersonName
    email: Email
    roles: StaffRoles
    center: Center | None = None


class StaffPatch(In):
    """JSON Merge Patch (RFC 7396); null removes the center."""

    name: PersonName | None = None
    roles: StaffRoles | None = None
    center: Center | None = None
    active: Flag | None = Field(None, description="false closes the account: its keys open nothing any more")

    @model_validator(mode="after")
    def _keeps_what_it_needs(self) -> Self:
        needed = ("name", "roles", "active")
        if any(name in self.model_fields_set and getattr(self, name) is None for name in needed):
            raise ValueError("name, roles and active cannot be removed")
        return self


class StaffOut(Out):
    id: UUID
    name: str
    email: str
    address: AddressOut = Field(description="Whether mail reaches it")
    roles: list[StaffRole]
    center: Center | None
    active: bool
    created_at: datetime


class NewStaffOut(StaffOut):
    api_key: str = Field(description="Shown this once")
    password: str = Field(description="Shown this once")


class ChangedStaffOut(StaffOut):
    api_key: str | None = Field(None, description="Only where the account was opened again; shown this once")


class StaffPage(Out):
    items: list[StaffOut]
    next_cursor: str | None


def _view(row: Record) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "email": row.email,
        "address": shown_address(row),
        "roles": row.staff_roles.split(),
        "center": row.center,
        "active": bool(row.active),
        "created_at": instant(row.created_at),
    }


async def _administrator(actor: Caller) -> Actor:
    """Raises NotFound for applicants, to whom the program has no people, NotPermitted for other staff."""
    if not actor.is_staff:
        raise NotFound
    staff.administers(actor)
    return actor


Administrator = Annotated[Actor, Depends(_administrator)]


async def _first_password(_: Administrator, request: Request) -> tuple[str, str]:
    """A password and its hash, made before any transaction is open."""
    password = staff.new_password()
    return password, await runtime_of(request).passwords.hash(password)


@router.get(
    "",
    response_model=StaffPage,
    responses={404: {}},
    operation_id="listStaff",
    summary="The people of the program",
)
async def list_staff(
    request: Request, actor: Administrator, db: Look, the: The, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    listing = listing_of(request, actor.key_id or actor.person_id)
    after = opened(the.keyring, listing, cursor)
    rows = await people.staff_page(db, UUID(after[0]) if after else None, limit + 1)
    return page(request, rows, limit, lambda row: sealed(the.keyring, listing, [row.id]), _view)


@router.post("", status_code=201, response_model=NewStaffOut, responses={404: {}}, operation_id="addStaff",
             summary="Add a person with a first key and password, shown once")  # fmt: skip
async def add_staff(
    request: Request,
    body: StaffIn,
    first: Annotated[tuple[str, str], Depends(_first_password)],
    actor: Administrator,
    db: Tx,
    the: The,
) -> Response:
    password, hashed = first
    recruit = Recruit(body.name, body.email, tuple(Role(role) for role in body.roles), hashed, body.center)
    person_id, key = await staff.hire(desk_of(db, actor, the), recruit)
    view = _view(await _found(db, person_id))
    request.scope["work"].seals_answer = True
    whole = {**view, "api_key": key.text, "password": password}
    return answer(whole, 201, etag=tag_of(view), headers={"Location": f"/v1/staff/{person_id}"})


@router.get("/{id}", response_model=StaffOut, operation_id="getStaff", summary="One person of the program")
async def get_staff(id: UUID, _: Administrator, db: Look) -> Response:
    return answer(_view(await _found(db, id)))


@router.patch("/{id}", response_model=ChangedStaffOut, operation_id="changeStaff",
              summary="Change roles or center, or close the account; the last administrator stays")  # fmt: skip
async def change_staff(
    id: UUID, body: StaffPatch, actor: Administrator, db: Tx, the: The, if_match: IfMatch
) -> Response:
    desk = desk_of(db, actor, the)
    before = await staff.for_change(desk, id)
    insist(if_match, tag_of(_view(before)))
    patched = {**_view(before), **body.model_dump(exclude_unset=True)}
    roles = frozenset(Role(role) for role in patched["roles"])
    terms = Terms(patched["name"], roles, patched["center"], patched["active"])
    key = await staff.change(desk, before, terms)
    view = _view(await _found(db, id))
    shown_once = {} if key is None else {"api_key": key.text}
    return answer({**view, **shown_once}, etag=tag_of(view))


async def _found(db: Any, person_id: UUID) -> Record:
    row = await people.member_of_staff(db, person_id)
    if row is None:
        raise NotFound
    return row
