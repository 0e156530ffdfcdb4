"""API keys: whose they are, and when they were used."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Table,
    Uuid,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.columns import Instant, Record, metadata

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("lookup", String(12), nullable=False, unique=True),
    Column("digest", String(64), nullable=False),  # HMAC-SHA256 of the whole key, never the key
    Column("person_id", Uuid, ForeignKey("people.id")),  # NULL: a machine's
    Column(
        "applicant_id", Uuid, ForeignKey("applicants.id")
    ),  # a machine's applicant; NULL with no person: the program's
    Column("label", String(100), nullable=False, server_default=""),
    Column("scopes", String(200), nullable=False),  # blank-separated
    Column("created_by", Uuid, ForeignKey("people.id")),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("last_used_at", Instant),
    Column("replaced_by", Uuid),  # the key that a rotation made in its place
    Index("ix_api_keys_person_id", "person_id"),
    Index("ix_api_keys_applicant_id", "applicant_id"),
)


def of_owner(person_id: UUID | None, applicant_id: UUID | None) -> ColumnElement[bool]:
    """A person's own keys, or the machine keys of an applicant or (neither named) of the program."""
    if person_id is not None:
        return api_keys.c.person_id == person_id
    return api_keys.c.person_id.is_(None) & (
        api_keys.c.applicant_id.is_(None) if applicant_id is None else api_keys.c.applicant_id == applicant_id
    )


async def page(
    db: AsyncConnection, owned: ColumnElement[bool], after: UUID | None, limit: int
) -> list[Record]:
    """Keys in the order they were made, those that are over included."""
    query = select(api_keys).where(owned).order_by(api_keys.c.id).limit(limit)
    return list(await db.execute(query if after is None else query.where(api_keys.c.id > after)))


async def find(
    db: AsyncConnection, owned: ColumnElement[bool], key_id: UUID, *, lock: bool = False
) -> Record | None:
    query = select(api_keys).where(owned, api_keys.c.id == key_id)
    return (await db.execute(query.with_for_update() if lock else query)).one_or_none()


async def count_open(db: AsyncConnection, owned: ColumnElement[bool], now: datetime) -> int:
    """How many of them still open something."""
    query = select(func.count()).select_from(api_keys)
    still = or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > now)
    return (await db.execute(query.where(owned, api_keys.c.revoked_at.is_(None), still))).scalar_one()


async def used(db: AsyncConnection, uses: Mapping[UUID, datetime]) -> None:
    """Notes when keys were last used; an earlier use noted late by another process changes nothing."""
    await db.execute(_used, [{"key_id": key_id, "at": at} for key_id, at in uses.items()])


_used = (
    api_keys.update()
    .where(
        api_keys.c.id == bindparam("key_id"),
        or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at < bindparam("at")),
    )
    .values(last_used_at=bindparam("at"))
)


async def end_all(db: AsyncConnection, person_id: UUID, now: datetime) -> int:
    """Revokes every key of a person; how many there were."""
    theirs = (api_keys.c.person_id == person_id) & api_keys.c.revoked_at.is_(None)
    return (await db.execute(api_keys.update().where(theirs).values(revoked_at=now))).rowcount
