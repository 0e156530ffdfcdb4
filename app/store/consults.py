"""Consults: a question to one person about named parts of a request, and the opinion given, which is append-only."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Select,
    String,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.assignments import recused
from app.store.columns import Instant, Record, metadata
from app.store.people import people
from app.store.prepared import Prepared
from app.store.requests import requests

consults = Table(
    "consults",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), nullable=False),
    Column("kind", String(20), nullable=False),  # other_center | ett | catt | compliance
    Column("consultant_id", Uuid, ForeignKey("people.id"), nullable=False),
    Column("question", Text, nullable=False),
    Column("parts", Text, nullable=False),  # JSON: pointers into the content; nothing else is shown
    Column("attachments", Text, nullable=False),  # JSON: ids of files that are shown too
    Column("due_on", Date),
    Column("asked_by", Uuid, ForeignKey("people.id"), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("cancelled_at", Instant),
    Index("ix_consults_request_id", "request_id", "asked_at"),
    Index("ix_consults_consultant_id", "consultant_id", "asked_at"),
)
opinions = Table(
    "opinions",
    metadata,
    Column("consult_id", Uuid, ForeignKey("consults.id"), primary_key=True),
    Column("text", Text, nullable=False),
    Column("by", Uuid, ForeignKey("people.id"), nullable=False),
    Column("at", Instant, nullable=False),
)
_row = consults.c
_asker = people.alias("asker")
# 0 while an opinion is awaited, 1 afterwards: the open ones come first
_rank = case((and_(opinions.c.consult_id.is_(None), _row.cancelled_at.is_(None)), 0), else_=1)


def _whole(*more: Any) -> Select[*tuple[Any, ...]]:
    columns = (
        consults,
        opinions.c.text.label("opinion"),
        opinions.c.at.label("given_at"),
        people.c.name.label("consultant_name"),
    )
    joined = consults.outerjoin(opinions, opinions.c.consult_id == _row.id).join(
        people, people.c.id == _row.consultant_id
    )
    return select(*columns, *more).select_from(joined)


async def page(db: AsyncConnection, request_id: UUID, after: UUID | None, limit: int) -> Sequence[Record]:
    """The next consults of a request, oldest first, with the opinions given."""
    query = _whole().where(_row.request_id == request_id).order_by(_row.id).limit(limit)
    return (await db.execute(query if after is None else query.where(_row.id > after))).all()


async def find(db: AsyncConnection, request_id: UUID, id: UUID) -> Record | None:
    """One consult of the request, with who asked, and whether asker or consultant declared a conflict since."""
    query = (
        _whole(
            _asker.c.email.label("asker_email"),
            _asker.c.active.label("asker_active"),
            people.c.email.label("consultant_email"),
            recused(_row.asked_by, _row.request_id).label("asker_recused"),
            recused(_row.consultant_id, _row.request_id).label("consultant_recused"),
        )
        .join(_asker, _asker.c.id == _row.asked_by)
        .where(_row.request_id == request_id, _row.id == id)
    )
    return (await db.execute(query)).one_or_none()


def _own(person_id: UUID) -> Select[*tuple[Any, ...]]:
    """What was asked of the person, on requests on which they declared no conflict."""
    query = _whole(requests.c.number, requests.c.content, _rank.label("rank"))
    return query.join(requests, requests.c.id == _row.request_id).where(
        _row.consultant_id == person_id, ~recused(literal(person_id, Uuid()), _row.request_id)
    )


async def own(db: AsyncConnection, person_id: UUID, id: UUID) -> Record | None:
    """One consult that was asked of the person, with the request's number and present content."""
    return (await db.execute(_own(person_id).where(_row.id == id))).one_or_none()


async def own_page(
    db: AsyncConnection, person_id: UUID, after: tuple[int, UUID] | None, limit: int
) -> Sequence[Record]:
    """The next consults that were asked of the person: those that await an opinion first, each kind oldest first."""
    query = _own(person_id).order_by(_rank, _row.id).limit(limit)
    if after is not None:
        rank, id = after
        query = query.where(or_(_rank > rank, and_(_rank == rank, _row.id > id)))
    return (await db.execute(query)).all()


# it may be cancelled once
cancel = Prepared(consults.update().where(_row.id == bindparam("the_consult"), _row.cancelled_at.is_(None)))
