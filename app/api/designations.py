"""Designations: the list, one of them, its history, its place in the public register, counsel's sign-offs."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Caller, IfMatch, Limit, Look, The, Tx, insist
from app.api.designation_shapes import (
    DesignationOut,
    DesignationPage,
    DesignationRef,
    HistoryPage,
    PublicationIn,
    PublicationOut,
    PublicPage,
    SignOffIn,
    SignOffOut,
    SignOffPage,
)
from app.api.designation_sight import Seen, SeenByStaff, SeenWhole
from app.api.designation_views import publication, published, remembered, shown
from app.api.moves import desk_of
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.tags import tag_of
from app.api.work import Transacted
from app.domain.calendars import civil_date
from app.domain.designation_lifecycle import State
from app.services import publication as consents
from app.services import sign_offs
from app.services.designations import own_of
from app.services.journal import instant
from app.services.publication import Consent
from app.store import designation_records
from app.store import designations as store

router = APIRouter(prefix="/v1/designations", route_class=Transacted, tags=["designations"])
register = APIRouter(prefix="/v1/public/designations", route_class=Transacted, tags=["designations"])


@router.get("", response_model=DesignationPage, operation_id="listDesignations",
            summary="The designations you hold, are authorized for, or are offered, newest first")  # fmt: skip
async def list_designations(
    request: Request,
    db: Look,
    actor: Caller,
    the: The,
    status: State | None = None,
    holder: Annotated[UUID | None, Query(description="Id of the applicant that holds it.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    desk = desk_of(db, actor, the)
    listing = listing_of(request, actor.key_id or actor.person_id)
    after = opened(the.keyring, listing, cursor)
    given = {"state": status and status.value, "holder_id": holder}
    wanted = {name: value for name, value in given.items() if value is not None}
    visible = store.visible_to(actor, desk.now, civil_date(desk.now))
    found = await store.page(db, visible, wanted, after[0] if after else None, limit + 1)
    views = {each.id: view for each, view in zip(found, await shown(desk, found), strict=True)}
    return page(
        request,
        found,
        limit,
        lambda each: sealed(the.keyring, listing, [each.number]),
        lambda each: views[each.id],
    )


@router.get("/{designation}", response_model=DesignationOut, operation_id="getDesignation",
            summary="One designation: whole for its holder, else the part you are authorized for")  # fmt: skip
async def get_designation(found: Seen, db: Look, actor: Caller, the: The) -> Response:
    [view] = await shown(desk_of(db, actor, the), [found])
    return answer(view, etag=tag_of(view))


@router.get("/{designation}/history", response_model=HistoryPage, operation_id="listDesignationHistory",
            summary="What happened; a holder reads the time in which it held")  # fmt: skip
async def list_history(
    request: Request, found: SeenWhole, db: Look, actor: Caller, the: The, limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:  # fmt: skip
    listing = listing_of(request, actor.key_id or actor.person_id)
    after = opened(the.keyring, listing, cursor)
    rows = await designation_records.history(
        db, found.id, own_of(actor), UUID(after[0]) if after else None, limit + 1
    )
    return page(
        request,
        rows,
        limit,
        lambda row: sealed(the.keyring, listing, [row.id]),
        lambda row: remembered(row, actor),
    )


@router.get("/{designation}/publication", response_model=PublicationOut, operation_id="getPublication",
            summary="Whether the holder agreed to publish it")  # fmt: skip
async def get_publication(found: SeenWhole) -> Response:
    view = publication(found)
    return answer(view, etag=tag_of(view))


@router.put("/{designation}/publication", response_model=PublicationOut, operation_id="putPublication",
            summary="Agree to publish it, or withdraw that at once")  # fmt: skip
async def put_publication(
    designation: DesignationRef, body: PublicationIn, db: Tx, actor: Caller, the: The, if_match: IfMatch
) -> Response:
    consent = Consent(body.public, body.as_of, body.statement)
    after = await consents.agree(
        desk_of(db, actor, the),
        designation,
        consent,
        lambda found: insist(if_match, tag_of(publication(found))),
    )
    view = publication(after)
    return answer(view, etag=tag_of(view))


def _sign_off(row: Any) -> dict[str, Any]:
    kept = row if isinstance(row, dict) else row._mapping  # noqa: SLF001 - SQLAlchemy's own name
    view = {name: kept[name] for name in ("id", "note", "by")}
    return {**view, "for": kept["purpose"], "at": instant(kept["at"])}


@router.get("/{designation}/counsel-sign-offs", response_model=SignOffPage,
            operation_id="listCounselSignOffs", summary="Counsel's sign-offs; the program only")  # fmt: skip
async def list_sign_offs(
    request: Request, found: SeenByStaff, db: Look, actor: Caller, the: The, limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:  # fmt: skip
    listing = listing_of(request, actor.key_id or actor.person_id)
    after = opened(the.keyring, listing, cursor)
    rows = await designation_records.sign_offs_of(db, found.id, UUID(after[0]) if after else None, limit + 1)
    return page(request, rows, limit, lambda row: sealed(the.keyring, listing, [row.id]), _sign_off)


@router.post("/{designation}/counsel-sign-offs", status_code=201, response_model=SignOffOut,
             operation_id="signOffDesignation", summary="Counsel signs off an end or a graduation")  # fmt: skip
async def sign_off(designation: DesignationRef, body: SignOffIn, db: Tx, actor: Caller, the: The) -> Response:
    view = _sign_off(await sign_offs.sign_off(desk_of(db, actor, the), designation, body.purpose, body.note))
    return answer(view, 201, etag=tag_of(view))


@register.get("", response_model=PublicPage, operation_id="listPublicDesignations",
              summary="The designations whose holders agreed to publish them")  # fmt: skip
async def list_public(
    request: Request, db: Look, the: The, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    listing = listing_of(request, "public")
    after = opened(the.keyring, listing, cursor)
    found = await store.public_page(db, civil_date(the.now()), after[0] if after else None, limit + 1)
    return page(request, found, limit, lambda each: sealed(the.keyring, listing, [each.number]), published)
