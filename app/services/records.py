"""Reading the record of a request: its journal, its receipt, its clock and its story, for one audience."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import calendars, chain, exact_json
from app.domain.policy import Actor, Audience
from app.store.journal import events, journal_entries
from app.store.requests import DesignationRequest

# The story as people read it; what has no sentence here is told by its name.
SENTENCES = {
    "draft_opened": "The draft was opened.",
    "draft_amended": "The draft was amended.",
    "draft_extended": "The draft's days started anew.",
    "attachment_added": "A file was attached.",
    "attachment_removed": "A file was removed from the draft.",
    "attachment_scanned": "A file was checked for malware.",
    "submitted": "The request was signed and received; the 180 days began.",
    "withdrawn": "The requester withdrew the request.",
    "technically_rejected": "The request was rejected for a technical cause.",
    "reinstated": "The technical rejection was taken back; the receipt date stays.",
    "rule_waived": "A program rule was waived.",
    "center_assigned": "The request was given a lead center.",
    "assigned": "Somebody was given a part in the review.",
    "unassigned": "Somebody's part in the review ended.",
    "conflict_declared": "A member of staff declared a conflict of interest.",
    "consult_asked": "An opinion was asked for.",
    "opinion_given": "The opinion was given.",
    "consult_cancelled": "A question for an opinion was taken back.",
    "note_written": "An internal note was written.",
    "assessed": "A reviewer rated the criteria.",
}
# What each act does to the statutory clock: none of them moves the due date.
CLOCK_KINDS = {
    "submitted": "started",
    "withdrawn": "ended",
    "technically_rejected": "ended",
    "reinstated": "running",
}


async def entries_of(
    db: AsyncConnection, found: DesignationRequest, actor: Actor, after: int = 0, limit: int | None = None
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The entries of the caller's own chain."""
    place = journal_entries.c.seq if actor.is_staff else journal_entries.c.applicant_seq
    query = (
        select(journal_entries)
        .where(journal_entries.c.request_id == found.id, place > after)
        .order_by(place)
        .limit(limit)
    )
    return (await db.execute(query)).all()


def link_of(row: Row[*tuple[Any, ...]], actor: Actor) -> chain.Link:
    """The entry at its place in the chain of this audience."""
    body = exact_json.decode(row.body)
    if actor.is_staff:
        return chain.Link(row.seq, row.digest, row.link, body)
    return chain.Link(row.applicant_seq, row.digest, row.applicant_link, body)


def story(rows: Sequence[Row[*tuple[Any, ...]]], actor: Actor) -> list[dict[str, Any]]:
    """What happened, in order, as this audience may read it."""
    told = []
    for row in rows:
        body = exact_json.decode(row.body)
        told.append(
            {
                "at": body["at"],
                "what": row.action,
                "text": SENTENCES.get(row.action, row.action.replace("_", " ").capitalize() + "."),
                "actor": actor_shown(row, body, actor),
            }
        )
    return told


def actor_shown(row: Row[*tuple[Any, ...]], body: dict[str, Any], viewer: Actor) -> dict[str, str]:
    """Who did it; of the program's people an applicant learns only that it was the program."""
    if body["actor"]["kind"] != "program":
        return dict(body["actor"])
    return (
        {"kind": "program", "id": row.opening.partition(":")[2]} if viewer.is_staff else {"kind": "program"}
    )


def clock(
    found: DesignationRequest, rows: Sequence[Row[*tuple[Any, ...]]], actor: Actor, now: datetime
) -> dict[str, Any]:
    """Every day accounted for: each interval with its cause; none moves the due date (506L(c)(2))."""
    received, due = found.received_on, found.statutory_due_on
    if received is None or due is None:
        return {"day": None, "days_left": None, "received_on": None, "statutory_due_on": None, "entries": []}
    until = found.ended_on or calendars.civil_date(now)
    entries: list[dict[str, Any]] = []
    for row in rows:
        kind = CLOCK_KINDS.get(row.action)
        if kind is None or (not actor.is_staff and row.audience == Audience.PROGRAM):
            continue
        body = exact_json.decode(row.body)
        day = str(calendars.civil_date(row.at))
        if entries:
            entries[-1]["until"] = day
        entries.append(
            {
                "from": day,
                "until": None,
                "kind": kind,
                "cause": row.action,
                "actor": actor_shown(row, body, actor),
            }
        )
    view: dict[str, Any] = {
        "day": calendars.day_number(received, until),
        "days_left": calendars.days_left(due, until),
        "received_on": received,
        "statutory_due_on": due,
        "ended_on": found.ended_on,
        "entries": entries,
    }
    if actor.is_staff:
        view["internal_target_on"] = found.internal_target_on
        view["milestones"] = calendars.milestones(received)
    return view


async def events_of(
    db: AsyncConnection, found: DesignationRequest, actor: Actor, after: int, limit: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The events of one request as this audience has them, by its own gap-free sequence."""
    query = (
        select(events.c.sequence, events.c.body)
        .where(
            events.c.subject_id == found.id,
            events.c.audience == actor.audience.value,
            events.c.sequence > after,
        )
        .order_by(events.c.sequence)
        .limit(limit)
    )
    return (await db.execute(query)).all()
