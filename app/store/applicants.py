"""Applicants and their members."""

from uuid import UUID

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, Uuid, bindparam, case, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.columns import Instant, Record, metadata
from app.store.people import people

applicants = Table(
    "applicants",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", String(300), nullable=False),
    Column("type", String(30), nullable=False),
    Column("type_detail", String(300)),
    Column("country", String(2)),
    Column("identifiers", Text, nullable=False, server_default="{}"),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Index("ix_applicants_type", "type"),
)
members = Table(
    "members",
    metadata,
    Column("applicant_id", Uuid, ForeignKey("applicants.id"), primary_key=True),
    Column("person_id", Uuid, ForeignKey("people.id"), primary_key=True),
    Column("role", String(10), nullable=False),
    Column("created_at", Instant, nullable=False),
    Index("ix_members_person_id", "person_id"),
)


async def lock(db: AsyncConnection, applicant_id: UUID) -> None:
    """Holds the applicant until the transaction ends, so that two changes of its members see each other."""
    await db.execute(_lock, {"applicant_id": applicant_id})


async def role_of(db: AsyncConnection, applicant_id: UUID, person_id: UUID | None) -> str | None:
    """The person's role there as a member; None for agents, machines and strangers."""
    found = await db.execute(_role, {"applicant_id": applicant_id, "person_id": person_id})
    return found.scalar_one_or_none()


async def member(db: AsyncConnection, applicant_id: UUID, person_id: UUID) -> Record | None:
    query = _members.where(members.c.applicant_id == applicant_id, members.c.person_id == person_id)
    return (await db.execute(query)).one_or_none()


async def members_page(
    db: AsyncConnection, applicant_id: UUID, after: UUID | None, limit: int
) -> list[Record]:
    query = _members.where(members.c.applicant_id == applicant_id).order_by(members.c.person_id).limit(limit)
    return list(await db.execute(query if after is None else query.where(members.c.person_id > after)))


async def signers(db: AsyncConnection, *applicant_ids: UUID) -> list[Record]:
    """The signers of these applicants, each once."""
    query = (
        select(people.c.id, people.c.name, people.c.email)
        .join(members, members.c.person_id == people.c.id)
        .where(members.c.applicant_id.in_(applicant_ids), members.c.role == "signer", people.c.active)
        .distinct()
        .order_by(people.c.id)
    )
    return list(await db.execute(query))


_lock = select(applicants.c.id).where(applicants.c.id == bindparam("applicant_id")).with_for_update()
_role = select(members.c.role).where(
    members.c.applicant_id == bindparam("applicant_id"), members.c.person_id == bindparam("person_id")
)
_members = select(
    members.c.applicant_id,
    members.c.person_id,
    members.c.role,
    members.c.created_at,
    people.c.name,
    people.c.email,
    case((people.c.email_confirmed_at.is_not(None), 1), else_=0).label("confirmed"),
).join(people, people.c.id == members.c.person_id)
