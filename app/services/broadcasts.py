"""Broadcasts: one message to many mailboxes, sent in steps of a bounded size after the call that asks for it.

A step and the timer of the next are committed together, and what a step finds are applicants that have no thread of the
broadcast yet: so each gets it once, however often a worker dies. Whoever registers while it is valid gets it, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.calendars import civil_date
from app.domain.errors import Flaw, Invalid, NotPermitted
from app.domain.identity import new_id
from app.domain.mailboxes import About, Desk, Kind, Turn, main_thread
from app.domain.notices import Hearer
from app.domain.policy import Actor, Audience, Permission, Scope
from app.services import timers
from app.services.timers import Timer
from app.services.transitions import Desk as Hand
from app.store import broadcasts as store
from app.store.columns import Record
from app.store.told import Row, Told
from app.store.writes import Writes

SEND: Final = "broadcast"
MOST: Final = 200  # applicants a step
AGAIN: Final = timedelta(hours=1)  # until newcomers are looked for
To = Literal["applicants", "staff", "everyone"]


@dataclass(frozen=True, slots=True)
class Broadcast:
    """What is said to whom: sent at `at` (None: now), and also to whoever comes before `until`."""

    subject: str
    text: str
    audience: To
    at: datetime | None = None
    until: datetime | None = None


def insist_on_right(actor: Actor) -> UUID:
    """The person who may broadcast. Raises NotPermitted."""
    is_one = actor.may(Permission.ADMINISTER) or actor.may(Permission.ASSIGN)
    if actor.person_id is None or not is_one or Scope.MAILBOX not in actor.scopes:
        raise NotPermitted("Broadcasts are the coordinators' and administrators', with the scope mailbox.")
    return actor.person_id


async def announce(hand: Hand, said: Broadcast) -> dict[str, Any]:
    """The broadcast as it was kept; it leaves after the commit. Raises NotPermitted, Invalid."""
    by = insist_on_right(hand.actor)
    at = max(said.at or hand.now, hand.now)
    if said.until is not None and said.until <= at:
        raise Invalid(flaws=[Flaw("/until", "order", "It ends before it begins.")])
    id = new_id()
    row = {
        "id": id,
        "subject": said.subject,
        "text": said.text,
        "audience": said.audience,
        "from_at": at,
        "until_at": said.until,
        "created_at": hand.now,
        "created_by": by,
        "reached": 0,
        "finished_at": None,
    }
    await store.insert(hand.db, row)
    await timers.start_all(hand.db, [_timer(id, 1, None, at)], hand.now)
    return row


def _timer(id: UUID, n: int, after: UUID | None, at: datetime) -> Timer:
    facts = {"broadcast_id": str(id), "n": n, "after": None if after is None else str(after)}
    return Timer(SEND, facts, at, once=f"{SEND}:{id}:{n}")


async def step(db: AsyncConnection, facts: Mapping[str, Any], at: datetime, most: int = MOST) -> None:
    """Sends it to the next applicants, to the staff first of all, and sets the timer of the next step."""
    found = await store.lock(db, UUID(facts["broadcast_id"]))
    if found is None:
        return
    n, after = facts["n"], facts["after"]
    told = [await _to_staff(db, found, at)] if n == 1 and found.audience != "applicants" else []
    reached = sum(len(each.people) for each in told)
    ids = []
    if found.audience != "staff":
        ids = list(await store.unreached(db, found.id, UUID(after) if after else None, most))
        told += [_to_applicant(found, each, at) for each in ids]
    writes = Writes()
    writes.tell(each for each in told if each.people or each.hears)
    await writes.send(db)
    values: dict[str, Any] = {"reached": found.reached + reached + len(ids)}
    if len(ids) == most:
        following = _timer(found.id, n + 1, ids[-1], at)
    elif found.audience != "staff" and found.until_at is not None and at < found.until_at:
        # from the beginning: of two who come at once the later id may be there first
        following = _timer(found.id, n + 1, None, min(at + AGAIN, found.until_at))
    else:
        await store.change(db, found.id, {**values, "finished_at": at})
        return
    await store.change(db, found.id, values)
    await timers.start_all(db, [following], at)


def _to_applicant(found: Record, applicant_id: UUID, at: datetime) -> Told:
    """It lies in the applicant's mailbox alone: an answer to it brings it to the desk."""
    row = _row(found, Audience.APPLICANT, applicant_id, at)
    return Told(row, frozenset({Hearer.MEMBERS}), {})


async def _to_staff(db: AsyncConnection, found: Record, at: datetime) -> Told:
    """One thread for all of the program, in the mailbox of each."""
    people = [each for each in await store.staff(db) if each != found.created_by]
    return Told(_row(found, Audience.PROGRAM, None, at), frozenset(), {each: each for each in people})


def _row(found: Record, side: Audience, applicant_id: UUID | None, at: datetime) -> Row:
    about = About(Kind.BROADCAST, found.id, "", Desk.PROGRAM, applicant_id)
    return Row(
        message_id=new_id(),
        thread_id=main_thread(about, side),
        kind=Kind.BROADCAST.value,
        about_id=found.id,
        number=None,
        request_id=None,
        audience=side.value,
        applicant_id=applicant_id,
        desk=Desk.PROGRAM.value,
        mailbox_id=None if side is Audience.APPLICANT else Desk.PROGRAM.mailbox,
        subject=found.subject,
        turn=Turn.NONE.value,
        at=at,
        today=civil_date(at),
        side=Audience.PROGRAM.value,
        via="act",
        by=found.created_by,
        text=found.text,
    )
