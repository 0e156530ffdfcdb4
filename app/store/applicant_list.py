"""Which applicants a caller can see: those it acts for; for staff, those whose requests are on its desk."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Uuid, false, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.policy import Actor, Permission
from app.store.applicants import applicants
from app.store.assignments import recused
from app.store.requests import on_desk, requests


def visible_to(actor: Actor) -> Select[*tuple[Any, ...]]:
    """Every read of an applicant starts from it; what it leaves out does not exist."""
    if not actor.is_staff:
        return select(applicants).where(applicants.c.id.in_(actor.applicants(Permission.READ_REQUESTS)))
    if not actor.may(Permission.READ_REQUESTS):
        return select(applicants).where(false())
    filed = select(requests.c.id).where(
        requests.c.applicant_id == applicants.c.id, on_desk, requests.c.content.is_not(None)
    )
    if actor.person_id is not None:
        filed = filed.where(~recused(literal(actor.person_id, Uuid()), requests.c.id))
    return select(applicants).where(filed.exists())


async def seen(db: AsyncConnection, actor: Actor, id: UUID) -> Row[*tuple[Any, ...]] | None:
    return (await db.execute(visible_to(actor).where(applicants.c.id == id))).one_or_none()


async def find_page(
    db: AsyncConnection, actor: Actor, after: UUID | None, limit: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    query = visible_to(actor)
    if after is not None:
        query = query.where(applicants.c.id > after)
    return (await db.execute(query.order_by(applicants.c.id).limit(limit))).all()


async def retype_drafts(db: AsyncConnection, applicant_id: UUID, type: str) -> None:
    """What is not filed yet follows its applicant; what is filed stays as it was filed."""
    drafts = (requests.c.applicant_id == applicant_id) & (requests.c.state == "draft")
    await db.execute(requests.update().where(drafts).values(applicant_type=type))
