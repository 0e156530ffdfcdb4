"""People: staff of the program and members of applicants; never both."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text, Uuid, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.columns import Instant, metadata

people = Table(
    "people",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", String(10), nullable=False),  # staff | member
    Column("name", String(300), nullable=False),
    Column("email", String(254), nullable=False),
    Column("email_key", String(254), nullable=False),  # lower case, for look-ups
    Column("email_confirmed_at", Instant),
    Column("password_hash", Text),
    Column("staff_roles", String(200), nullable=False, server_default=""),  # blank-separated
    Column("center", String(10)),
    Column("active", Boolean, nullable=False, server_default="1"),
    Column("signing_failures", Integer, nullable=False, server_default="0"),
    Column("signing_locked_until", Instant),
    Column("created_at", Instant, nullable=False),
)
# An unconfirmed address reserves nothing, so only a confirmed one is unique.
Index(
    "uq_people_confirmed_email",
    people.c.email_key,
    unique=True,
    postgresql_where=people.c.email_confirmed_at.is_not(None),
    sqlite_where=people.c.email_confirmed_at.is_not(None),
)
Index("ix_people_email_key", people.c.email_key)


async def any_staff(db: AsyncConnection) -> bool:
    return (
        await db.execute(select(people.c.id).where(people.c.kind == "staff").limit(1))
    ).first() is not None
