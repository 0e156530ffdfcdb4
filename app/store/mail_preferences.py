"""What people chose to hear by mail: one row a person, so that whoever looks up an address has it with the address."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Table, Text, Uuid, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.mail_preferences import Preferences
from app.store.columns import Instant, metadata
from app.store.people import people

notification_preferences = Table(
    "notification_preferences",
    metadata,
    Column("person_id", Uuid, ForeignKey("people.id"), primary_key=True),
    Column("modes", Text, nullable=False),  # see domain.mail_preferences
    Column("updated_at", Instant, nullable=False),
)


async def of(db: AsyncConnection, person_id: UUID, *, lock: bool = False) -> Preferences:
    """What the person chose; `lock` keeps others from choosing for it meanwhile."""
    if lock:
        # there may be no row of choices yet to be locked
        await db.execute(select(people.c.id).where(people.c.id == person_id).with_for_update(key_share=True))
    query = select(notification_preferences.c.modes).where(notification_preferences.c.person_id == person_id)
    return Preferences.read((await db.execute(query)).scalar_one_or_none())


async def keep(db: AsyncConnection, person_id: UUID, chosen: Preferences, now: datetime) -> None:
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    values = {"modes": chosen.kept, "updated_at": now}
    kept = insert(notification_preferences).values(person_id=person_id, **values)
    await db.execute(kept.on_conflict_do_update(index_elements=["person_id"], set_=values))
