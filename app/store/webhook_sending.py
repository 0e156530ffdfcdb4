"""What came of sending webhooks: each attempt, since when an endpoint fails, and the next place in its rate."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
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
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.identity import new_id
from app.store.batches import Batch
from app.store.columns import Instant
from app.store.prepared import Prepared
from app.store.webhook_endpoints import webhook_attempts, webhook_endpoints

_endpoint = webhook_endpoints.c


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


class Turned(NamedTuple):
    """Endpoints that a turn's attempts changed: which began to fail and since when, which take deliveries again."""

    began: list[tuple[UUID, datetime]]
    recovered: list[UUID]  # of those whose owners were warned


async def note_health(db: AsyncConnection, found: Sequence[Health]) -> Turned:
    """Keeps since when each fails. That an owner was warned stays noted until it is told of the recovery."""
    rows = await _note_health(db.dialect.name).rows(db, _HEALTH.sent(db.dialect, sorted(found)))
    began = {each.endpoint_id: each.failed_at for each in found}
    return Turned(
        [(id, since) for id, since, _ in rows if since is not None and since == began[id]],
        # only a failing endpoint is ever warned of, and of a failing one only a success is written
        [id for id, _, warned_at in rows if warned_at is not None],
    )


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
            revision=_endpoint.revision + literal_column("1"),
        )
        .returning(_endpoint.id, _endpoint.failing_since, _endpoint.warned_at)
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
