"""The fair claim: from every lane its oldest, those first whose lane has least under way, no lane above its share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Text, Uuid, and_, bindparam, func, literal_column, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.batches import Batch
from app.store.columns import Instant
from app.store.deliveries import Claimed, deliveries, in_state
from app.store.prepared import Prepared

START = 5  # rows of a lane of which nothing is known yet
MOST = 1000  # rows of one lane in one claim, whatever its share


class Share(NamedTuple):
    """Of one lane: how many rows the worker holds, and how many more it may take."""

    held: int
    free: int


@dataclass(frozen=True, slots=True)
class Terms:
    """Who claims, until when it holds, how many rows it may take, and its shares (a lane not named: nothing, START)."""

    token: UUID
    lease_until: datetime
    room: int
    shares: Mapping[str, Share] = field(default_factory=dict)


async def claim(db: AsyncConnection, now: datetime, terms: Terms) -> list[Claimed]:
    """Takes what is due; no two workers take the same row."""
    values = {
        "now": now,
        "room": terms.room,
        "lease_end": terms.lease_until,
        "holder": terms.token,
        **SHARES.sent(db.dialect, ((lane, *share) for lane, share in terms.shares.items())),
    }
    rows = await _statement(db.dialect.name).rows(db, values)
    token = terms.token
    return [
        Claimed(id, kind, lane, payload, attempts, token, at, *hook)
        for id, kind, lane, payload, attempts, at, *hook in rows
    ]


@cache
def _statement(dialect: str) -> Prepared:
    row = deliveries.c
    # what was chosen is looked at again under the lock: another worker may have been quicker
    locked = (
        select(row.id).where(row.id.in_(_chosen(dialect)), in_state("ready"), row.run_at <= _NOW)
    ).with_for_update(skip_locked=True)
    return Prepared(
        deliveries.update()
        .where(row.id.in_(locked))
        .values(
            state=literal_column("'running'"),
            lease_until=bindparam("lease_end", type_=Instant),
            token=bindparam("holder", type_=Uuid),
            attempts=row.attempts + literal_column("1"),
        )
        .returning(
            row.id,
            row.kind,
            row.lane,
            row.payload,
            row.attempts,
            row.created_at,
            row.endpoint_id,
            row.event_id,
            row.sequence,
            row.previous_sequence,
        )
    )


def _chosen(dialect: str) -> Any:
    lane = _lanes_with_shares(dialect)
    head: Any = deliveries.alias("head")
    # where the database has no LATERAL, the same rows by their ids
    among = head.c.id.in_(_first(lane, literal_column(str(MOST))).with_only_columns(_WAITING.c.id))
    if dialect == "postgresql":
        head = _first(lane, func.least(lane.c.free, MOST)).lateral("head")
        among = true()
    place = func.row_number().over(partition_by=lane.c.lane, order_by=(head.c.run_at, head.c.id))
    queue = (
        select(head.c.id, head.c.run_at, place.label("place"), lane.c.held, lane.c.free)
        .select_from(lane.join(head, among))
        .subquery("queue")
    )
    return (
        select(queue.c.id)
        .where(queue.c.place <= queue.c.free)
        .order_by(queue.c.held + queue.c.place, queue.c.run_at)
        .limit(bindparam("room", type_=Integer))
    )


def _lanes_with_shares(dialect: str) -> Any:
    lane, share = _lanes(), SHARES.table(dialect)
    return (
        select(
            lane.c.lane,
            func.coalesce(share.c.held, literal_column("0")).label("held"),
            func.coalesce(share.c.free, literal_column(str(START))).label("free"),
        )
        .select_from(lane.outerjoin(share, share.c.lane_name == lane.c.lane))
        .where(lane.c.lane.is_not(None))
        .subquery("lane")
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


def _first(lane: Any, most: ColumnElement[int]) -> Any:
    """The rows of a lane that may be taken, oldest first."""
    due = and_(in_state("ready", _WAITING), _WAITING.c.lane == lane.c.lane, _WAITING.c.run_at <= _NOW)
    query = select(_WAITING.c.id, _WAITING.c.run_at).where(due).order_by(_WAITING.c.run_at)
    return query.limit(most).correlate(lane)


SHARES = Batch("shares", lane_name=Text, held=Integer, free=Integer)
_NOW = bindparam("now", type_=Instant)
_WAITING = deliveries.alias("waiting")
