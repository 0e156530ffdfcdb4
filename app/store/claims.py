"""The fair claim: from every lane its oldest, those first whose lane has least under way, no lane above its width."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, case, func, literal_column, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.columns import Instant
from app.store.deliveries import Claimed, deliveries, in_state

WIDTH = (
    25  # of one lane under way at once in one worker (not in all: the dead hold rows until their lease ends)
)


@dataclass(frozen=True, slots=True)
class Terms:
    """Who claims, until when it holds, how many rows it may take, and which lanes are down to one at a time."""

    token: UUID
    lease_until: datetime
    room: int
    narrow: Iterable[str] = ()


async def claim(db: AsyncConnection, now: datetime, terms: Terms) -> list[Claimed]:
    """Takes what is due; no two workers take the same row."""
    values = {
        "now": now,
        "room": terms.room,
        "narrow": list(terms.narrow),
        "lease_end": terms.lease_until,
        "holder": terms.token,
    }
    rows = await db.execute(_statement(db.dialect.name), values)
    return [
        Claimed(row.id, row.kind, row.lane, row.payload, row.attempts, terms.token, row.created_at)
        for row in rows
    ]


@cache
def _statement(dialect: str) -> Any:
    row = deliveries.c
    chosen = _chosen(dialect)
    # what was chosen is looked at again under the lock: another worker may have been quicker
    locked = (
        select(row.id).where(row.id.in_(chosen), in_state("ready"), row.run_at <= _NOW)
    ).with_for_update(skip_locked=True)
    return (
        deliveries.update()
        .where(row.id.in_(locked))
        .values(
            state="running",
            lease_until=bindparam("lease_end", type_=Instant),
            token=_HOLDER,
            attempts=row.attempts + 1,
        )
        .returning(row.id, row.kind, row.lane, row.payload, row.attempts, row.created_at)
    )


def _chosen(dialect: str) -> Any:
    lane = _lanes()
    head = _first(lane).lateral("head") if dialect == "postgresql" else deliveries.alias("head")
    # where the database has no LATERAL, the same rows by their ids
    among = (
        true() if dialect == "postgresql" else head.c.id.in_(_first(lane).with_only_columns(_WAITING.c.id))
    )
    turn = _under_way(lane) + func.row_number().over(
        partition_by=lane.c.lane, order_by=(head.c.run_at, head.c.id)
    )
    queue = (
        select(head.c.id, head.c.run_at, turn.label("turn"), _width(lane).label("width"))
        .select_from(lane.join(head, among))
        .where(lane.c.lane.is_not(None))
        .subquery("queue")
    )
    return (
        select(queue.c.id)
        .where(queue.c.turn <= queue.c.width)
        .order_by(queue.c.turn, queue.c.run_at)
        .limit(bindparam("room"))
    )


def _lanes() -> Any:
    """The lanes in which something is ready, each found by one step in the index from the one before."""
    first, further = deliveries.alias("first"), deliveries.alias("further")
    nearest = select(func.min(first.c.lane)).where(in_state("ready", first)).scalar_subquery()
    lanes = select(nearest.label("lane")).cte("lanes", recursive=True)
    following = (
        select(func.min(further.c.lane))
        .where(in_state("ready", further), further.c.lane > lanes.c.lane)
        .scalar_subquery()
    )
    return lanes.union_all(select(following).where(lanes.c.lane.is_not(None)))


def _first(lane: Any) -> Any:
    """The rows of a lane that may be taken, oldest first."""
    due = and_(in_state("ready", _WAITING), _WAITING.c.lane == lane.c.lane, _WAITING.c.run_at <= _NOW)
    query = select(_WAITING.c.id, _WAITING.c.run_at).where(due).order_by(_WAITING.c.run_at)
    return query.limit(literal_column(str(WIDTH))).correlate(lane)


def _under_way(lane: Any) -> Any:
    running = deliveries.alias("running")
    own = and_(in_state("running", running), running.c.lane == lane.c.lane, running.c.token == _HOLDER)
    query = select(func.count()).where(own)
    return query.correlate(lane).scalar_subquery()


def _width(lane: Any) -> Any:
    is_narrow = lane.c.lane.in_(bindparam("narrow", expanding=True))
    return case((is_narrow, literal_column("1")), else_=literal_column(str(WIDTH)))


_NOW = bindparam("now", type_=Instant)
_HOLDER = bindparam("holder", type_=Uuid)
_WAITING = deliveries.alias("waiting")
