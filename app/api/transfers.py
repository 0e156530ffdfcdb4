"""Transfers of a designation: offered by its holder, accepted by another applicant, each with a signature."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Caller, IfMatch, Limit, Look, The, Tx, insist
from app.api.designation_shapes import DesignationOut, DesignationRef
from app.api.designation_sight import Seen, proved
from app.api.designation_views import transfer, whole
from app.api.moves import desk_of
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.reliance_shapes import AcceptanceIn, TransferIn, TransferOut, TransferPage
from app.api.tags import tag_of
from app.api.work import Transacted
from app.domain.errors import NotFound
from app.services import transfers
from app.services.designations import own_of
from app.services.transfers import state_of
from app.store import transfers as store

router = APIRouter(
    prefix="/v1/designations/{designation}/transfers", route_class=Transacted, tags=["designations"]
)


async def _proved_offer(
    designation: DesignationRef, body: TransferIn, actor: Caller, request: Request
) -> None:
    await proved(designation, body.signature, actor, request)


async def _proved_acceptance(
    designation: DesignationRef, body: AcceptanceIn, actor: Caller, request: Request
) -> None:
    await proved(designation, body.signature, actor, request)


@router.get("", response_model=TransferPage, operation_id="listTransfers",
            summary="Offers that you made or received, open or over")  # fmt: skip
async def list_transfers(
    request: Request, found: Seen, db: Look, actor: Caller, the: The, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    desk = desk_of(db, actor, the)
    listing = listing_of(request, actor.key_id or actor.person_id)
    after = opened(the.keyring, listing, cursor)
    rows = await store.page(db, found.id, own_of(actor), UUID(after[0]) if after else None, limit + 1)
    return page(
        request,
        rows,
        limit,
        lambda row: sealed(the.keyring, listing, [row.id]),
        lambda row: transfer(row, state_of(row, desk)),
    )


@router.post("", status_code=201, response_model=TransferOut, operation_id="offerTransfer",
             summary="Offer the designation to another applicant; the offer stands for thirty days")  # fmt: skip
async def offer_transfer(
    designation: DesignationRef,
    body: TransferIn,
    _: Annotated[None, Depends(_proved_offer)],
    db: Tx,
    actor: Caller,
    the: The,
) -> Response:
    desk = desk_of(db, actor, the)
    row = await transfers.offer(desk, designation, body.to, body.signature.model_dump())
    view = transfer(row, state_of(row, desk))
    location = f"/v1/designations/{designation}/transfers/{row.id}"
    return answer(view, 201, etag=tag_of(view), headers={"Location": location})


@router.get("/{transfer_id}", response_model=TransferOut, operation_id="getTransfer", summary="One offer")
async def get_transfer(transfer_id: UUID, found: Seen, db: Look, actor: Caller, the: The) -> Response:
    row = await store.find(db, found.id, own_of(actor), transfer_id)
    if row is None:
        raise NotFound
    view = transfer(row, state_of(row, desk_of(db, actor, the)))
    return answer(view, etag=tag_of(view))


@router.delete("/{transfer_id}", status_code=204, operation_id="closeTransfer",
               summary="Withdraw an offer you made, or decline one you received")  # fmt: skip
async def close_transfer(
    designation: DesignationRef, transfer_id: UUID, db: Tx, actor: Caller, the: The, if_match: IfMatch
) -> Response:
    desk = desk_of(db, actor, the)
    await transfers.close(
        desk,
        designation,
        transfer_id,
        lambda row: insist(if_match, tag_of(transfer(row, state_of(row, desk)))),
    )
    return Response(status_code=204)


@router.post("/{transfer_id}/acceptances", status_code=201, response_model=DesignationOut,
             operation_id="acceptTransfer", summary="Accept the designation; you hold it from then on")  # fmt: skip
async def accept_transfer(
    designation: DesignationRef,
    transfer_id: UUID,
    body: AcceptanceIn,
    _: Annotated[None, Depends(_proved_acceptance)],
    db: Tx,
    actor: Caller,
    the: The,
) -> Response:
    desk = desk_of(db, actor, the)
    found = await transfers.accept(desk, designation, transfer_id, body.signature.model_dump())
    view = whole(found, actor)
    location = f"/v1/designations/{found.number}"
    return answer(view, 201, etag=tag_of(view), headers={"Location": location})
