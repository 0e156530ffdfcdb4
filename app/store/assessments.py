"""Assessments and recommendations: what reviewers found, criterion by criterion. Append-only; the newest counts."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, Uuid, exists, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.columns import Instant, Record, metadata
from app.store.people import people

assessments = Table(
    "assessments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), nullable=False),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False),
    Column("version", Integer, nullable=False),  # of the content that was assessed
    Column("ratings", Text, nullable=False),  # JSON: criterion, rating, rationale, evidence keys
    Column("recommendation", String(12)),  # designate | deny
    Column("at", Instant, nullable=False),
    Index("ix_assessments_request_id", "request_id", "id"),
)
recommendations = Table(
    "recommendations",
    metadata,
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("outcome", String(12), nullable=False),
    Column("context_of_use", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("assessment_id", Uuid, ForeignKey("assessments.id"), nullable=False),
    Column("by", Uuid, ForeignKey("people.id"), nullable=False),
    Column("at", Instant, nullable=False),
)


async def recommendation(db: AsyncConnection, request_id: UUID) -> Record | None:
    """The newest recommendation of a request."""
    query = (
        select(recommendations)
        .where(recommendations.c.request_id == request_id)
        .order_by(recommendations.c.n.desc())
        .limit(1)
    )
    return (await db.execute(query)).one_or_none()


async def latest(db: AsyncConnection, request_id: UUID, person_id: UUID) -> Record | None:
    """The person's newest assessment of the request, which stands in place of those before it."""
    query = (
        select(assessments)
        .where(assessments.c.request_id == request_id, assessments.c.person_id == person_id)
        .order_by(assessments.c.id.desc())
        .limit(1)
    )
    return (await db.execute(query)).one_or_none()


async def page(
    db: AsyncConnection, request_id: UUID, lead_id: UUID | None, after: UUID | None, limit: int
) -> Sequence[Record]:
    """The next assessments, oldest first: whose, whether a later one by them stands, and what the lead recommends."""
    later, leads = assessments.alias("later"), assessments.alias("leads")
    superseded = exists().where(
        later.c.request_id == assessments.c.request_id,
        later.c.person_id == assessments.c.person_id,
        later.c.id > assessments.c.id,
    )
    lead_recommends = (
        select(leads.c.recommendation)
        .where(leads.c.request_id == request_id, leads.c.person_id == literal(lead_id, Uuid()))
        .order_by(leads.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(
            assessments,
            people.c.name,
            superseded.label("superseded"),
            lead_recommends.label("lead_recommends"),
        )
        .join(people, people.c.id == assessments.c.person_id)
        .where(assessments.c.request_id == request_id)
        .order_by(assessments.c.id)
        .limit(limit)
    )
    return (await db.execute(query if after is None else query.where(assessments.c.id > after))).all()
