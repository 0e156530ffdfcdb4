"""What lies in mailboxes, read from the store."""

from collections import defaultdict

from sqlalchemy import select

from app.store.database import Database
from app.store.messages import messages
from app.store.receipts import receipts


async def told(database: Database) -> dict[str, tuple[str | None, set[str]]]:
    """Every message in the order of its id: its template, and by whom it is to be read."""
    async with database.reading() as db:
        rows = (
            await db.execute(
                select(messages.c.id, messages.c.template, receipts.c.person_id)
                .outerjoin(receipts, receipts.c.message_id == messages.c.id)
                .order_by(messages.c.id)
            )
        ).all()
    found: dict[str, tuple[str | None, set[str]]] = {}
    readers = defaultdict[str, set[str]](set)
    for row in rows:
        if row.person_id is not None:
            readers[str(row.id)].add(str(row.person_id))
        found[str(row.id)] = (row.template, readers[str(row.id)])
    return found
