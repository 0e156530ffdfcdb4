"""Lists of engagements, paged by key, and the days from which their timeliness is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.policy import Actor
from app.store.columns import Record
from app.store.engagement_records import cited_by
from app.store.engagements import BRIEF, Engagement, engagements, visible_to

_e = engagements.c


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. `equal` maps a column to its value; with `updated_since` the oldest change comes first."""

    equal: Mapping[str, Any] = field(default_factory=dict)
    updated_since: datetime | None = None
    request: str | None = None  # number of a designation request that cites it
    after: Sequence[Any] | None = None


def _changed(actor: Actor) -> Column[Any]:
    """To a requester, a change is one that it can see."""
    return _e.updated_at if actor.is_staff else _e.applicant_updated_at


def place_of(actor: Actor, row: Engagement) -> list[str]:
    """Where this row stands in the order, for the cursor."""
    at = row.updated_at if actor.is_staff else row.applicant_updated_at
    return [at.isoformat(), str(row.id)]


async def find_page(db: AsyncConnection, actor: Actor, wanted: Wanted, limit: int) -> list[Engagement]:
    query, column = visible_to(actor, BRIEF), _changed(actor)
    for name, value in wanted.equal.items():
        query = query.where(_e[name] == value)
    if wanted.request is not None:
        query = query.where(cited_by(actor, wanted.request))
    ascending = wanted.updated_since is not None
    if ascending:
        query = query.where(column >= wanted.updated_since)
    if wanted.after is not None:
        at, last = datetime.fromisoformat(wanted.after[0]), UUID(wanted.after[1])
        pair, end = tuple_(column, _e.id), tuple_(literal(at, column.type), literal(last, _e.id.type))
        query = query.where(pair > end if ascending else pair < end)
    order = (column.asc(), _e.id.asc()) if ascending else (column.desc(), _e.id.desc())
    return [Engagement.of(row) for row in await db.execute(query.order_by(*order).limit(limit))]


async def days(db: AsyncConnection, first: date, last: date) -> Sequence[Record]:
    """Of each engagement received from `first` to `last`: what it was, what was meant, and what came of it."""
    query = select(
        _e.format, _e.state, _e.received_on, _e.decide_by, _e.meet_by, _e.decided_on, _e.held_on
    ).where(_e.received_on >= first, _e.received_on <= last)
    return (await db.execute(query)).all()
