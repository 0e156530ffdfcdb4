"""Reading what was exchanged about a request, for one audience: messages in words, and receipts of both sides.

An applicant learns of the program's people only that the program opened a message, and when first. The program knows
by person. Nobody here asks whether a thread may be seen: `store.threads.visible_to` has said so.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from app.domain import exact_json, wording
from app.domain.policy import Actor
from app.services.journal import instant
from app.store.columns import Record
from app.store.exchanges import Exchange

STAFF: Final = "staff"
# Who is on the other side of whoever wrote; an act of the service is told to both.
OTHERS: Final[Mapping[str, tuple[str, ...]]] = {
    "applicant": ("program",),
    "program": ("applicant",),
    "system": ("applicant", "program"),
}
SAID: Final = {"opened": "was opened for the first time by", "acknowledged": "was acknowledged by"}


def shown(exchange: Exchange, actor: Actor) -> list[dict[str, Any]]:
    """Each thread with its messages, these with their receipts."""
    written, got = defaultdict[UUID, list[Record]](list), defaultdict[UUID, list[Record]](list)
    for message in exchange.messages:
        written[message.thread_id].append(message)
    for receipt in exchange.receipts:
        got[receipt.message_id].append(receipt)
    return [
        {**_thread(each, actor), "messages": [_message(one, got[one.id], actor) for one in written[each.id]]}
        for each in exchange.threads
    ]


def _thread(thread: Record, actor: Actor) -> dict[str, Any]:
    view = {
        "id": thread.id,
        "subject": thread.subject,
        "turn": thread.turn,
        "created_at": instant(thread.created_at),
    }
    # the desk tells which center has the request
    return {**view, "audience": thread.audience, "desk": thread.desk} if actor.is_staff else view


def _message(message: Record, got: Sequence[Record], actor: Actor) -> dict[str, Any]:
    subject, text = _worded(message)
    return {
        "id": message.id,
        "seq": message.seq,
        "at": instant(message.at),
        "actor": _writer(message, actor),
        "via": message.via,
        "subject": subject,
        "text": text,
        "quoted": message.quoted,
        "files": [] if message.files is None else exact_json.decode(message.files),
        "receipts": _receipts(got, actor),
    }


def _worded(message: Record) -> tuple[str | None, str]:
    """Subject and text; a person's message has the thread's subject alone."""
    if message.template is None:
        return None, message.text
    facts = exact_json.decode(message.words)
    words = wording.worded(message.template, facts, message.template_version)
    return words.subject, words.text


def _writer(message: Record, actor: Actor) -> dict[str, Any]:
    if message.side == "system":
        return {"kind": "system"}
    if message.side == "program":
        return (
            {"kind": "program", **_person(message.by, message.name)}
            if actor.is_staff
            else {"kind": "program"}
        )
    return {"kind": "person", **_person(message.by, message.name)}


def _person(id: UUID | None, name: str | None) -> dict[str, Any]:
    """Nothing, for what a mail says that nobody of ours sent."""
    return {} if id is None else {"id": id, "name": name}


def _receipts(got: Iterable[Record], actor: Actor) -> dict[str, Any]:
    theirs: list[Record] = []
    ours: list[Record] = []
    for each in got:
        (ours if each.kind == STAFF else theirs).append(each)
    told: Any = [_receipt(each) for each in ours]
    if not actor.is_staff:
        told = {"opened_at": _first(each.opened_at for each in ours)}
    return {"applicant": [_receipt(each) for each in theirs], "program": told}


def _receipt(each: Record) -> dict[str, Any]:
    instants = ("available_at", "notified_at", "opened_at", "acknowledged_at")
    return {
        "person": {"id": each.person_id, "name": each.name},
        **{name: at and instant(at) for name in instants for at in (getattr(each, name),)},
    }


def _first(instants: Iterable[datetime | None]) -> str | None:
    there = [each for each in instants if each is not None]
    return instant(min(there)) if there else None


def happenings(passages: Sequence[Record], actor: Actor) -> list[dict[str, Any]]:
    """For the timeline: what people wrote, and when each side first opened and acknowledged what it was sent."""
    told = [
        each for _, rows in groupby(passages, key=attrgetter("id")) for each in _passage(list(rows), actor)
    ]
    return sorted(told, key=lambda each: each["at"])


def _passage(rows: list[Record], actor: Actor) -> Iterator[dict[str, Any]]:
    message = rows[0]
    named = f"“{_subject(message)}”"
    if message.via != "act":  # an act stands in the journal
        who = _side(message.side, message.by, actor)
        yield _happening(message.at, "message_sent", f"The message {named} was sent.", who)
    for side in OTHERS[message.side]:
        of_side = [row for row in rows if row.person_id and (row.kind == STAFF) is (side == "program")]
        for what, said in SAID.items():
            if what != "opened" and side == "program" and not actor.is_staff:
                continue
            done = [(at, row.person_id) for row in of_side if (at := getattr(row, f"{what}_at")) is not None]
            if done:
                at, person = min(done)
                text = f"The message {named} {said} the {side}."
                yield _happening(at, f"message_{what}", text, _side(side, person, actor))


def _subject(message: Record) -> str:
    if message.template is None:
        return str(message.subject)
    facts = exact_json.decode(message.words)
    return wording.worded(message.template, facts, message.template_version).subject


def _side(side: str, person: UUID | None, actor: Actor) -> dict[str, Any]:
    if side == "program":
        return {"kind": "program", "id": person} if actor.is_staff and person else {"kind": "program"}
    return {"kind": "person", "id": person} if person else {"kind": "person"}


def _happening(at: datetime, what: str, text: str, who: dict[str, Any]) -> dict[str, Any]:
    return {"at": instant(at), "what": what, "text": text, "actor": who}
