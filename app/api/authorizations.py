"""Authorizations of a designation: given by its holder, and ended by it at once."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Caller, IfMatch, Limit, Look, The, Tx, insist
from app.api.designation_shapes import DesignationRef
from app.api.designation_sight import SeenWhole
from app.api.designation_views import authorization
from app.api.moves import desk_of
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.reliance_shapes import AuthorizationIn, AuthorizationOut, AuthorizationPage
from app.api.tags import tag_of
from app.api.work import Transacted
from app.domain.designations import Application
from app.domain.errors import NotFound
from app.services import authorizations
from app.services.authorizations import Given, Party
from app.store import authorizations as store

router = APIRouter(
    prefix="/v1/designations/{designation}/authorizations", route_class=Transacted, tags=["designations"]
)


@router.get("", response_model=AuthorizationPage, operation_id="listAuthorizations",
            summary="Whom the holder authorized, those that are over included")  # fmt: skip
async def list_authorizations(
    request: Request, found: SeenWhole, db: Look, actor: Caller, the: The, limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:  # fmt: skip
    desk = desk_of(db, actor, the)
    listing = listing_of(request, actor.key_id or actor.person_id)
    after = opened(the.keyring, listing, cursor)
    rows = await store.page(db, found.id, UUID(after[0]) if after else None, limit + 1)
    return page(
        request,
        rows,
        limit,
        lambda row: sealed(the.keyring, listing, [row.id]),
        lambda row: authorization(row, found, desk),
    )


@router.post("", status_code=201, response_model=AuthorizationOut, operation_id="giveAuthorization",
             summary="Let another person reference the data, in the same context of use")  # fmt: skip
async def give_authorization(
    designation: DesignationRef, body: AuthorizationIn, db: Tx, actor: Caller, the: The
) -> Response:
    desk = desk_of(db, actor, the)
    given = Given(
        Party(body.person.applicant_id, body.person.name, body.person.email),
        Application(body.application.kind, body.application.number),
        [each.model_dump() for each in body.items_covered],
        body.since,
        body.until,
    )
    found, row = await authorizations.give(desk, designation, given)
    view = authorization(row, found, desk)
    location = f"/v1/designations/{found.number}/authorizations/{row.id}"
    return answer(view, 201, etag=tag_of(view), headers={"Location": location})


@router.get("/{authorization_id}", response_model=AuthorizationOut, operation_id="getAuthorization",
            summary="One authorization")  # fmt: skip
async def get_authorization(
    authorization_id: UUID, found: SeenWhole, db: Look, actor: Caller, the: The
) -> Response:
    row = await store.find(db, found.id, authorization_id)
    if row is None:
        raise NotFound
    view = authorization(row, found, desk_of(db, actor, the))
    return answer(view, etag=tag_of(view))


@router.delete("/{authorization_id}", status_code=204, operation_id="revokeAuthorization",
               summary="End an authorization at once; its record stays")  # fmt: skip
async def revoke_authorization(
    designation: DesignationRef, authorization_id: UUID, db: Tx, actor: Caller, the: The, if_match: IfMatch
) -> Response:
    desk = desk_of(db, actor, the)
    await authorizations.revoke(
        desk,
        designation,
        authorization_id,
        lambda found, row: insist(if_match, tag_of(authorization(row, found, desk))),
    )
    return Response(status_code=204)
