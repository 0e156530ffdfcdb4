"""Decisions as they were signed, each with its letter. Append-only: one that is set aside stays."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text, Uuid, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.columns import Instant, Record, metadata

decisions = Table(
    "decisions",
    metadata,
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("outcome", String(20), nullable=False),  # designated | not_designated
    Column("context_of_use", Text, nullable=False),
    Column(
        "factors", Text, nullable=False
    ),  # JSON, coded for the annual report (506L(e)(3)(D)); for the program
    Column("reasons", Text, nullable=False),  # JSON
    Column("rationale", Text),
    Column("manifest", Text, nullable=False),  # RFC 8785: what exactly was signed
    Column("digest", String(64), nullable=False),
    Column("letter", Text, nullable=False),  # JSON: its template and facts
    Column("decided_by", Uuid, ForeignKey("people.id"), nullable=False),
    Column("at", Instant, nullable=False),
)


async def latest(db: AsyncConnection, request_id: UUID) -> Record | None:
    """The newest decision on a request."""
    row = decisions.c
    query = select(decisions).where(row.request_id == request_id).order_by(row.n.desc()).limit(1)
    return (await db.execute(query)).one_or_none()


async def all_of(db: AsyncConnection, request_id: UUID) -> Sequence[Record]:
    """Every decision on a request, the first one first."""
    row = decisions.c
    query = select(decisions).where(row.request_id == request_id).order_by(row.n)
    return (await db.execute(query)).all()
