"""Requests whose due date or reply date is near or past, read by the indexes of the desk."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.calendars import ALERT_DAYS_BEFORE_DUE, REMINDER_DAYS_BEFORE_REPLY
from app.domain.lifecycle import State
from app.store.requests import requests

MOST = 500  # in one reading; the next one goes on after the last
_r = requests.c


async def near_due(db: AsyncConnection, today: date, after: UUID | None) -> list[UUID]:
    """Those on the running clock that are alerted about today: so many days before, and every day once overdue."""
    near = [_r.statutory_due_on == today + timedelta(days=days) for days in ALERT_DAYS_BEFORE_DUE]
    near.append(_r.statutory_due_on < today)
    return await _page(db, (_r.ended_on.is_(None), or_(*near)), after)


async def near_reply(db: AsyncConnection, today: date, after: UUID | None) -> list[UUID]:
    """Those with open questions whose reply date is so many days away."""
    days = [today + timedelta(days=each) for each in REMINDER_DAYS_BEFORE_REPLY]
    waiting = _r.state == State.INFORMATION_REQUESTED.value
    return await _page(db, (waiting, _r.reply_by.in_(days)), after)


async def _page(
    db: AsyncConnection, conditions: tuple[ColumnElement[bool], ...], after: UUID | None
) -> list[UUID]:
    query = select(_r.id).where(_r.on_desk, *conditions).order_by(_r.id).limit(MOST)
    if after is not None:
        query = query.where(_r.id > after)
    return list((await db.execute(query)).scalars())
