"""The delivery log: what was sent to an endpoint and how it went, and which events it has yet to be sent."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, exists, func, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.policy import Audience
from app.store.columns import Record
from app.store.deliveries import A_TEST, ERROR_LENGTH, deliveries, in_state
from app.store.designations import designations
from app.store.engagements import engagements
from app.store.journal import events
from app.store.requests import requests
from app.store.webhook_endpoints import is_of_any, may_hear, webhook_attempts, webhook_endpoints

STATES: Final = {
    "pending": ("ready", "running"),
    "delivered": ("done",),
    "exhausted": ("dead",),
    "cancelled": ("cancelled",),
}
STATUS_OF: Final = {state: status for status, states in STATES.items() for state in states}
_row = deliveries.c
_NUMBERED: Final = (requests, designations, engagements)  # what events name by its number


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries are asked for; None: any."""

    status: str | None = None
    type: str | None = None
    subject: str | None = None


_log = select(
    _row.id,
    _row.endpoint_id,
    _row.event_id,
    _row.subject_id,
    _row.sequence,
    _row.previous_sequence,
    _row.state,
    _row.run_at,
    _row.attempts,
    _row.last_error,
    _row.created_at,
    _row.settled_at,
    _row.test_type,
    func.coalesce(events.c.type, _row.test_type).label("type"),
    events.c.subject,
).select_from(deliveries.outerjoin(events, events.c.id == _row.event_id))


async def page(
    db: AsyncConnection, endpoint_id: UUID, wanted: Wanted, before: UUID | None, limit: int
) -> Sequence[Record]:
    """Deliveries to an endpoint, newest first."""
    query = _log.where(_row.endpoint_id == endpoint_id, *_conditions(wanted))
    if before is not None:
        query = query.where(_row.id < before)
    return (await db.execute(query.order_by(_row.id.desc()).limit(limit))).all()


def _conditions(wanted: Wanted) -> Iterable[ColumnElement[bool]]:
    if wanted.status is not None:
        yield _row.state.in_(STATES[wanted.status])
    if wanted.type is not None:
        yield or_(events.c.type == wanted.type, _row.test_type == wanted.type)
    if wanted.subject is not None:
        yield _row.subject_id.in_(_ids_of(wanted.subject))


def _ids_of(subject: str) -> Any:
    """A subject's id by the name that events give it; only ids that a delivery holds are ever found by it."""
    try:
        return [UUID(subject)]
    except ValueError:
        return union_all(*(select(of.c.id).where(of.c.number == subject) for of in _NUMBERED))


async def find(db: AsyncConnection, owners: Collection[UUID | None], id: UUID, today: date) -> Record | None:
    """One delivery to an endpoint of these owners, and whether its event may still be heard there."""
    heard = may_hear(webhook_endpoints.c.applicant_id, events.c.applicant_id, events.c.type).label("is_heard")
    query = (
        _log.add_columns(heard)
        .join(webhook_endpoints, webhook_endpoints.c.id == _row.endpoint_id)
        .where(is_of_any(owners), _row.id == id)
    )
    return (await db.execute(query, {"today": today})).one_or_none()


async def attempts(db: AsyncConnection, delivery_id: UUID, limit: int) -> Sequence[Record]:
    """The tries of one delivery in their order; those of an earlier life of it come first."""
    tried = webhook_attempts.c
    query = select(webhook_attempts).where(tried.delivery_id == delivery_id).order_by(tried.at, tried.id)
    return (await db.execute(query.limit(limit))).all()


async def cancel_pending(db: AsyncConnection, lane: str, now: datetime, reason: str) -> None:
    """Cancels what waits in a lane. What is being tried at this moment ends as it ends."""
    await _cancel(db, _row.lane == lane, now, reason)


async def cancel_same(db: AsyncConnection, delivery: Record, now: datetime, reason: str) -> None:
    """Cancels what waits for the same endpoint with the same event."""
    same = and_(
        _row.endpoint_id == delivery.endpoint_id,
        _row.subject_id == delivery.subject_id,
        _row.sequence == delivery.sequence,
        _row.event_id == delivery.event_id,
    )
    await _cancel(db, same, now, reason)


async def _cancel(db: AsyncConnection, which: ColumnElement[bool], now: datetime, reason: str) -> None:
    values = {"state": "cancelled", "payload": "", "settled_at": now, "last_error": reason[:ERROR_LENGTH]}
    await db.execute(deliveries.update().where(which, in_state("ready")).values(**values))


@dataclass(frozen=True, slots=True)
class Missed:
    """Which events an endpoint is looked through for: all since an instant that it may hear and wants."""

    endpoint_id: UUID
    owner: UUID | None
    since: datetime
    today: date
    event_types: Collection[str] = ()  # empty: every type, and so for subjects
    subjects: Collection[str] = ()


async def missed(db: AsyncConnection, wanted: Missed, limit: int) -> Sequence[Record]:
    """Events that were not delivered to the endpoint and are not about to be, oldest first.

    `last_sent` is the sequence that the endpoint was sent last before this event of the same subject.
    """
    event = events.c
    audience = Audience.PROGRAM if wanted.owner is None else Audience.APPLICANT
    here = and_(_row.endpoint_id == wanted.endpoint_id, _row.subject_id == event.subject_id)
    settled_well = exists().where(
        here, _row.sequence == event.sequence, _row.state.in_(("ready", "running", "done"))
    )
    last_sent = (
        select(func.max(_row.sequence))
        .where(here, _row.sequence < event.sequence, _row.sequence > A_TEST)
        .correlate(events)
    ).scalar_subquery()
    query = (
        select(
            event.id, event.type, event.subject, event.subject_id, event.sequence, event.at, event.body,
            last_sent.label("last_sent"),
        )
        .where(event.audience == audience.value, event.at >= wanted.since, ~settled_well)
        .where(may_hear(literal(wanted.owner, Uuid), event.applicant_id, event.type))
        .order_by(event.at, event.subject_id, event.sequence)
        .limit(limit)
    )  # fmt: skip
    if wanted.event_types:
        query = query.where(event.type.in_(wanted.event_types))
    if wanted.subjects:
        query = query.where(event.subject.in_(wanted.subjects))
    return (await db.execute(query, {"today": wanted.today})).all()


async def forget_attempts(db: AsyncConnection, before: datetime, limit: int) -> int:
    """Drops what was logged of attempts before then, the oldest first and so many at most; how many."""
    tried = webhook_attempts.c
    oldest = select(tried.id).where(tried.at < before).order_by(tried.at).limit(limit)
    return (await db.execute(webhook_attempts.delete().where(tried.id.in_(oldest)))).rowcount
