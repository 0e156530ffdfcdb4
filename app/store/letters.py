"""What letters leave behind: when each message was mailed to whom, and to whom a letter went."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Final
from uuid import UUID

from sqlalchemy import Uuid, bindparam, literal_column, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.batches import Batch
from app.store.columns import Instant
from app.store.deliveries import deliveries
from app.store.people import people
from app.store.prepared import Prepared
from app.store.receipts import receipts
from app.store.touches import touch


async def notified(db: AsyncConnection, copies: Iterable[tuple[UUID, UUID]], at: datetime) -> None:
    """Notes that these messages were mailed to these people; what was noted before stays."""
    rows = sorted(set(copies))
    if rows:
        await _notified(db.dialect.name).run(db, {"told_at": at, **_COPIES.sent(db.dialect, rows)})


@cache
def _notified(dialect: str) -> Prepared:
    row, copy = receipts.c, _COPIES.table(dialect).c
    # locked in one order, so that two transactions with some in common wait and do not lock each other out
    mine = receipts.alias("mine")
    first = (
        select(mine.c.message_id, mine.c.person_id)
        .where(mine.c.message_id == copy.copied_id, mine.c.person_id == copy.reader_id)
        .where(mine.c.notified_at.is_(None))
        .order_by(mine.c.message_id, mine.c.person_id)
        .with_for_update(of=mine)
    )
    return Prepared(
        receipts.update()
        .where(tuple_(row.message_id, row.person_id).in_(first))
        .values(
            notified_at=bindparam("told_at", type_=Instant),
            touched=touch(dialect, row.person_id, row.person_id).element,
        )
    )


async def addressee(db: AsyncConnection, delivery_id: UUID) -> tuple[bool, str | None]:
    """Whether there was such a letter and, where it is known whose it was, the address of that person."""
    query = (
        select(deliveries.c.id, people.c.email_key)
        .outerjoin(people, people.c.id == deliveries.c.person_id)
        .where(deliveries.c.id == delivery_id, deliveries.c.kind == literal_column("'mail'"))
    )
    row = (await db.execute(query)).one_or_none()
    return (False, None) if row is None else (True, row.email_key)


_COPIES: Final = Batch("copies", copied_id=Uuid, reader_id=Uuid)
