"""Methods an applicant has registered, to be named by its requests."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, Uuid, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.columns import Instant, Record, metadata

methods = Table(
    "methods",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("applicant_id", Uuid, ForeignKey("applicants.id"), nullable=False),
    Column("name", String(300), nullable=False),
    Column("versions", Text, nullable=False),  # JSON list, as sent
    Column("created_by", Uuid, ForeignKey("people.id")),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Index("ix_methods_applicant_id", "applicant_id", "id"),
)


async def of_applicant(
    db: AsyncConnection, applicant_id: UUID, after: UUID | None, limit: int
) -> Sequence[Record]:
    query = select(methods).where(methods.c.applicant_id == applicant_id)
    if after is not None:
        query = query.where(methods.c.id > after)
    return (await db.execute(query.order_by(methods.c.id).limit(limit))).all()


async def find(db: AsyncConnection, applicant_id: UUID, id: UUID, *, lock: bool = False) -> Record | None:
    query = select(methods).where(methods.c.applicant_id == applicant_id, methods.c.id == id)
    return (await db.execute(query.with_for_update() if lock else query)).one_or_none()


async def count(db: AsyncConnection, applicant_id: UUID) -> int:
    query = select(func.count()).select_from(methods).where(methods.c.applicant_id == applicant_id)
    return (await db.execute(query)).scalar_one()
