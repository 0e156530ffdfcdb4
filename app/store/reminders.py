"""Reminders that were given, so that each is given once; append-only by use, no record of the request."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, Date, ForeignKey, String, Table, Uuid
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.columns import Instant, metadata

reminders = Table(
    "reminders",
    metadata,
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), primary_key=True),
    Column("kind", String(20), primary_key=True),  # due | reply
    Column("day", Date, primary_key=True),  # the civil day for which it was given
    Column("at", Instant, nullable=False),
)


async def given(db: AsyncConnection, request_id: UUID, kind: str, day: date, at: datetime) -> bool:
    """Notes that one is given now; False where it was before."""
    row = {"request_id": request_id, "kind": kind, "day": day, "at": at}
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    noted = insert(reminders).values(row).on_conflict_do_nothing().returning(reminders.c.day)
    return (await db.execute(noted)).first() is not None
