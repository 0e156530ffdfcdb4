"""Dead letters: deliveries of any kind that were given up, for an administrator to see and to revive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.columns import Record
from app.store.deliveries import deliveries, in_state

_row = deliveries.c
# never the payload: what it holds is for its receiver alone
_shown = select(
    _row.id, _row.kind, _row.lane, _row.attempts, _row.last_error, _row.created_at, _row.settled_at
).where(in_state("dead"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended."""

    at: datetime
    id: UUID


async def page(db: AsyncConnection, kind: str | None, before: Place | None, limit: int) -> Sequence[Record]:
    """What was given up, the latest first."""
    query = _shown.order_by(_row.settled_at.desc(), _row.id.desc()).limit(limit)
    if kind is not None:
        query = query.where(_row.kind == kind)
    if before is not None:
        query = query.where(tuple_(_row.settled_at, _row.id) < (before.at, before.id))
    return (await db.execute(query)).all()


async def find(db: AsyncConnection, id: UUID) -> Record | None:
    return (await db.execute(_shown.where(_row.id == id))).one_or_none()
