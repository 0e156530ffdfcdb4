"""Everything that must happen after commit: rows written with their cause, claimed under a lease, settled once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Index,
    Integer,
    String,
    Table,
    Text,
    Uuid,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
    true,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.identity import new_id
from app.store import feed
from app.store.columns import Instant, Record, metadata
from app.store.database import QUEUED, Database
from app.store.prepared import Prepared
from app.store.writes import Writes

ERROR_LENGTH = 300
A_TEST = 0  # the sequence of a test delivery, which no event has


def _only(state: str) -> dict[str, Any]:
    """Settled rows are in no index that a claim reads, so a claim costs the same however many there are."""
    return _where(f"state = '{state}'")


def _where(condition: str) -> dict[str, Any]:
    return {f"{dialect}_where": text(condition) for dialect in ("postgresql", "sqlite")}


deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", String(20), nullable=False),  # who sends it
    Column("lane", String(60), nullable=False),  # what shares a fate: no lane keeps another waiting
    Column("unique_key", String(200)),  # what must happen only once
    Column("payload", Text, nullable=False),  # emptied once done
    Column("state", String(10), nullable=False),  # ready | running | done | dead | cancelled
    Column("run_at", Instant, nullable=False),
    Column("lease_until", Instant),
    Column("token", Uuid),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("last_error", String(ERROR_LENGTH)),
    Column("created_at", Instant, nullable=False),
    Column("settled_at", Instant),
    # of a webhook: to which endpoint, with which event, and where it stands among what that endpoint was sent
    Column("endpoint_id", Uuid),
    Column("event_id", Uuid),
    Column("subject_id", Uuid),
    Column("sequence", Integer),
    Column("previous_sequence", Integer),  # NULL: the first of its subject for this endpoint
    Column("test_type", String(80)),  # of a test, which is about no event: what its body is an example of
    Column("person_id", Uuid),  # of a letter: to whom, where that is known once its address is gone
    Index("uq_deliveries_unique_key", "unique_key", unique=True, **_where("unique_key IS NOT NULL")),
    Index("ix_deliveries_ready", "run_at", **_only("ready")),
    Index("ix_deliveries_lane", "lane", "run_at", **_only("ready")),
    Index("ix_deliveries_running", "lease_until", **_only("running")),
    Index("ix_deliveries_dead", "settled_at", **_only("dead")),
    Index("ix_deliveries_endpoint", "endpoint_id", "id", **_where("endpoint_id IS NOT NULL")),
    Index(
        "ix_deliveries_subject",
        "endpoint_id",
        "subject_id",
        "sequence",
        **_where("endpoint_id IS NOT NULL"),
    ),
)
_row = deliveries.c


def in_state(state: str, table: FromClause = deliveries) -> ColumnElement[bool]:
    """The condition as the partial indexes spell it: with a parameter a planner would pass them by."""
    return table.c.state == literal_column(f"'{state}'")


@dataclass(frozen=True, slots=True)
class Due:
    """Something to be done at `run_at` (None: at once); `once` is the key under which it is queued only once."""

    kind: str
    payload: str
    lane: str
    once: str | None = None
    run_at: datetime | None = None
    hook: "Hook | None" = None
    id: UUID | None = None  # where the caller must know it
    person_id: UUID | None = None  # to whom a letter goes


@dataclass(frozen=True, slots=True)
class Hook:
    """What makes a delivery a webhook's: the event, for which endpoint, after which earlier one of its subject."""

    endpoint_id: UUID
    event_id: UUID | None  # None: a test, whose body is the payload
    subject_id: UUID
    sequence: int
    previous_sequence: int | None
    test_type: str | None = None


_NO_HOOK = dict.fromkeys(
    ("endpoint_id", "event_id", "subject_id", "sequence", "previous_sequence", "test_type")
)


@dataclass(slots=True)
class Claimed:
    """A row that is its holder's until its lease ends; the holder's `token` proves it when the row is settled."""

    id: UUID
    kind: str
    lane: str
    payload: str
    attempts: int  # this one included
    token: UUID
    created_at: datetime
    # of a webhook: where it goes, what it tells (None: a test), and what that endpoint was sent before of its subject
    endpoint_id: UUID | None = None
    event_id: UUID | None = None
    sequence: int = 0
    previous_sequence: int | None = None
    cargo: Any = None  # what its sender loaded in the claim's transaction, and keeps with it


async def put(db: AsyncConnection, due: Iterable[Due], now: datetime) -> None:
    """Queues in one statement, in the transaction of the cause."""
    rows = [_row_of(each, now) for each in due]
    if not rows:
        return
    dialect: Any = postgresql if db.dialect.name == "postgresql" else sqlite
    await db.execute(dialect.insert(deliveries).on_conflict_do_nothing(), rows)
    hint(db)


async def put_once(db: AsyncConnection, due: Due, now: datetime) -> UUID | None:
    """Queues one under its key; its id, or None where it was queued before."""
    dialect: Any = postgresql if db.dialect.name == "postgresql" else sqlite
    new = dialect.insert(deliveries).values(_row_of(due, now)).on_conflict_do_nothing().returning(_row.id)
    id: UUID | None = (await db.execute(new)).scalar_one_or_none()
    if id is not None:
        hint(db)
    return id


def add(db: AsyncConnection, writes: Writes, due: Sequence[Due], now: datetime) -> None:
    """The same for what is sure to be new, sent with whatever else is written."""
    assert not any(each.once for each in due)  # noqa: S101 - a second one would fail the whole transaction
    if due:
        writes.insert(deliveries, [_row_of(each, now) for each in due])
        hint(db)


