"""Transitions of many requests in one call, each with a result of its own."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Caller, The, Tx
from app.api.move_shapes import BulkIn, BulkItem, BulkOut
from app.api.moves import Preview, call_of, desk_of
from app.api.problems import told
from app.api.views import summary
from app.api.work import Transacted
from app.domain.errors import DomainError, NotFound
from app.services.transitions import Desk, advance
from app.services.verbs import VERBS
from app.store import requests

router = APIRouter(prefix="/v1/designation-requests", route_class=Transacted, tags=["workflow"])


@router.post("/bulk-transitions", response_model=BulkOut, responses={404: {}}, operation_id="makeBulkTransitions",
             summary="Move many requests; each item succeeds or is refused for itself")  # fmt: skip
async def make_many(
    body: BulkIn, request: Request, db: Tx, actor: Caller, the: The, preview: Preview = False
) -> Response:
    if not actor.is_staff:
        raise NotFound
    desk = desk_of(db, actor, the)
    results: dict[int, dict[str, Any]] = {}
    # in one order in every call, by id or by number, so that two of them never wait for each other
    places = await requests.places_of(db, (each.reference for each in body.items))
    for place, item in sorted(enumerate(body.items), key=lambda each: places[each[1].reference]):
        results[place] = await _one(desk, item, request, preview=preview)
    return answer({"items": [results[place] for place in range(len(body.items))]})


async def _one(desk: Desk, item: BulkItem, request: Request, *, preview: bool) -> dict[str, Any]:
    """The item in a savepoint of its own: refused, it leaves nothing behind."""
    call = call_of(item.transition, preview=preview)
    try:
        async with desk.db.begin_nested():
            outcome = await advance(desk, item.reference, call, VERBS)
    except DomainError as refusal:
        problem = told(request, refusal)
        return {"reference": item.reference, "status": problem["status"], "problem": problem}
    return {
        "reference": item.reference,
        "status": 200,
        "request": summary(outcome.after, desk.actor),
    }
