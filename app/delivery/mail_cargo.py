"""What a letter has to say at the moment of sending: reminders by the live state, digests by what is unopened.

Looked up for all letters of a claim at once, and only where one of them is of such a kind.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.delivery.letters import DIGEST
from app.domain import exact_json
from app.domain.calendars import civil_date, days_left
from app.domain.mail_preferences import Mode, mode_of
from app.domain.wording import FIRST, worded
from app.services.post import Letter
from app.store import digests, reminders
from app.store.columns import Record
from app.store.reminders import Standing

REPLY: Final = "reply_reminder"
MESSAGE: Final = "message_received"  # what a letter of something that a person wrote says
DUE: Final = frozenset({"due_soon", "overdue"})
_FACTS: Final = {
    REPLY: frozenset({"round", "reply_by", "days"}),
    **dict.fromkeys(DUE, frozenset({"due", "days"})),
}
Copies = frozenset[tuple[UUID, UUID]]


@dataclass(slots=True)
class Cargo:
    """A letter as it is to be sent, and what is found out on the way."""

    letter: Letter
    void: str | None = None  # why it is not wanted any more
    copies: Copies = frozenset()  # messages that it shows, each with who reads it
    refused: str | None = None  # by the recipient's server for good: with this status, or an empty one


def of(letter: Letter) -> Cargo:
    copy = letter.copy
    return Cargo(
        letter, copies=frozenset() if copy is None else frozenset({(copy.message_id, copy.person_id)})
    )


async def bring_up_to_date(db: AsyncConnection, cargo: Mapping[UUID, Cargo], at: datetime) -> None:
    """Changes the letters (by the ids of their rows) to what holds now, or says why they are void."""
    reminding = [each for each in cargo.values() if each.letter.copy is not None and _reminds(each.letter)]
    if reminding:
        await _remind(db, reminding, at)
    if lists := {id: each for id, each in cargo.items() if each.letter.template == DIGEST}:
        found = defaultdict[UUID, list[Record]](list)
        for item in await digests.unopened(db, sorted(lists), civil_date(at)):
            found[item.delivery_id].append(item)
        for id, each in lists.items():
            _list(each, found[id])


def _reminds(letter: Letter) -> bool:
    """One without its facts cannot be rendered either; it fails by itself and keeps no other waiting."""
    needed = _FACTS.get(letter.template)
    return needed is not None and needed <= letter.facts.keys()


async def _remind(db: AsyncConnection, reminding: Sequence[Cargo], at: datetime) -> None:
    threads = {each.letter.copy.thread_id for each in reminding if each.letter.copy is not None}
    standing = await reminders.standing(db, threads)
    heard = await reminders.acknowledged(db, threads)
    for each in reminding:
        letter = each.letter
        assert letter.copy is not None  # noqa: S101 - asked for above
        now = standing.get(letter.copy.thread_id)
        occasion = reminders.occasion(letter.template, letter.facts)
        key = (letter.copy.thread_id, letter.copy.person_id, occasion)
        each.void = "acknowledged" if key in heard else _void(letter, now, at)
        if each.void is None:
            each.letter = replace(letter, facts={**letter.facts, "days": str(abs(_left(letter, at)))})


def _left(letter: Letter, at: datetime) -> int:
    until = letter.facts["reply_by" if letter.template == REPLY else "due"]
    return days_left(datetime.fromisoformat(until).date(), civil_date(at))


def _void(letter: Letter, now: Standing | None, at: datetime) -> str | None:
    if letter.template == REPLY and (
        now is None or now.awaits != (letter.facts["round"], letter.facts["reply_by"])
    ):
        return "answered"
    if letter.template in DUE and (now is None or now.is_over):
        return "ended"
    # what says how many days are left must not arrive when none are
    return "past" if letter.template != "overdue" and _left(letter, at) < 0 else None


def _list(cargo: Cargo, items: Sequence[Record]) -> None:
    """A line and a link for each message; the words are those that its own letter would have had."""
    told = [each for each in items if _mode(each) is not Mode.NEVER]
    if not told:
        cargo.void = "everything in it was opened or is not wanted any more"
        return
    cargo.copies = frozenset((each.message_id, each.person_id) for each in told)
    place = cargo.letter.facts["place"]
    lines = "\n\n".join(_line(each, place) for each in told)
    cargo.letter = replace(cargo.letter, facts={**cargo.letter.facts, "lines": lines})


def _mode(item: Record) -> Mode:
    return mode_of(item.template or MESSAGE, item.modes, item.address_state)


def _line(item: Record, place: str) -> str:
    if item.template is None:
        # the title of a thread is what somebody wrote
        about = f"{item.number}: a new message" if item.number else "A new message"
        return f"{about}\n{place}/v1/threads/{item.thread_id}"
    words = exact_json.decode(item.words)
    said = worded(item.template, words, item.template_version or FIRST)
    return "\n".join(filter(None, (said.subject, words.get("link", ""))))
