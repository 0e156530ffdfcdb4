"""Everything that must happen after commit: rows written with their cause, claimed under a lease, settled once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    or_,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.identity import new_id
from app.store.columns import Instant, metadata

OPEN = text("state IN ('ready', 'running')")
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("unique_key", String(200), unique=True),  # what must be told only once
    Column("payload", Text, nullable=False),  # sealed; emptied once settled
    Column("state", String(10), nullable=False),  # ready | running | done | dead | cancelled
    Column("run_at", Instant, nullable=False),
    Column("lease_until", Instant),
    Column("token", Uuid),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("last_error", String(300)),
    Column("created_at", Instant, nullable=False),
    Column("settled_at", Instant),
    # settled rows are not in it, so a claim costs the same however many there are
    Index("ix_deliveries_open", "run_at", postgresql_where=OPEN, sqlite_where=OPEN),
)
_row = deliveries.c


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that is ours until `lease_until`; `token` proves it when we settle."""

    id: UUID
    kind: str
    payload: str
    attempts: int
    token: UUID
    created_at: datetime


async def put(
    db: AsyncConnection, kind: str, payloads: Sequence[tuple[str, str | None]], now: datetime
) -> None:
    """Queues payloads, each with the key under which it may be queued only once (None: no such key)."""
    if not payloads:
        return
    rows = [
        {
            "id": new_id(),
            "kind": kind,
            "unique_key": key,
            "payload": payload,
            "state": "ready",
            "run_at": now,
            "created_at": now,
        }
        for payload, key in payloads
    ]
    dialect: Any = postgresql if db.dialect.name == "postgresql" else sqlite
    await db.execute(dialect.insert(deliveries).on_conflict_do_nothing(), rows)


async def any_due(db: AsyncConnection, now: datetime) -> bool:
    """Whether a claim would find anything; a look takes no lock, so an idle loop disturbs no writer."""
    return (await db.execute(_any_due, {"now": now})).first() is not None


async def claim(db: AsyncConnection, now: datetime, lease: timedelta, limit: int) -> list[Claimed]:
    """Takes what is due, and what a dead worker left behind; no two workers take the same row."""
    token = uuid4()
    found = await db.execute(
        _claim, {"now": now, "lease_end": now + lease, "new_token": token, "most": limit}
    )
    return [Claimed(row.id, row.kind, row.payload, row.attempts, token, row.created_at) for row in found]


async def settle(db: AsyncConnection, claimed: Claimed, values: Mapping[str, Any]) -> bool:
    """Writes the outcome if the row is still ours; False where another worker has taken it since."""
    changed = await db.execute(
        deliveries.update().where(
            _row.id == claimed.id, _row.token == claimed.token, _row.state == "running"
        ),
        {**values, "lease_until": None, "token": None},
    )
    return changed.rowcount == 1


async def dead(db: AsyncConnection, limit: int = 200) -> Sequence[Any]:
    """What was given up, newest first."""
    query = select(deliveries).where(_row.state == "dead").order_by(_row.settled_at.desc()).limit(limit)
    return (await db.execute(query)).all()


_due = or_(
    and_(_row.state == "ready", _row.run_at <= bindparam("now")),
    and_(_row.state == "running", _row.lease_until < bindparam("now")),
)
_any_due = select(_row.id).where(OPEN, _due).limit(1)
_claim = (
    deliveries.update()
    .where(
        _row.id.in_(
            select(_row.id)
            .where(OPEN, _due)
            .order_by(_row.run_at)
            .limit(bindparam("most"))
            .with_for_update(skip_locked=True)
        )
    )
    .values(
        state="running",
        lease_until=bindparam("lease_end"),
        token=bindparam("new_token"),
        attempts=_row.attempts + 1,
    )
    .returning(_row.id, _row.kind, _row.payload, _row.attempts, _row.created_at)
)