def _row_of(each: Due, now: datetime) -> dict[str, Any]:
    return {
        "id": each.id or new_id(),
        "kind": each.kind,
        "lane": each.lane,
        "unique_key": each.once,
        "payload": each.payload,
        "state": "ready",
        "run_at": each.run_at or now,
        "created_at": now,
        "person_id": each.person_id,
        **(_NO_HOOK if each.hook is None else asdict(each.hook)),
    }


def hint(db: AsyncConnection) -> None:
    """Notes on the connection that this transaction leaves work behind; `when_queued` tells once it is over."""
    db.info[QUEUED] = True


def when_queued(database: Database, tell: Callable[[], None]) -> Callable[[], None]:
    """Calls `tell` after each transaction of this process that queued something; returns what ends that."""
    database.queued.append(tell)
    return lambda: database.queued.remove(tell)


@dataclass(frozen=True, slots=True)
class Look:
    """What a loop finds without taking a lock, so an idle loop disturbs no writer."""

    at: datetime  # the database's time, where it was asked for
    next_at: datetime | None  # when the next row is due
    lost: bool  # a lease has ended
    unpublished: bool  # an event waits for its position in the feed

    @property
    def is_due(self) -> bool:
        return self.next_at is not None and self.next_at <= self.at


async def look(db: AsyncConnection, now: datetime | None) -> Look:
    """`now` None: the database's own time (PostgreSQL), so that nodes need not agree on theirs."""
    query = _look(db.dialect.name == "postgresql" and now is None)
    rows = await query.rows(db, {} if now is None else {"now": now})
    return Look(*rows[0])


@cache
def _look(by_database: bool) -> Prepared:
    at: Any = func.clock_timestamp() if by_database else bindparam("now", type_=Instant)
    nearest = select(func.min(_row.run_at)).where(in_state("ready")).scalar_subquery()
    lost = exists().where(in_state("running"), _row.lease_until < at)
    unpublished = feed.any_queued().label("unpublished")
    return Prepared(
        select(
            type_coerce(at, Instant).label("at"), nearest.label("next_at"), lost.label("lost"), unpublished
        )
    )


async def hand_back(db: AsyncConnection, claimed: Sequence[Claimed]) -> None:
    """Unclaims what was not tried after all."""
    await db.execute(_ours(claimed).values(state="ready", attempts=_row.attempts - 1, **_FREE))


async def renew(db: AsyncConnection, claimed: Sequence[Claimed], until: datetime) -> None:
    """Lengthens the lease of what is still under way."""
    await db.execute(_ours(claimed).values(lease_until=until))


def _ours(claimed: Sequence[Claimed]) -> Any:
    """The rows, as long as the claim holds: a worker that took one over since wrote its own token."""
    tokens = {each.token for each in claimed}
    return deliveries.update().where(
        _row.id.in_([each.id for each in claimed]), _row.token.in_(tokens), in_state("running")
    )


async def sweep(db: AsyncConnection, now: datetime, most_attempts: int) -> int:
    """Frees what dead workers held; a row that has outlived too many workers is given up. How many there were."""
    over = deliveries.update().where(in_state("running"), _row.lease_until < now)
    lost = {"last_error": "lease ended", **_FREE}
    dead = over.where(_row.attempts > most_attempts).values(state="dead", settled_at=now, **lost)
    return (await db.execute(dead)).rowcount + (
        await db.execute(over.values(state="ready", run_at=now, **lost))
    ).rowcount


async def cancel(db: AsyncConnection, once: str, now: datetime) -> bool:
    """Takes back what has not begun."""
    query = deliveries.update().where(_row.unique_key == once, in_state("ready"))
    values = {"state": "cancelled", "payload": "", "settled_at": now}
    return (await db.execute(query.values(**values))).rowcount == 1


async def dead(db: AsyncConnection, limit: int = 200) -> Sequence[Record]:
    """What was given up, newest first."""
    query = select(deliveries).where(in_state("dead")).order_by(_row.settled_at.desc(), _row.id).limit(limit)
    return (await db.execute(query)).all()


async def revive(
    db: AsyncConnection, now: datetime, *, ids: Sequence[UUID] = (), kind: str | None = None
) -> int:
    """Lets the dead rows named, or all of a kind, begin anew; how many."""
    which = _row.id.in_(ids) if kind is None else _row.kind == kind
    values = {"state": "ready", "run_at": now, "attempts": 0, "settled_at": None}
    changed = await db.execute(deliveries.update().where(in_state("dead"), which).values(**values))
    hint(db)
    return changed.rowcount


async def settled_before(
    db: AsyncConnection, at: datetime, *, kind: str | None = None, after: UUID | None = None, limit: int = 500
) -> list[UUID]:
    """Rows whose story ended before `at`, for `forget`, from `after` on: a page of them, in the order of their ids.

    What an endpoint was sent last of a subject stays: the next delivery names its sequence.
    """
    later = deliveries.alias("later")
    has_later = exists().where(
        later.c.endpoint_id == _row.endpoint_id,
        later.c.subject_id == _row.subject_id,
        later.c.sequence > _row.sequence,
    )
    query = select(_row.id).where(
        _row.settled_at < at,
        true() if kind is None else _row.kind == kind,
        or_(_row.event_id.is_(None), has_later),
        true() if after is None else _row.id > after,
    )
    return list((await db.execute(query.order_by(_row.id).limit(limit))).scalars())


async def forget(db: AsyncConnection, ids: Sequence[UUID]) -> None:
    await db.execute(delete(deliveries).where(_row.id.in_(ids), _row.settled_at.is_not(None)))


_FREE = {"lease_until": None, "token": None}
