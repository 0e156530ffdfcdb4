"""How much each reviewer has to do: one statement over who works on what is still open."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, case, exists, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.lifecycle import State
from app.store.assignments import assignments, recused
from app.store.columns import Record
from app.store.people import people
from app.store.requests import requests

_a, _r, _p = assignments.c, requests.c, people.c


async def page(
    db: AsyncConnection, viewer_id: UUID | None, today: date, after: UUID | None, limit: int
) -> Sequence[Record]:
    """The next reviewers, with what they have open; a request the viewer may not know of counts nowhere."""
    at_work = exists().where(_a.person_id == _p.id, _a.ended_at.is_(None))
    reviews = and_(_p.active, (" " + _p.staff_roles + " ").contains(" reviewer "))
    listed = select(_p.id, _p.name, _p.center).where(_p.kind == "staff", or_(reviews, at_work))
    if after is not None:
        listed = listed.where(_p.id > after)
    who = listed.order_by(_p.id).limit(limit).subquery("who")
    open_one = and_(_r.id == _a.request_id, _r.ended_on.is_(None))
    if viewer_id is not None:
        open_one = and_(open_one, ~recused(literal(viewer_id, Uuid()), _r.id))
    query = (
        select(
            who.c.id,
            who.c.name,
            who.c.center,
            _counted(_a.part == "lead").label("lead"),
            _counted(_a.part == "team").label("team"),
            _counted(_r.statutory_due_on < today).label("overdue"),
            _counted(_r.state == State.INFORMATION_REQUESTED.value).label("questions_open"),
            func.min(_r.statutory_due_on).label("nearest_due_on"),
        )
        .select_from(
            who.outerjoin(assignments, and_(_a.person_id == who.c.id, _a.ended_at.is_(None))).outerjoin(
                requests, open_one
            )
        )
        .group_by(who.c.id, who.c.name, who.c.center)
        .order_by(who.c.id)
    )
    return (await db.execute(query)).all()


def _counted(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    """Of the open requests, those for which it holds."""
    return func.coalesce(func.sum(case((and_(_r.id.is_not(None), condition), 1), else_=0)), 0)
