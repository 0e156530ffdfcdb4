"""The rows behind an endpoint's health: locked, changed, and whom to tell."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.columns import Record
from app.store.deliveries import deliveries, in_state
from app.store.people import people
from app.store.webhook_endpoints import webhook_endpoints

_row = webhook_endpoints.c


async def lock(db: AsyncConnection, id: UUID) -> Record | None:
    """An endpoint that is still there, whoever owns it, held until the transaction ends."""
    query = select(webhook_endpoints).where(_row.id == id, _row.deleted_at.is_(None)).with_for_update()
    return (await db.execute(query)).one_or_none()


async def change(db: AsyncConnection, row: Record, values: Mapping[str, Any]) -> None:
    """Writes a locked row, and counts one more event about it."""
    counted = {"revision": row.revision + 1, "sequence": row.sequence + 1}
    await db.execute(webhook_endpoints.update().where(_row.id == row.id).values(**values, **counted))


async def cancel_pending(db: AsyncConnection, id: UUID, now: datetime, reason: str) -> None:
    """Cancels what waits for an endpoint; what is claimed just now is looked at again when it is sent."""
    row = deliveries.c
    waiting = select(row.id).where(row.endpoint_id == id, in_state("ready")).with_for_update(skip_locked=True)
    values = {"state": "cancelled", "payload": "", "settled_at": now, "last_error": reason}
    await db.execute(deliveries.update().where(row.id.in_(waiting)).values(**values))


async def last_error(db: AsyncConnection, id: UUID) -> str | None:
    """What the newest delivery that failed was told last."""
    row = deliveries.c
    query = (
        select(row.last_error)
        .where(row.endpoint_id == id, row.last_error.is_not(None), row.state != "cancelled")
        .order_by(row.id.desc())
        .limit(1)
    )
    return (await db.execute(query)).scalar_one_or_none()


async def program_contacts(db: AsyncConnection, created_by: UUID | None) -> Sequence[Record]:
    """Who made an endpoint of the program or, where that is nobody who is here, who administers: id, name, address."""
    is_admin = (" " + people.c.staff_roles + " ").contains(" admin ")
    query = (
        select(people.c.id, people.c.name, people.c.email)
        .where(people.c.kind == "staff", people.c.active, people.c.email_confirmed_at.is_not(None))
        .where(or_(is_admin, people.c.id == created_by))
        .order_by(people.c.id)
    )
    found = (await db.execute(query)).all()
    return [each for each in found if each.id == created_by] or found
