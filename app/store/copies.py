"""Who is still to be told by mail of a message: its hearers who have not opened it, and what they chose."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.columns import Record
from app.store.mail_preferences import notification_preferences
from app.store.people import address_states, people
from app.store.receipts import receipts
from app.store.threads import threads


async def of_message(db: AsyncConnection, message_id: UUID) -> Sequence[Record]:
    """Those with a confirmed address, active, once each."""
    chosen, state = notification_preferences.c, address_states.c
    query = (
        select(
            receipts.c.person_id,
            receipts.c.thread_id,
            threads.c.number,
            people.c.kind,
            people.c.email,
            chosen.modes,
            state.state.label("address_state"),
        )
        .join(threads, threads.c.id == receipts.c.thread_id)
        .join(people, people.c.id == receipts.c.person_id)
        .outerjoin(notification_preferences, chosen.person_id == people.c.id)
        .outerjoin(address_states, state.email_key == people.c.email_key)
        .where(
            receipts.c.message_id == message_id,
            receipts.c.opened_at.is_(None),
            people.c.active,
            people.c.email_confirmed_at.is_not(None),
        )
        .order_by(receipts.c.person_id)
    )
    return (await db.execute(query)).all()
