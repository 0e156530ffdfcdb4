"""Which applicants a caller can see, and what a change of one does to the requests that show it."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, false, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.lifecycle import State
from app.domain.policy import Actor, Permission
from app.store.applicants import applicants
from app.store.columns import Record
from app.store.requests import requests


def visible_to(actor: Actor) -> Select[Any]:
    """Those the caller acts for; to the program, those of whom it has received something."""
    if not actor.is_staff:
        return select(applicants).where(applicants.c.id.in_(list(actor.standings)))
    if not actor.may(Permission.READ_REQUESTS):
        return select(applicants).where(false())
    received = select(requests.c.id).where(
        requests.c.applicant_id == applicants.c.id, requests.c.on_desk, requests.c.content.is_not(None)
    )
    return select(applicants).where(received.exists())


async def page(
    db: AsyncConnection, actor: Actor, type: str | None, after: UUID | None, limit: int
) -> list[Record]:
    query = visible_to(actor).order_by(applicants.c.id).limit(limit)
    if type is not None:
        query = query.where(applicants.c.type == type)
    return list(await db.execute(query if after is None else query.where(applicants.c.id > after)))


async def find(db: AsyncConnection, actor: Actor, applicant_id: UUID, *, lock: bool = False) -> Record | None:
    query = visible_to(actor).where(applicants.c.id == applicant_id)
    found: Record | None = (
        await db.execute(query.with_for_update(of=applicants) if lock else query)
    ).one_or_none()
    return found


async def shown_anew(db: AsyncConnection, applicant_id: UUID, type: str) -> None:
    """Moves the tags of the requests that show the applicant; drafts take its new type, records keep theirs."""
    mine = requests.update().where(requests.c.applicant_id == applicant_id)
    counted = {
        "revision": requests.c.revision + 1,
        "applicant_revision": requests.c.applicant_revision + 1,
    }
    await db.execute(mine.where(requests.c.state != State.DRAFT.value).values(**counted))
    await db.execute(mine.where(requests.c.state == State.DRAFT.value).values(applicant_type=type, **counted))
