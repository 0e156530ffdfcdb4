"""Internal notes of the program on a request; append-only, and never for its applicant."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Index, Table, Text, Uuid, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.columns import Instant, Record, metadata
from app.store.people import people

notes = Table(
    "notes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), nullable=False),
    Column("author_id", Uuid, ForeignKey("people.id"), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_notes_request_id", "request_id", "id"),
)


async def page(db: AsyncConnection, request_id: UUID, after: UUID | None, limit: int) -> Sequence[Record]:
    """The next notes of a request, oldest first, with their authors' names."""
    query = (
        select(notes, people.c.name)
        .join(people, people.c.id == notes.c.author_id)
        .where(notes.c.request_id == request_id)
        .order_by(notes.c.id)
        .limit(limit)
    )
    return (await db.execute(query if after is None else query.where(notes.c.id > after))).all()
