"""Mandates: what an agent may do for its principal, from when until when."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Date, ForeignKey, Index, Select, String, Table, Uuid, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.applicants import applicants
from app.store.columns import Instant, Record, metadata

mandates = Table(
    "mandates",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("principal_id", Uuid, ForeignKey("applicants.id"), nullable=False),
    Column("agent_id", Uuid, ForeignKey("applicants.id"), nullable=False),
    Column("scopes", String(60), nullable=False),  # blank-separated
    Column("valid_from", Date, nullable=False),
    Column("valid_until", Date),
    Column("attachment_id", Uuid),
    Column("created_by", Uuid, ForeignKey("people.id")),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Index("ix_mandates_principal_id", "principal_id"),
    Index("ix_mandates_agent_id", "agent_id"),
)

_principal, _agent = applicants.alias("principal"), applicants.alias("agent")


def _of(applicant_id: UUID) -> Select[Any]:
    """Mandates that the applicant gave or holds, with both names."""
    return (
        select(mandates, _principal.c.name.label("principal_name"), _agent.c.name.label("agent_name"))
        .join(_principal, _principal.c.id == mandates.c.principal_id)
        .join(_agent, _agent.c.id == mandates.c.agent_id)
        .where(or_(mandates.c.principal_id == applicant_id, mandates.c.agent_id == applicant_id))
    )


async def page(db: AsyncConnection, applicant_id: UUID, after: UUID | None, limit: int) -> list[Record]:
    """Mandates in the order they were given, those that are over included."""
    query = _of(applicant_id).order_by(mandates.c.id).limit(limit)
    return list(await db.execute(query if after is None else query.where(mandates.c.id > after)))


async def find(
    db: AsyncConnection, applicant_id: UUID, mandate_id: UUID, *, lock: bool = False
) -> Record | None:
    query = _of(applicant_id).where(mandates.c.id == mandate_id)
    found: Record | None = (
        await db.execute(query.with_for_update(of=mandates) if lock else query)
    ).one_or_none()
    return found


async def most_open(db: AsyncConnection, principal_id: UUID, agent_id: UUID, today: date) -> int:
    """How many mandates are open of this principal or of this agent, whichever has more."""
    by_principal = func.count().filter(mandates.c.principal_id == principal_id)
    by_agent = func.count().filter(mandates.c.agent_id == agent_id)
    query = select(by_principal, by_agent).where(
        or_(mandates.c.principal_id == principal_id, mandates.c.agent_id == agent_id),
        mandates.c.revoked_at.is_(None),
        or_(mandates.c.valid_until.is_(None), mandates.c.valid_until >= today),
    )
    return max((await db.execute(query)).one())
