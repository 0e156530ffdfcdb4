"""Broadcasts: what the program says to many, and how far each has come."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text, Uuid, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.mailboxes import Kind
from app.domain.policy import GRANTS, Permission, Role
from app.store.applicants import applicants
from app.store.columns import Instant, Record, metadata
from app.store.people import people
from app.store.threads import threads

broadcasts = Table(
    "broadcasts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subject", String(300), nullable=False),
    Column("text", Text, nullable=False),
    Column("audience", String(10), nullable=False),  # applicants | staff | everyone
    Column("from_at", Instant, nullable=False),
    Column("until_at", Instant),  # whoever comes until then gets it, too
    Column("created_at", Instant, nullable=False),
    Column("created_by", Uuid, ForeignKey("people.id"), nullable=False),
    Column("reached", Integer, nullable=False),  # mailboxes so far
    Column("finished_at", Instant),
)
_row = broadcasts.c


async def insert(db: AsyncConnection, row: dict[str, Any]) -> None:
    await db.execute(broadcasts.insert(), row)


async def page(db: AsyncConnection, after: UUID | None, limit: int) -> Sequence[Record]:
    """Newest first, with who sent it."""
    query = select(broadcasts, people.c.name).join(people, people.c.id == _row.created_by)
    query = query.order_by(_row.id.desc()).limit(limit)
    return (await db.execute(query if after is None else query.where(_row.id < after))).all()


async def lock(db: AsyncConnection, id: UUID) -> Record | None:
    return (await db.execute(select(broadcasts).where(_row.id == id).with_for_update())).one_or_none()


async def change(db: AsyncConnection, id: UUID, values: dict[str, Any]) -> None:
    await db.execute(broadcasts.update().where(_row.id == id).values(**values))


async def unreached(db: AsyncConnection, id: UUID, after: UUID | None, limit: int) -> Sequence[UUID]:
    """Applicants that have no thread of it yet, in the order of their ids."""
    has = exists().where(
        threads.c.applicant_id == applicants.c.id,
        threads.c.about_id == id,
        threads.c.kind == Kind.BROADCAST.value,
    )
    query = select(applicants.c.id).where(~has).order_by(applicants.c.id).limit(limit)
    return (
        (await db.execute(query if after is None else query.where(applicants.c.id > after))).scalars().all()
    )


async def staff(db: AsyncConnection) -> list[UUID]:
    """Every active member of staff who takes part in mail."""
    query = select(people.c.id, people.c.staff_roles).where(people.c.kind == "staff", people.c.active)
    return [row.id for row in await db.execute(query.order_by(people.c.id)) if _corresponds(row.staff_roles)]


def _corresponds(roles: str) -> bool:
    return any(Permission.CORRESPOND in GRANTS[Role(role)] for role in roles.split())
