"""Settling what was claimed: all that ended in one turn is written by one statement, as far as it is still ours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final
from uuid import UUID

from sqlalchemy import String, Text, Uuid, bindparam, case, func, literal_column, null
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.batches import Batch
from app.store.columns import Instant
from app.store.deliveries import ERROR_LENGTH, Claimed, deliveries, in_state
from app.store.prepared import Prepared

READY: Final = "ready"  # again, at `run_at`
DONE: Final = "done"
DEAD: Final = "dead"
CANCELLED: Final = "cancelled"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a claim ends. What a payload held is kept only where it may be needed again."""

    claimed: Claimed
    state: str
    run_at: datetime | None = None
    error: str | None = None


async def settle(db: AsyncConnection, endings: Sequence[Ending], at: datetime) -> set[UUID]:
    """Writes them; the ids of those that were still ours: a worker that took one over since wrote its own token."""
    rows = (
        (
            each.claimed.id,
            each.claimed.token,
            each.state,
            each.run_at,
            each.error and each.error[:ERROR_LENGTH],
        )
        for each in endings
    )
    values = {"ended_at": at, **_ENDINGS.sent(db.dialect, rows)}
    return {id for (id,) in await _statement(db.dialect.name).rows(db, values)}


@cache
def _statement(dialect: str) -> Prepared:
    row, ending = deliveries.c, _ENDINGS.table(dialect).c
    is_kept = ending.end_state.in_([literal_column(f"'{READY}'"), literal_column(f"'{DEAD}'")])
    is_over = ending.end_state != literal_column(f"'{READY}'")
    return Prepared(
        deliveries.update()
        .where(row.id == ending.row_id, row.token == ending.holder, in_state("running"))
        .values(
            state=ending.end_state,
            run_at=func.coalesce(ending.again_at, row.run_at),
            last_error=ending.error,
            payload=case((is_kept, row.payload), else_=literal_column("''")),
            settled_at=case((is_over, bindparam("ended_at", type_=Instant)), else_=null()),
            lease_until=null(),
            token=null(),
        )
        .returning(row.id)
    )


_ENDINGS = Batch("endings", row_id=Uuid, holder=Uuid, end_state=String(10), again_at=Instant, error=Text)
