"""The clock of a request, explained: each interval with what began it, for one audience. Nothing moves the due date."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row

from app.domain import calendars, exact_json
from app.domain.lifecycle import STATUS_OF, State
from app.domain.policy import Actor
from app.services.records import actor_shown
from app.store.requests import DesignationRequest

# What each recorded act makes of the state; the others leave it as it is.
STATE_AFTER: Mapping[str, State] = {
    "submitted": State.SUBMITTED,
    "mailed_registered": State.SUBMITTED,
    "technically_rejected": State.TECHNICALLY_REJECTED,
    "reinstated": State.SUBMITTED,
    "accepted": State.UNDER_ASSESSMENT,
    "information_requested": State.INFORMATION_REQUESTED,
    "lapsed": State.UNDER_ASSESSMENT,
    "recommended": State.RECOMMENDED,
    "returned_to_assessment": State.UNDER_ASSESSMENT,
    "designated": State.DESIGNATED,
    "denied": State.NOT_DESIGNATED,
    "withdrawn": State.WITHDRAWN,
    "set_aside": State.UNDER_ASSESSMENT,
}
RECEIPTS = frozenset({"submitted", "mailed_registered"})
ENDINGS = frozenset({"designated", "denied", "withdrawn", "technically_rejected"})
# By which act each milestone of the program is met.
MET_BY: Mapping[str, frozenset[str]] = {
    "intake": frozenset({"accepted"}),
    "assignment": frozenset({"accepted", "assigned"}),
    "first_questions": frozenset({"information_requested"}),
    "last_questions": frozenset({"information_requested"}),
    "recommendation": frozenset({"recommended"}),
    "sign_off": frozenset({"designated", "denied"}),
}
BY_THE_FIRST = frozenset({"intake", "assignment", "first_questions"})  # of such acts; the others by the last


def view(
    found: DesignationRequest, rows: Sequence[Row[*tuple[Any, ...]]], actor: Actor, now: datetime
) -> dict[str, Any]:
    """Every day accounted for: the intervals follow each other without a gap, and add up to the days elapsed."""
    received, due = found.received_on, found.statutory_due_on
    if received is None or due is None:
        return {
            "day": None,
            "days_left": None,
            "received_on": None,
            "statutory_due_on": None,
            "ended_on": None,
            "entries": [],
        }
    until = found.ended_on or calendars.civil_date(now)
    shown: dict[str, Any] = {
        "day": calendars.day_number(received, until),
        "days_left": calendars.days_left(due, until),
        "received_on": received,
        "statutory_due_on": due,
        "ended_on": found.ended_on,
        "entries": list(_intervals(found, rows, actor)),
    }
    if found.reply_by is not None:
        shown["reply_by"] = found.reply_by
    if found.program_target_on is not None:
        shown["program_target_on"] = found.program_target_on
    if actor.is_staff:
        shown["internal_target_on"] = found.internal_target_on
        shown["milestones"] = _milestones(received, rows)
        shown["alerts_on"] = [] if found.ended_on else list(calendars.alert_dates(due))
    return shown


def _intervals(
    found: DesignationRequest, rows: Iterable[Row[*tuple[Any, ...]]], actor: Actor
) -> Iterable[dict[str, Any]]:
    """One for each change that the audience can see, from its day to the next one's; the last is open."""
    open_one: dict[str, Any] | None = None
    before, ended = State.DRAFT, False
    for row in rows:
        state = _state_after(row, before)
        if state is None:
            continue
        before = state
        body = exact_json.decode(row.body)
        # the first day is that of receipt, which for a mailed filing is not that of its registration
        day = found.received_on if row.action in RECEIPTS else calendars.civil_date(row.at)
        if open_one is not None:
            yield {**open_one, "until": day}
        ended = (ended and row.action != "reinstated") or row.action in ENDINGS
        open_one = {
            "from": day,
            "until": None,
            "kind": "ended" if ended else "running",
            "status": STATUS_OF[state],
            **({"state": state} if actor.is_staff else {}),
            "cause": row.action,
            "actor": actor_shown(row, body, actor),
        }
    if open_one is not None:
        yield open_one


def _state_after(row: Row[*tuple[Any, ...]], before: State) -> State | None:
    """The state that an entry brings. An answer to lapsed questions brings none, whatever the state inside is."""
    if row.action == "responded":
        return State.UNDER_ASSESSMENT if before is State.INFORMATION_REQUESTED else None
    return STATE_AFTER.get(row.action)


def _milestones(received: date, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[dict[str, Any]]:
    """The internal dates of the program, and on which day each was met."""
    return [
        {"name": name, "on": on, "met_on": _met_on(name, rows)}
        for name, on in calendars.milestones(received).items()
    ]


def _met_on(name: str, rows: Iterable[Row[*tuple[Any, ...]]]) -> date | None:
    days = [calendars.civil_date(row.at) for row in rows if row.action in MET_BY[name]]
    if not days:
        return None
    return days[0] if name in BY_THE_FIRST else days[-1]
