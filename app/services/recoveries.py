"""Sending again: one event that went astray, all that an endpoint missed since an instant, and a test at any time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from app.domain import exact_json
from app.domain.calendars import civil_date
from app.domain.errors import Conflict, EndpointDisabled, Flaw, Invalid, NotFound
from app.domain.identity import new_id
from app.services import sample_events, webhook_endpoints
from app.services.fan_out import KIND, Wanted, lane_of
from app.services.transitions import Desk
from app.store import deliveries, webhook_log
from app.store.columns import Record
from app.store.deliveries import A_TEST, Due, Hook
from app.store.webhook_endpoints import Endpoint
from app.store.webhook_log import Missed

FURTHEST: Final = timedelta(days=14)
MOST: Final = 2000  # events looked at in one call
TEST: Final = "webhook_endpoint.test"


@dataclass(frozen=True, slots=True)
class Recovered:
    """How many deliveries were queued, and the instant up to which there was a look; `complete`: that is now."""

    count: int
    through: datetime
    complete: bool


async def send_test(desk: Desk, endpoint: Endpoint, event_type: str | None) -> UUID:
    """Queues a delivery of no event; its id, which is also that of the CloudEvent in it."""
    _insist_on_active(endpoint)
    type = event_type or TEST
    webhook_endpoints.check_types(endpoint.applicant_id, [("/event_type", type)])
    id = new_id()
    subject = webhook_endpoints.subject_of(endpoint, 0)
    body = sample_events.body_of(type, id, subject, desk.now, desk.public_url)
    hook = Hook(endpoint.id, None, endpoint.id, A_TEST, None, type)
    payload = exact_json.encode(body).decode()
    await deliveries.put(desk.db, [Due(KIND, payload, lane_of(endpoint.id), hook=hook, id=id)], desk.now)
    return id


async def redeliver(desk: Desk, delivery_id: UUID) -> UUID:
    """Queues an event once more, at once; what still waited with it is cancelled. The new delivery's id.

    Raises NotFound, EndpointDisabled, and Conflict for what can't be sent again.
    """
    owners = webhook_endpoints.owners(desk.actor)
    found = await webhook_log.find(desk.db, owners, delivery_id, civil_date(desk.now))
    if found is None:
        raise NotFound
    endpoint = await webhook_endpoints.seen(desk, found.endpoint_id, lock=True)
    _insist_on_active(endpoint)
    if found.event_id is None:
        raise Conflict("This was a test; ask for another one.")
    if not found.is_heard:
        raise Conflict("The owner of the endpoint may no longer hear of what this event is about.")
    id = new_id()
    hook = Hook(endpoint.id, found.event_id, found.subject_id, found.sequence, found.previous_sequence)
    await webhook_log.cancel_same(desk.db, found, desk.now, f"sent again as {id}")
    await deliveries.put(desk.db, [Due(KIND, "", lane_of(endpoint.id), hook=hook, id=id)], desk.now)
    return id


async def recover(desk: Desk, endpoint_id: UUID, since: datetime) -> Recovered:
    """Queues what the endpoint wants, may hear and has not been sent since then; what is on its way is left alone.

    Raises Invalid, NotFound, EndpointDisabled.
    """
    _check_since(since, desk.now)
    # locked, so that of two calls the later one sees what the earlier has queued
    endpoint = await webhook_endpoints.seen(desk, endpoint_id, lock=True)
    _insist_on_active(endpoint)
    wanted = Wanted.of(endpoint.event_types, endpoint.statuses, endpoint.subjects)
    asked = Missed(
        endpoint.id,
        endpoint.applicant_id,
        since,
        civil_date(desk.now),
        sorted(wanted.event_types),
        sorted(wanted.subjects),
    )
    found = await webhook_log.missed(desk.db, asked, MOST + 1)
    looked_at = found[:MOST]
    due = list(_due(endpoint, wanted, looked_at))
    await deliveries.put(desk.db, due, desk.now)
    complete = len(found) <= MOST
    return Recovered(len(due), desk.now if complete else looked_at[-1].at, complete)


def _due(endpoint: Endpoint, wanted: Wanted, events: Sequence[Record]) -> Iterator[Due]:
    last: dict[UUID, int] = {}
    for each in events:
        status = exact_json.decode(each.body)["data"].get("status") if wanted.statuses else None
        if not wanted.takes(each.type, status, each.subject):
            continue
        before = [n for n in (each.last_sent, last.get(each.subject_id)) if n is not None]
        hook = Hook(endpoint.id, each.id, each.subject_id, each.sequence, max(before, default=None))
        yield Due(KIND, "", lane_of(endpoint.id), hook=hook)
        last[each.subject_id] = each.sequence


def _insist_on_active(endpoint: Endpoint) -> None:
    if endpoint.state != "active":
        raise EndpointDisabled


def _check_since(since: datetime, now: datetime) -> None:
    if since > now:
        raise Invalid(flaws=[Flaw("/since", "in-past", "Recovery looks back: give an instant in the past.")])
    if since < now - FURTHEST:
        raise Invalid(
            flaws=[Flaw("/since", "too-old", f"Recovery reaches back at most {FURTHEST.days} days.")]
        )
