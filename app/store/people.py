"""People: staff of the program and members of applicants; never both."""

from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, Index, Integer, Select, String, Table, Text, Uuid, and_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.columns import Instant, Record, metadata

people = Table(
    "people",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", String(10), nullable=False),  # staff | member
    Column("name", String(300), nullable=False),
    Column("email", String(254), nullable=False),
    Column("email_key", String(254), nullable=False),  # lower case, for look-ups
    Column("email_confirmed_at", Instant),
    Column("password_hash", Text),
    Column("staff_roles", String(200), nullable=False, server_default=""),  # blank-separated
    Column("center", String(10)),
    Column("active", Boolean, nullable=False, server_default="1"),
    Column("signing_failures", Integer, nullable=False, server_default="0"),
    Column("signing_locked_until", Instant),
    Column("created_at", Instant, nullable=False),
    Column("subject", String(255)),  # who it is to the OpenID issuer; bound at the first visit
)
Index("uq_people_subject", people.c.subject, unique=True)
# An unconfirmed address reserves nothing, so only a confirmed one is unique.
Index(
    "uq_people_confirmed_email",
    people.c.email_key,
    unique=True,
    postgresql_where=people.c.email_confirmed_at.is_not(None),
    sqlite_where=people.c.email_confirmed_at.is_not(None),
)
Index("ix_people_email_key", people.c.email_key)
_STAFF = text("kind = 'staff'")
# the few people of the program among all others, for whoever tells a desk something
Index("ix_people_staff", people.c.id, postgresql_where=_STAFF, sqlite_where=_STAFF)
# What is known against an address, for as long as it holds; one without a row is well.
address_states = Table(
    "address_states",
    metadata,
    Column("email_key", String(254), primary_key=True),  # lower case, as of a person
    Column("state", String(10), nullable=False),  # bouncing | complained
    Column("since", Instant, nullable=False),
    Column("status", String(12)),  # of RFC 3463, where it was told
)
# for whoever shows people beside their addresses: by an outer join
is_address_of_person = and_(
    address_states.c.email_key == people.c.email_key, people.c.email_confirmed_at.is_not(None)
)
state_of_address = (address_states.c.state, address_states.c.since, address_states.c.status)


async def any_staff(db: AsyncConnection) -> bool:
    return (
        await db.execute(select(people.c.id).where(people.c.kind == "staff").limit(1))
    ).first() is not None


async def staff_page(db: AsyncConnection, after: UUID | None, limit: int) -> list[Record]:
    query = _staff().order_by(people.c.id).limit(limit)
    return list(await db.execute(query if after is None else query.where(people.c.id > after)))


async def member_of_staff(db: AsyncConnection, person_id: UUID, *, lock: bool = False) -> Record | None:
    query = _staff().where(people.c.id == person_id)
    return (await db.execute(query.with_for_update(of=people) if lock else query)).one_or_none()


def _staff() -> Select[*tuple[Any, ...]]:
    """With what is known of their addresses."""
    staff = select(people, *state_of_address).outerjoin(address_states, is_address_of_person)
    return staff.where(people.c.kind == "staff")


async def admins(db: AsyncConnection) -> list[Record]:
    """The active administrators, locked, so that no two changes each leave the other as the last."""
    query = (
        select(people)
        .where(
            people.c.kind == "staff", people.c.active, (" " + people.c.staff_roles + " ").contains(" admin ")
        )
        .order_by(people.c.id)
        .with_for_update()
    )
    return list(await db.execute(query))


async def any_unconfirmed(db: AsyncConnection, email_key: str) -> bool:
    """Whether somebody registered with this address and never confirmed it."""
    query = select(people.c.id).where(people.c.email_key == email_key, people.c.email_confirmed_at.is_(None))
    return (await db.execute(query.limit(1))).first() is not None


async def bind(db: AsyncConnection, email_key: str, subject: str) -> UUID | None:
    """Who has this confirmed address becomes who the subject is to the issuer, unless bound to another before."""
    bound = (
        people.update()
        .where(
            people.c.email_key == email_key,
            people.c.email_confirmed_at.is_not(None),
            people.c.subject.is_(None),
            people.c.active,
        )
        .values(subject=subject)
        .returning(people.c.id)
    )
    person_id: UUID | None = (await db.execute(bound)).scalar_one_or_none()
    return person_id


async def is_confirmed(db: AsyncConnection, email_key: str) -> bool:
    """Whether an account has this address and has shown it."""
    query = select(people.c.id).where(
        people.c.email_key == email_key, people.c.email_confirmed_at.is_not(None)
    )
    return (await db.execute(query.limit(1))).first() is not None
