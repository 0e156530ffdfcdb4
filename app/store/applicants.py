"""Applicants and their members."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Index, Row, Select, String, Table, Text, Uuid, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.columns import Instant, metadata
from app.store.people import address_states, is_address_of_person, people, state_of_address

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


async def find(db: AsyncConnection, id: UUID, *, lock: bool = False) -> Row[*tuple[Any, ...]] | None:
    """The applicant; `lock` also holds its members, keys and mandates still, as all changes to them ask for it."""
    query = select(applicants).where(applicants.c.id == id)
    return (await db.execute(query.with_for_update() if lock else query)).one_or_none()


async def change(db: AsyncConnection, id: UUID, values: Mapping[str, Any]) -> None:
    await db.execute(applicants.update().where(applicants.c.id == id).values(**values))


async def open_for(db: AsyncConnection, applicant: Mapping[str, Any], person_id: UUID, role: str) -> None:
    """A new applicant with its first member."""
    await db.execute(applicants.insert(), dict(applicant))
    await add_member(db, applicant["id"], person_id, role, applicant["created_at"])


async def open_unheld(db: AsyncConnection, applicant: Mapping[str, Any]) -> None:
    """A new applicant that has no member yet."""
    await db.execute(applicants.insert(), dict(applicant))


async def add_member(db: AsyncConnection, applicant_id: UUID, person_id: UUID, role: str, now: Any) -> None:
    row = {"applicant_id": applicant_id, "person_id": person_id, "role": role, "created_at": now}
    await db.execute(members.insert(), row)


def _members_of(applicant_id: UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(
            members.c.person_id,
            members.c.role,
            members.c.created_at,
            people.c.name,
            people.c.email,
            people.c.email_confirmed_at,
            *state_of_address,
        )
        .join(people, people.c.id == members.c.person_id)
        .outerjoin(address_states, is_address_of_person)
        .where(members.c.applicant_id == applicant_id)
    )


async def members_of(
    db: AsyncConnection, applicant_id: UUID, after: UUID | None, limit: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    query = _members_of(applicant_id)
    if after is not None:
        query = query.where(members.c.person_id > after)
    return (await db.execute(query.order_by(members.c.person_id).limit(limit))).all()


async def signers_of(db: AsyncConnection, applicant_id: UUID) -> Sequence[Row[*tuple[Any, ...]]]:
    query = _members_of(applicant_id).where(members.c.role == "signer")
    return (await db.execute(query.order_by(members.c.person_id))).all()


async def signers_of_any(
    db: AsyncConnection, applicant_ids: Collection[UUID]
) -> Sequence[Row[*tuple[Any, ...]]]:
    query = (
        select(
            people.c.email,
            people.c.email_confirmed_at,
            people.c.id.label("person_id"),
            members.c.applicant_id,
        )
        .join(members, members.c.person_id == people.c.id)
        .where(members.c.applicant_id.in_(applicant_ids), members.c.role == "signer")
    )
    return (await db.execute(query.order_by(people.c.id))).all()


async def member(db: AsyncConnection, applicant_id: UUID, person_id: UUID) -> Row[*tuple[Any, ...]] | None:
    query = _members_of(applicant_id).where(members.c.person_id == person_id)
    return (await db.execute(query)).one_or_none()


async def member_by_address(
    db: AsyncConnection, applicant_id: UUID, email_key: str
) -> Row[*tuple[Any, ...]] | None:
    """The member whose confirmed address this is."""
    query = _members_of(applicant_id).where(
        people.c.email_key == email_key, people.c.email_confirmed_at.is_not(None)
    )
    return (await db.execute(query)).one_or_none()


async def set_role(db: AsyncConnection, applicant_id: UUID, person_id: UUID, role: str) -> None:
    which = (members.c.applicant_id == applicant_id) & (members.c.person_id == person_id)
    await db.execute(members.update().where(which).values(role=role))


async def remove_member(db: AsyncConnection, applicant_id: UUID, person_id: UUID) -> None:
    which = (members.c.applicant_id == applicant_id) & (members.c.person_id == person_id)
    await db.execute(members.delete().where(which))
