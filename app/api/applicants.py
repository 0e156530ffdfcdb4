"""Applicants: those on whose behalf requests are filed."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field, model_validator
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Caller, IfMatch, Limit, Look, The, Tx, insist
from app.api.moves import desk_of
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.payloads import ApplicantIn, In, Out, PersonName
from app.api.tags import tag_of
from app.api.work import Transacted
from app.domain import door, exact_json, merge
from app.domain.identifiers import Identifiers
from app.domain.vocabulary import ApplicantType
from app.services import applicants
from app.services.applicants import Applicant
from app.services.journal import instant
from app.store import applicant_list
from app.store.applicants import find

router = APIRouter(prefix="/v1/applicants", route_class=Transacted, tags=["applicants"])


class ApplicantPatch(In):
    """JSON Merge Patch (RFC 7396); null removes a member."""

    name: PersonName | None = None
    type: ApplicantType | None = None
    type_detail: PersonName | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    identifiers: Identifiers | None = None

    @model_validator(mode="after")
    def _keeps_what_it_needs(self) -> Self:
        if any(name in self.model_fields_set and getattr(self, name) is None for name in ("name", "type")):
            raise ValueError("name and type cannot be removed")
        return self


class ApplicantOut(Out):
    id: UUID
    name: str
    type: ApplicantType
    type_detail: str | None
    country: str | None
    identifiers: Any
    created_at: datetime
    updated_at: datetime


class ApplicantPage(Out):
    items: list[ApplicantOut]
    next_cursor: str | None


def _view(row: Applicant) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "type": row.type,
        "type_detail": row.type_detail,
        "country": row.country,
        "identifiers": exact_json.raw(row.identifiers),
        "created_at": instant(row.created_at),
        "updated_at": instant(row.updated_at),
    }


def _tag(row: Applicant) -> str:
    return tag_of(_view(row))


@router.get("", response_model=ApplicantPage, operation_id="listApplicants",
            summary="The applicants you can see")  # fmt: skip
async def list_applicants(
    request: Request, db: Look, actor: Caller, the: The, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    listing = listing_of(request, actor.key_id or actor.person_id)
    after = opened(the.keyring, listing, cursor)
    rows = await applicant_list.find_page(db, actor, UUID(after[0]) if after else None, limit + 1)
    return page(request, rows, limit, lambda row: sealed(the.keyring, listing, [row.id]), _view)


@router.post("", status_code=201, response_model=ApplicantOut, operation_id="openApplicant",
             summary="Open another applicant; you become its signer")  # fmt: skip
async def open_applicant(body: ApplicantIn, db: Tx, actor: Caller, the: The) -> Response:
    sent = body.model_dump(mode="json", exclude_none=True)
    id = await applicants.open_another(desk_of(db, actor, the), sent)
    row = await find(db, id)
    assert row is not None  # noqa: S101 - made in this transaction
    return answer(_view(row), 201, etag=_tag(row), headers={"Location": f"/v1/applicants/{id}"})


@router.get("/{id}", response_model=ApplicantOut, operation_id="getApplicant", summary="One applicant")
async def get_applicant(id: UUID, db: Look, actor: Caller, the: The) -> Response:
    row = await applicants.seen(desk_of(db, actor, the), id)
    return answer(_view(row), etag=_tag(row))


@router.patch("/{id}", response_model=ApplicantOut, operation_id="changeApplicant",
              summary="Change an applicant's particulars")  # fmt: skip
async def change_applicant(
    id: UUID, body: ApplicantPatch, db: Tx, actor: Caller, the: The, if_match: IfMatch
) -> Response:
    desk = desk_of(db, actor, the)
    before = await applicants.managed(desk, id)
    insist(if_match, _tag(before))
    patch = body.model_dump(mode="json", exclude_unset=True)
    merged = merge.merge_patch(_sent(before), patch)
    whole = door.admit(ApplicantIn, merged).model_dump(mode="json", exclude_none=True)
    await applicants.change(desk, before, whole)
    row = await find(db, id)
    assert row is not None  # noqa: S101 - locked in this transaction
    return answer(_view(row), etag=_tag(row))


def _sent(row: Applicant) -> dict[str, Any]:
    """The row as it would be sent."""
    kept = {"name": row.name, "type": row.type, "type_detail": row.type_detail, "country": row.country}
    present = {name: value for name, value in kept.items() if value is not None}
    return {**present, "identifiers": exact_json.decode(row.identifiers)}
