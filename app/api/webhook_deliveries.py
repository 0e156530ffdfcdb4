"""The delivery log of an endpoint: what was sent and how it went, and sending again."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Caller, Limit, Look, The, Tx
from app.api.moves import desk_of
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.webhook_endpoints import checks_of, judged_stored
from app.api.webhook_shapes import (
    TYPE,
    DeliveryOut,
    DeliveryPage,
    DeliveryStatus,
    RecoveryIn,
    RecoveryOut,
    SampleIn,
    TestDeliveryOut,
    WholeDeliveryOut,
)
from app.api.work import Transacted
from app.domain.calendars import civil_date
from app.domain.errors import Conflict, NotFound
from app.services import recoveries, webhook_endpoints
from app.services.journal import instant
from app.services.targets import Judgement
from app.services.transitions import Desk
from app.store import webhook_log
from app.store.columns import Record
from app.store.webhook_log import STATUS_OF, Wanted

endpoints = APIRouter(prefix="/v1/webhook-endpoints/{id}", route_class=Transacted, tags=["webhooks"])
router = APIRouter(prefix="/v1/webhook-deliveries/{id}", route_class=Transacted, tags=["webhooks"])
MOST_ATTEMPTS = 100  # shown of one delivery; ten make its life, and it may be revived
A_TEST = SampleIn()


def _view(row: Record) -> dict[str, Any]:
    status = STATUS_OF[row.state]
    return {
        "id": row.id,
        "endpoint_id": row.endpoint_id,
        "event_id": row.event_id,
        "type": row.type,
        "subject": row.subject or str(row.subject_id),
        "sequence": row.sequence,
        "previous_sequence": row.previous_sequence,
        "test": row.event_id is None,
        "status": status,
        "attempt_count": row.attempts,
        "reason": row.last_error,
        "next_attempt_at": instant(row.run_at) if row.state == "ready" else None,
        "created_at": instant(row.created_at),
        "settled_at": row.settled_at and instant(row.settled_at),
    }


def _attempt(row: Record) -> dict[str, Any]:
    return {
        "number": row.number,
        "at": instant(row.at),
        "milliseconds": row.milliseconds,
        "outcome": row.outcome,
        "status_code": row.status_code,
        "reason": row.reason,
        "response": row.response,
    }


async def _found(desk: Desk, id: UUID) -> Record:
    owners = webhook_endpoints.owners(desk.actor)
    found = await webhook_log.find(desk.db, owners, id, civil_date(desk.now))
    if found is None:
        raise NotFound
    return found


def _at(id: UUID) -> dict[str, str]:
    return {"Location": f"/v1/webhook-deliveries/{id}"}


@endpoints.post("/test-deliveries", status_code=201, response_model=TestDeliveryOut,
                operation_id="sendTestDelivery",
                summary="Send an example of an event now, marked as a test")  # fmt: skip
async def send_test(
    id: UUID,
    judgement: Annotated[Judgement | None, Depends(judged_stored)],
    db: Tx,
    actor: Caller,
    the: The,
    body: SampleIn = A_TEST,
) -> Response:
    desk = desk_of(db, actor, the)
    if judgement is None:
        raise NotFound
    endpoint = await webhook_endpoints.seen(desk, id, lock=True)
    if endpoint.url != judgement.url:
        raise Conflict("The endpoint's URL has changed since the call began.")
    judgement.insist()
    made = await recoveries.send_test(desk, endpoint, body.event_type)
    view = {**_view(await _found(desk, made)), "checks": checks_of(judgement.checks)}
    return answer(view, 201, headers=_at(made))


@endpoints.get("/deliveries", response_model=DeliveryPage, operation_id="listDeliveries",
               summary="What was sent to an endpoint, newest first; kept for 90 days")  # fmt: skip
async def list_deliveries(
    request: Request,
    id: UUID,
    db: Look,
    actor: Caller,
    the: The,
    status: DeliveryStatus | None = None,
    type: Annotated[str | None, Query(max_length=81, pattern=rf"^{TYPE}$", description="Event type.")] = None,
    subject: Annotated[
        str | None,
        Query(
            max_length=60,
            pattern=r"^[A-Za-z0-9-]+$",
            description="As events name it: a number, or the id of an endpoint or thread.",
        ),
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    await webhook_endpoints.seen(desk_of(db, actor, the), id)
    listing = listing_of(request, actor.key_id or actor.person_id)
    after = opened(the.keyring, listing, cursor)
    wanted = Wanted(status, type, subject)
    found = await webhook_log.page(db, id, wanted, UUID(after[0]) if after else None, limit + 1)
    return page(request, found, limit, lambda row: sealed(the.keyring, listing, [row.id]), _view)


@endpoints.post("/recoveries", status_code=201, response_model=RecoveryOut, operation_id="recoverDeliveries",
                summary="Send what the endpoint missed since an instant")  # fmt: skip
async def recover(id: UUID, body: RecoveryIn, db: Tx, actor: Caller, the: The) -> Response:
    recovered = await recoveries.recover(desk_of(db, actor, the), id, body.since)
    view = {
        "count": recovered.count,
        "since": instant(body.since),
        "through": instant(recovered.through),
        "complete": recovered.complete,
    }
    return answer(view, 201)


@router.get("", response_model=WholeDeliveryOut, operation_id="getDelivery",
            summary="One delivery with its attempts")  # fmt: skip
async def get_delivery(id: UUID, db: Look, actor: Caller, the: The) -> Response:
    found = await _found(desk_of(db, actor, the), id)
    tried = await webhook_log.attempts(db, id, MOST_ATTEMPTS)
    return answer({**_view(found), "attempts": [_attempt(each) for each in tried]})


@router.post("/redeliveries", status_code=201, response_model=DeliveryOut, operation_id="redeliver",
             summary="Send the same event once more, with the same webhook-id")  # fmt: skip
async def redeliver(id: UUID, db: Tx, actor: Caller, the: The) -> Response:
    desk = desk_of(db, actor, the)
    made = await recoveries.redeliver(desk, id)
    return answer(_view(await _found(desk, made)), 201, headers=_at(made))
