"""The record of a request: receipt, journal and events, timeline, clock."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Caller, Limit, Look, The
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.record_shapes import ClockOut, EntryPage, ReceiptOut, Timeline
from app.api.sight import Seen
from app.api.work import Transacted
from app.domain import chain, exact_json
from app.domain.errors import NotFound
from app.services import clocks, records
from app.store import exchanges, filings

router = APIRouter(prefix="/v1/designation-requests", route_class=Transacted, tags=["records"])


@router.get(
    "/{reference}/receipt",
    response_model=ReceiptOut,
    operation_id="getReceipt",
    summary="The signed deposit receipt",
)
async def get_receipt(found: Seen, db: Look) -> Response:
    kept = await filings.latest(db, found.id)
    if kept is None:
        raise NotFound("There is no receipt before the request is submitted.")
    body = {"receipt": exact_json.raw(kept.receipt), "signature": exact_json.raw(kept.receipt_signature)}
    return answer(body, etag=kept.digest[:32])


@router.get(
    "/{reference}/events",
    response_model=EntryPage,
    operation_id="listRequestEvents",
    summary="The journal, for your audience",
)
async def list_journal(
    request: Request,
    found: Seen,
    db: Look,
    actor: Caller,
    the: The,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    listing = listing_of(request, actor.key_id or actor.person_id)
    after = opened(the.keyring, listing, cursor)
    rows = await records.entries_of(db, found, actor, after[0] if after else 0, limit + 1)

    return page(
        request,
        rows,
        limit,
        lambda row: sealed(the.keyring, listing, [records.link_of(row, actor).seq]),
        lambda row: link_shown(records.link_of(row, actor)),
    )


def link_shown(link: chain.Link) -> dict[str, Any]:
    return {"seq": link.seq, "digest": link.digest, "link": link.link, "entry": link.body}


@router.get(
    "/{reference}/timeline",
    response_model=Timeline,
    operation_id="getTimeline",
    summary="What happened, in words",
)
async def get_timeline(found: Seen, db: Look, actor: Caller) -> Response:
    entries = await records.entries_of(db, found, actor)
    passages = await exchanges.passages(db, actor, found.id)
    return answer({"items": records.story(entries, passages, actor), "next_cursor": None})


@router.get(
    "/{reference}/clock",
    response_model=ClockOut,
    operation_id="getClock",
    summary="Every day of the statutory clock accounted for",
)
async def get_clock(found: Seen, db: Look, actor: Caller, the: The) -> Response:
    return answer(clocks.view(found, await records.entries_of(db, found, actor), actor, the.now()))
