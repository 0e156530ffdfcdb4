"""What sending webhooks asks of the store: loading a claim's worth at once, and writing down what came of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Integer,
    String,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    null,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.identity import new_id
from app.store.batches import Batch
from app.store.columns import Instant
from app.store.deliveries import Claimed, deliveries
from app.store.journal import events
from app.store.prepared import Prepared
from app.store.webhook_endpoints import may_hear, webhook_attempts, webhook_endpoints

_endpoint = webhook_endpoints.c


class Loaded(NamedTuple):
    """All that one attempt needs, as it stands now. Secrets and headers are still sealed."""

    delivery_id: UUID
    endpoint_id: UUID
    event_id: UUID | None  # None: a test, whose body is the delivery's payload
    sequence: int
    previous_sequence: int | None
    url: str
    secrets: str
    headers: str | None
    max_per_second: int | None
    is_active: bool
    is_deleted: bool
    may_hear: bool
    is_changed: bool  # the endpoint, since the delivery was made
    event_types: str
    statuses: str
    subjects: str
    event_type: str | None
    subject: str | None
    body: str | None


async def load(db: AsyncConnection, claimed: Iterable[Claimed], today: date) -> list[Loaded]:
    """In one statement for all of them, rights included."""
    values = {"today": today, **_IDS.sent(db.dialect, ((each.id,) for each in claimed))}
    return [Loaded(*row) for row in await _load(db.dialect.name).rows(db, values)]


@cache
def _load(dialect: str) -> Prepared:
    row, wanted = deliveries.c, _IDS.table(dialect)
    is_test = row.event_id.is_(None)
    return Prepared(
        select(
            row.id,
            row.endpoint_id,
            row.event_id,
            row.sequence,
            row.previous_sequence,
            _endpoint.url,
            _endpoint.secrets,
            _endpoint.headers,
            _endpoint.max_per_second,
            (_endpoint.state == literal_column("'active'")).label("is_active"),
            _endpoint.deleted_at.is_not(None).label("is_deleted"),
            or_(is_test, may_hear(_endpoint.applicant_id, events.c.applicant_id, events.c.type)).label(
                "may_hear"
            ),
            (_endpoint.updated_at > row.created_at).label("is_changed"),
            _endpoint.event_types,
            _endpoint.statuses,
            _endpoint.subjects,
            events.c.type,
            events.c.subject,
            events.c.body,
        )
        .select_from(wanted)
        .join(deliveries, row.id == wanted.c.row_id)
        .join(webhook_endpoints, _endpoint.id == row.endpoint_id)
        .outerjoin(events, events.c.id == row.event_id)
    )


@dataclass(slots=True)
class Attempt:
    """One try, as the log keeps it."""

    delivery_id: UUID
    endpoint_id: UUID
    number: int
    at: datetime
    milliseconds: int
    outcome: str  # delivered | failed | cancelled
    status_code: int | None = None
    reason: str | None = None
    response: str | None = None


async def log(db: AsyncConnection, attempts: Iterable[Attempt]) -> None:
    """Writes them in one statement."""
    rows = (
        (
            new_id(),
            each.delivery_id,
            each.endpoint_id,
            each.number,
            each.at,
            each.milliseconds,
            each.outcome,
            each.status_code,
            each.reason,
            each.response,
        )
        for each in attempts
    )
    await _log(db.dialect.name).run(db, _ATTEMPTS.sent(db.dialect, rows))


@cache
def _log(dialect: str) -> Prepared:
    given = _ATTEMPTS.table(dialect)
    return Prepared(webhook_attempts.insert().from_select(_ATTEMPTS.names, select(*given.c)))


class Health(NamedTuple):
    """What a turn's attempts say of one endpoint: whether one succeeded, and the first failure after that."""

    endpoint_id: UUID
    succeeded: bool
    failed_at: datetime | None


async def note_health(db: AsyncConnection, found: Sequence[Health]) -> list[tuple[UUID, datetime]]:
    """Keeps since when each fails; those that began to with this turn, and since when."""
    rows = await _note_health(db.dialect.name).rows(db, _HEALTH.sent(db.dialect, sorted(found)))
    began = {each.endpoint_id: each.failed_at for each in found}
    return [(id, since) for id, since in rows if since is not None and since == began[id]]


@cache
def _note_health(dialect: str) -> Prepared:
    """Only rows that change are written; they are locked in one order, so that no two workers wait for each other."""
    found = _HEALTH.table(dialect).c
    changes = or_(
        and_(found.succeeded, _endpoint.failing_since.is_not(None)),
        and_(found.failed_at.is_not(None), or_(found.succeeded, _endpoint.failing_since.is_(None))),
    )
    locked = (
        select(_endpoint.id, found.succeeded, found.failed_at)
        .where(_endpoint.id == found.endpoint_id, changes, _endpoint.deleted_at.is_(None))
        .order_by(_endpoint.id)
        .with_for_update(of=webhook_endpoints)
        .cte("locked")
    )
    since = case(
        (locked.c.succeeded, locked.c.failed_at),
        else_=func.coalesce(_endpoint.failing_since, locked.c.failed_at),
    )
    return Prepared(
        update(webhook_endpoints)
        .where(_endpoint.id == locked.c.id)
        .values(
            failing_since=since,
            warned_at=case((locked.c.succeeded, null()), else_=_endpoint.warned_at),
            revision=_endpoint.revision + literal_column("1"),
        )
        .returning(_endpoint.id, _endpoint.failing_since)
    )


async def reserve_slot(db: AsyncConnection, endpoint_id: UUID, now: datetime | None) -> float:
    """Takes the next place in an endpoint's rate, which is for all workers together: seconds until it."""
    values = {"wanted": endpoint_id, **({} if now is None else {"now": now})}
    rows = await _reserve_slot(db.dialect.name, now is None).rows(db, values)
    return max(0.0, (rows[0][0] - rows[0][1]).total_seconds()) if rows else 0.0


@cache
def _reserve_slot(dialect: str, by_database: bool) -> Prepared:
    at: Any = func.clock_timestamp() if by_database else bindparam("now", type_=Instant)
    if dialect == "postgresql":
        free = func.greatest(_endpoint.next_slot_at, at)
        step = func.make_interval(0, 0, 0, 0, 0, 0, literal_column("1.0") / _endpoint.max_per_second)
        following, slot = free + step, _endpoint.next_slot_at - step
    else:
        free = func.max(func.coalesce(_endpoint.next_slot_at, at), at)
        following = _moved(free, "+")
        slot = _moved(_endpoint.next_slot_at, "-")
    return Prepared(
        update(webhook_endpoints)
        .where(_endpoint.id == bindparam("wanted", type_=Uuid), _endpoint.max_per_second.is_not(None))
        .values(next_slot_at=following)
        .returning(type_coerce(slot, Instant), type_coerce(at, Instant))
    )


def _moved(at: Any, sign: str) -> Any:
    """An instant moved by one slot, as SQLite writes instants."""
    step = func.printf(f"{sign}%.3f seconds", literal_column("1.0") / _endpoint.max_per_second)
    return func.strftime("%Y-%m-%d %H:%M:%f000", at, step)


_IDS = Batch("wanted_rows", row_id=Uuid)
_ATTEMPTS = Batch(
    "attempts",
    id=Uuid,
    delivery_id=Uuid,
    endpoint_id=Uuid,
    number=Integer,
    at=Instant,
    milliseconds=Integer,
    outcome=String(10),
    status_code=Integer,
    reason=Text,
    response=Text,
)
_HEALTH = Batch("health", endpoint_id=Uuid, succeeded=Boolean, failed_at=Instant)
