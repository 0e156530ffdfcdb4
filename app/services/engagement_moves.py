"""Moving an engagement: a plan for each transition, shown or carried out; `…/actions` asks the same preparation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeAlias

from app.domain import exact_json
from app.domain.calendars import civil_date
from app.domain.engagement_lifecycle import TRANSITIONS, WAITING, EngagementState
from app.domain.errors import DomainError, Flaw, Invalid, NoSuchTransition, NotFound, NotPermitted
from app.domain.policy import SCOPE_OF, Actor, Audience
from app.domain.workflow import Reason, Transition, blocked_by_state
from app.services import engagement_record
from app.services.announcements import Announcement
from app.services.correspondence import Telling
from app.services.engagement_record import STATUS_CHANGED, WORDS, Change
from app.services.journal import instant
from app.services.transitions import Call, Desk
from app.store import engagements
from app.store.engagements import Engagement


@dataclass(frozen=True, slots=True)
class Plan:
    """What a transition does: columns, what the history tells both sides, what it keeps for the program alone."""

    values: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)
    kept: Mapping[str, Any] = field(default_factory=dict)
    event: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    before: Engagement
    after: Engagement
    told: tuple[Announcement, ...]
    tellings: tuple[Telling, ...]


Planner: TypeAlias = Callable[[Desk, Engagement, Call], Plan]
Insist: TypeAlias = Callable[[Engagement], None]


def reasons(actor: Actor, found: Engagement, transition: Transition[EngagementState]) -> list[Reason]:
    """Why this caller cannot make this transition now, whatever the arguments; none where some would do."""
    applicant = None if actor.is_staff else found.applicant_id
    if not any(actor.may(each, applicant) for each in transition.permissions):
        first = transition.permission
        named = " or ".join(sorted(each.value for each in transition.permissions))
        detail = (
            f"Your role or mandate must allow you to {named}, with a key that has {SCOPE_OF[first].value}."
        )
        return [Reason("not-permitted", detail)]
    return blocked_by_state(transition, found.state, found.state.value)


async def advance(desk: Desk, reference: str, call: Call, insist: Insist) -> Outcome:
    """Makes the transition, or with `call.preview` says what it would do and leaves everything as it is."""
    found = await engagements.find(desk.db, desk.actor, reference, lock=not call.preview)
    if found is None:
        raise NotFound
    insist(found)
    transition = TRANSITIONS[call.name]
    blocked = reasons(desk.actor, found, transition)
    if blocked:
        raise _refusal(blocked, found)
    plan = VERBS[call.name](desk, found, call)
    values, changes = _values(transition, plan), _changes(call, plan)
    told = engagement_record.announced(STATUS_CHANGED, plan.event)
    tellings = await _tellings(desk, found, transition)
    if call.preview:
        after = found.with_values(engagement_record.columns_after(found, values, changes, desk.now))
    else:
        after = await engagement_record.write(desk, found, values, changes, told, tellings)
    return Outcome(found, after, told, tellings)


def _refusal(blocked: list[Reason], found: Engagement) -> DomainError:
    first = blocked[0]
    if first.code == "not-permitted":
        return NotPermitted(first.detail)
    said = [{"code": each.code, "detail": each.detail} for each in blocked]
    return NoSuchTransition(first.detail, reasons=said, present=found.state.value)


def _values(transition: Transition[EngagementState], plan: Plan) -> dict[str, Any]:
    waits = {} if transition.target in WAITING else {"next_update_at": None}
    return {"state": transition.target.value, **waits, **plan.values}


def _changes(call: Call, plan: Plan) -> list[Change]:
    """One entry for both sides and, where there is something to it, one that the program alone reads."""
    shown = [Change(call.name, plan.told)]
    return [*shown, Change(call.name, plan.kept, Audience.PROGRAM)] if plan.kept else shown


async def _tellings(
    desk: Desk, found: Engagement, transition: Transition[EngagementState]
) -> tuple[Telling, ...]:
    """To the requester's members, or to the program's desk, of what the other side did."""
    by = "program" if desk.actor.is_staff else "requester"
    words = WORDS[transition.target]
    return await engagement_record.tellings(desk, found, f"moved_by_{by}", status=words)


def _note(call: Call) -> dict[str, str]:
    return {"note": call.note} if call.note else {}


def accept(desk: Desk, found: Engagement, call: Call) -> Plan:  # noqa: ARG001 - the shape of every plan
    return Plan({"decided_on": civil_date(desk.now)}, kept=_note(call))


def decline(desk: Desk, found: Engagement, call: Call) -> Plan:  # noqa: ARG001 - the shape of every plan
    reason = call.arguments["reason"]
    values = {"decided_on": civil_date(desk.now), "decline_reason": reason, "decline_note": call.note}
    return Plan(values, told={"reason": reason, **_note(call)})


def schedule(desk: Desk, found: Engagement, call: Call) -> Plan:
    """Also what reschedules: another day, hour or mode."""
    held_on, mode = call.arguments["held_on"], call.arguments["mode"]
    starts_at = call.arguments.get("starts_at")
    _insist_on_a_day_to_come(held_on, starts_at, civil_date(desk.now))
    before = (found.meeting_on, found.meeting_at, found.meeting_mode)
    if found.state is EngagementState.SCHEDULED and (held_on, starts_at, mode) == before:
        raise Invalid(flaws=[Flaw("/held_on", "not-so", "Day, hour and mode are what they were.")])
    attendees = call.arguments.get("attendees") or []
    values = {
        "meeting_on": held_on,
        "meeting_at": starts_at,
        "meeting_mode": mode,
        "staff_attendees": exact_json.stored(attendees),
    }
    told = {"held_on": str(held_on), "mode": mode}
    if starts_at is not None:
        told["starts_at"] = instant(starts_at)
    kept = {**({"attendees": attendees} if attendees else {}), **_note(call)}
    return Plan(values, told, kept, {"meeting_on": str(held_on)})


def _insist_on_a_day_to_come(held_on: date, starts_at: datetime | None, today: date) -> None:
    if held_on < today:
        raise Invalid(flaws=[Flaw("/held_on", "past", f"The day is past; today is {today}.")])
    if starts_at is not None and civil_date(starts_at) != held_on:
        detail = "The hour does not lie on the day, as New York counts days."
        raise Invalid(flaws=[Flaw("/starts_at", "not-so", detail)])


def hold(desk: Desk, found: Engagement, call: Call) -> Plan:
    held_on, summary = call.arguments["held_on"], call.arguments.get("summary")
    today = civil_date(desk.now)
    if not found.received_on <= held_on <= today:
        detail = f"It was held between {found.received_on}, when it was received, and {today}."
        raise Invalid(flaws=[Flaw("/held_on", "not-so", detail)])
    told = {"held_on": str(held_on), **({"summary": summary} if summary else {})}
    return Plan({"held_on": held_on, "meeting_summary": summary}, told, _note(call))


def close(desk: Desk, found: Engagement, call: Call) -> Plan:  # noqa: ARG001 - the shape of every plan
    outcome, summary = call.arguments["outcome"], call.arguments["summary"]
    values = {"outcome": outcome, "outcome_summary": summary, "closed_on": civil_date(desk.now)}
    return Plan(values, {"outcome": outcome, "summary": summary}, _note(call))


def withdraw(desk: Desk, found: Engagement, call: Call) -> Plan:  # noqa: ARG001 - the shape of every plan
    return Plan(told=_note(call))


VERBS: Mapping[str, Planner] = {
    "accept": accept,
    "decline": decline,
    "schedule": schedule,
    "reschedule": schedule,
    "hold": hold,
    "close": close,
    "withdraw": withdraw,
}
