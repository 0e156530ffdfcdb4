"""What is kept beside an engagement, append-only: its history, its links to requests, its log on graduation."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    Uuid,
    exists,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.policy import Actor
from app.store.columns import Instant, Record, metadata
from app.store.engagements import Engagement, engagements
from app.store.requests import requests

engagement_changes = Table(
    "engagement_changes",
    metadata,
    Column("engagement_id", Uuid, ForeignKey("engagements.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("applicant_seq", Integer),  # NULL: for the program alone
    Column("at", Instant, nullable=False),
    Column("what", String(30), nullable=False),
    Column("audience", String(10), nullable=False),
    Column("side", String(10), nullable=False),  # applicant | program | system
    Column("by", Uuid, ForeignKey("people.id")),
    Column("facts", Text, nullable=False),  # JSON
    Index("ix_engagement_changes_shown", "engagement_id", "applicant_seq"),
)
engagement_links = Table(
    "engagement_links",
    metadata,
    Column("engagement_id", Uuid, ForeignKey("engagements.id"), primary_key=True),
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), primary_key=True),
    # whether the request is the requester's own; the program may also link those of others, and keeps that to itself
    Column("shared", Boolean, nullable=False),
    Column("by", Uuid, ForeignKey("people.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_engagement_links_request_id", "request_id"),
)
graduation_log = Table(
    "graduation_log",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("engagement_id", Uuid, ForeignKey("engagements.id"), nullable=False),
    Column("statement", Text, nullable=False),
    Column("approvals_with_it", Integer, nullable=False),
    Column("assessors_trained", Boolean, nullable=False),
    Column("experience", String(15), nullable=False),  # limited | growing | substantial
    Column("ready", Boolean, nullable=False),
    Column("by", Uuid, ForeignKey("people.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_graduation_log_engagement_id", "engagement_id", "id"),
)


async def history(
    db: AsyncConnection, found: Engagement, actor: Actor, after: int, limit: int
) -> Sequence[Record]:
    """The entries this audience sees, in order, after one of them; `n` is their place among these."""
    row = engagement_changes.c
    place = row.seq if actor.is_staff else row.applicant_seq
    query = (
        select(place.label("n"), row.at, row.what, row.audience, row.side, row.by, row.facts)
        .where(row.engagement_id == found.id, place > after)
        .order_by(place)
        .limit(limit)
    )
    return (await db.execute(query)).all()


async def links(db: AsyncConnection, found: Engagement, actor: Actor) -> Sequence[Record]:
    """The requests that cite it, as far as this audience sees them: number and since when."""
    row = engagement_links.c
    query = (
        select(requests.c.number, row.at)
        .join(requests, requests.c.id == row.request_id)
        .where(row.engagement_id == found.id, true() if actor.is_staff else row.shared)
        .order_by(row.at, requests.c.number)
    )
    return (await db.execute(query)).all()


async def is_linked(db: AsyncConnection, found: Engagement, request_id: UUID) -> bool:
    row = engagement_links.c
    query = select(exists().where(row.engagement_id == found.id, row.request_id == request_id))
    return bool((await db.execute(query)).scalar_one())


def cited_by(actor: Actor, number: str) -> Any:
    """The condition that an engagement is linked to the request of this number, where the actor may know."""
    row = engagement_links.c
    return exists().where(
        row.engagement_id == engagements.c.id,
        row.request_id == requests.c.id,
        requests.c.number == number.upper(),
        true() if actor.is_staff else row.shared,
    )


async def graduation(
    db: AsyncConnection, engagement_id: UUID, after: UUID | None, limit: int
) -> Sequence[Record]:
    """The log's entries, oldest first."""
    query = select(graduation_log).where(graduation_log.c.engagement_id == engagement_id)
    if after is not None:
        query = query.where(graduation_log.c.id > after)
    return (await db.execute(query.order_by(graduation_log.c.id).limit(limit))).all()


def link_row(found: Engagement, request_id: UUID, *, shared: bool, by: UUID, at: datetime) -> dict[str, Any]:
    return {"engagement_id": found.id, "request_id": request_id, "shared": shared, "by": by, "at": at}
