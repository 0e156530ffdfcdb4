"""What the calendar brings round: alerts before the due date and after it, reminders before a reply date.

Computed from the live rows on each civil day: a request that has ended, or questions that were answered, need no
cancelling. Each is given once a day however many workers there are, and late rather than never on the same day.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.calendars import alert_is_due, civil_date, days_left, reminder_dates
from app.domain.keyring import Keyring
from app.domain.notices import Hearer, Notice
from app.domain.policy import SYSTEM, Audience
from app.services import announcements, correspondence, hearing, transitions
from app.services.announcements import BOTH, Announcement
from app.services.correspondence import Telling
from app.store import deadlines, reminders, requests
from app.store.database import Database
from app.store.requests import DesignationRequest

DUE, REPLY = "due", "reply"
REMINDER = "reply_reminder"
# After the due date the program's managers hear too: nothing decides by itself (506L says nothing of it).
ALERTED = (Hearer.LEAD, Hearer.TEAM, Hearer.COORDINATORS)
ESCALATED = (*ALERTED, Hearer.SIGNATORIES)


@dataclass(frozen=True, slots=True)
class Desk:
    """What alerts need: the store, and how letters are sealed and addressed."""

    database: Database
    keyring: Keyring
    public_url: str


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert: its kind, what both letters and events say, and who hears."""

    kind: str
    announced: tuple[Announcement, ...]
    notices: tuple[Notice, ...]
    words: dict[str, str]


async def attend_deadlines(desk: Desk, now: datetime) -> None:
    """Gives every alert and reminder of today that was not given yet."""
    today = civil_date(now)
    for kind in (DUE, REPLY):
        after: UUID | None = None
        while True:
            async with desk.database.reading() as db:
                found = await _near(db, kind, today, after)
            for ident in found:
                async with desk.database.writing() as db:
                    await _give(desk, db, kind, ident, now)
            if len(found) < deadlines.MOST:
                break
            after = found[-1]


async def _near(db: AsyncConnection, kind: str, today: date, after: UUID | None) -> list[UUID]:
    if kind == DUE:
        return await deadlines.near_due(db, today, after)
    return await deadlines.near_reply(db, today, after)


async def _give(desk: Desk, db: AsyncConnection, kind: str, ident: UUID, now: datetime) -> None:
    """The alert of one request, from its row as it is now; nothing where it was given or is not due any more."""
    found = await requests.find(db, SYSTEM, str(ident), lock=True)
    today = civil_date(now)
    alert = None if found is None else _alert_of(found, kind, today)
    if found is None or alert is None:
        return
    if not await reminders.given(db, found.id, kind, today, now):
        return
    subject = announcements.of_request(found, found.status.value)
    last = await announcements.announce(db, subject, now, desk.public_url, alert.announced)
    await requests.keep_sequences(db, found, last)
    hand = transitions.Desk(db, SYSTEM, now, desk.keyring, desk.public_url)
    words = hearing.words_of(desk.public_url, found, **alert.words)
    about = hearing.about(found, found.lead_center)
    told = await correspondence.tellings(hand, about, alert.notices, words)
    await correspondence.tell_at_once(hand, await _still_needed(db, told))


async def _still_needed(db: AsyncConnection, told: Sequence[Telling]) -> list[Telling]:
    """Without letters to whoever has said that they know; where that is everyone, nothing is told at all."""
    asked = [each for each in told if each.template == REMINDER]
    heard = await reminders.acknowledged(db, {each.thread_id for each in asked}) if asked else frozenset()
    needed = list[Telling]()
    for each in told:
        occasion = reminders.occasion(each.template, each.words)
        letters = tuple(
            letter for letter in each.letters if (each.thread_id, letter.reader, occasion) not in heard
        )
        if letters or not each.letters:
            needed.append(replace(each, letters=letters))
    return needed


def _alert_of(found: DesignationRequest, kind: str, today: date) -> Alert | None:
    if kind == DUE:
        return _due(found, today)
    return _reply(found, today)


def _due(found: DesignationRequest, today: date) -> Alert | None:
    due = found.statutory_due_on
    if due is None or found.ended_on is not None or not alert_is_due(due, today):
        return None
    left = days_left(due, today)
    said = {"statutory_due_on": str(due), "days_left": left}
    template, hearers = ("due_soon", ALERTED) if left >= 0 else ("overdue", ESCALATED)
    return Alert(
        DUE,
        (Announcement("designation_request.due_date_approaching", Audience.PROGRAM, said),),
        tuple(Notice(each, template) for each in hearers),
        {"due": str(due), "days": str(abs(left))},
    )


def _reply(found: DesignationRequest, today: date) -> Alert | None:
    reply_by = found.reply_by
    if reply_by is None or today not in reminder_dates(reply_by):
        return None
    left = days_left(reply_by, today)
    said: dict[str, Any] = {"round": found.question_round, "reply_by": str(reply_by), "days_left": left}
    return Alert(
        REPLY,
        tuple(Announcement("designation_request.reply_date_approaching", side, said) for side in BOTH),
        (Notice(Hearer.SIGNERS, REMINDER),),
        {"round": str(found.question_round), "reply_by": str(reply_by), "days": str(left)},
    )
