"""Addresses that take no mail: one row each, for as long as it holds. An address without a row is well."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import String, delete, exists, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.columns import Instant, Record
from app.store.people import address_states, is_address_of_person, people

COMPLAINED = "complained"


async def note(db: AsyncConnection, email_key: str, state: str, status: str | None, at: datetime) -> bool:
    """Notes it of an address that somebody confirmed; whether anything is new. A complaint outweighs a bounce."""
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    confirmed = exists().where(people.c.email_key == email_key, people.c.email_confirmed_at.is_not(None))
    row = select(
        literal(email_key, String), literal(state, String), literal(at, Instant), literal(status, String)
    ).where(confirmed)
    noted = insert(address_states).from_select(["email_key", "state", "since", "status"], row)
    told = noted.excluded
    outweighed = noted.on_conflict_do_update(
        index_elements=["email_key"],
        set_={"state": told.state, "since": told.since, "status": told.status},
        where=(address_states.c.state != COMPLAINED) & (told.state == COMPLAINED),
    )
    return (await db.execute(outweighed.returning(address_states.c.state))).first() is not None


async def clear(db: AsyncConnection, email_key: str) -> bool:
    """Whether there was anything to clear."""
    gone = delete(address_states).where(address_states.c.email_key == email_key)
    return (await db.execute(gone)).rowcount == 1


async def of(db: AsyncConnection, people_ids: Collection[UUID]) -> Mapping[UUID, Record]:
    """By person, of those whose confirmed address takes no mail."""
    query = (
        select(people.c.id.label("person_id"), address_states)
        .join(address_states, is_address_of_person)
        .where(people.c.id.in_(people_ids))
    )
    return {row.person_id: row for row in await db.execute(query)}
