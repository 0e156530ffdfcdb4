"""Moving a request: one path for every transition. A verb plans, the plan is shown or carried out.

What `preview` shows and what `advance` does come from the same plan, and what `actions` calls allowed is what
`prepared` lets through in both.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import (
    Conflict,
    DomainError,
    EmailNotConfirmed,
    NoSuchTransition,
    NotFound,
    NotPermitted,
)
from app.domain.keyring import Keyring
from app.domain.lifecycle import STATUS_OF, State, workflow_of
from app.domain.notices import NOTICES
from app.domain.policy import SCOPE_OF, Actor, Audience
from app.domain.workflow import Reason, Transition, blocked_by_state
from app.services import announcements, correspondence, hearing, journal, suppression, timers
from app.services.announcements import Announcement, Subject
from app.services.correspondence import Telling
from app.services.journal import Entry
from app.services.post import Letter
from app.services.timers import Timer
from app.store import requests
from app.store.prepared import Prepared as Statement
from app.store.requests import DesignationRequest
from app.store.writes import Writes


@dataclass(frozen=True, slots=True)
class Desk:
    """What every verb works with: the transaction, who acts, when, and how the service signs and names itself."""

    db: AsyncConnection
    actor: Actor
    now: datetime
    keyring: Keyring
    public_url: str


Record: TypeAlias = tuple[Table, Sequence[Mapping[str, Any]]]  # further rows, and where they go
First: TypeAlias = tuple[Statement, Mapping[str, Any]]  # a statement that the rest depends on


@dataclass(frozen=True, slots=True)
class Beside:
    """What is told of another subject that the same act brings about."""

    subject: Subject
    announced: tuple[Announcement, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a transition will do, decided before any of it is done."""

    values: Mapping[str, Any]  # columns of the request's row
    entry: Entry
    inside: tuple[Entry, ...] = ()  # what goes before it, for the program alone
    announced: tuple[Announcement, ...] = ()
    tellings: tuple[Telling, ...] = ()  # beside what the table of notices has for the entry
    letters: tuple[Letter, ...] = ()  # to people who have no mailbox here
    words: Mapping[str, str] = field(default_factory=dict)  # what notices say beside number and link
    records: tuple[Record, ...] = ()
    timers: tuple[Timer, ...] = ()
    first: tuple[First, ...] = ()
    beside: tuple[Beside, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A transition as it was asked for; `arguments` are the members of the body beside name and note."""

    name: str
    note: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    preview: bool = False
    suppressed: Mapping[str, str] = field(default_factory=dict)  # template to why it is not told


@dataclass(frozen=True, slots=True)
class Outcome:
    before: DesignationRequest
    after: DesignationRequest
    plan: Plan


# Reasons that lie in who asks, not in what the request is.
PERSONAL = frozenset({"not-permitted", "not-lead-reviewer", "was-lead-reviewer", "was-decider"})
Insist = Callable[[DesignationRequest], None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a verb found out before it plans: why no arguments would do, and facts that its plan needs again.

    `requires` are the arguments it needs now, where that is less than its row says.
    """

    reasons: list[Reason] = field(default_factory=list)
    facts: Any = None
    requires: tuple[str, ...] | None = None


async def nothing(desk: Desk, found: DesignationRequest) -> Prepared:  # noqa: ARG001 - the shape of every preparation
    return Prepared()


@dataclass(frozen=True, slots=True)
class Verb:
    """How a transition is planned; `prepare` says first what blocks it whatever the arguments."""

    plan: Callable[[Desk, DesignationRequest, Call, Any], Awaitable[Plan]]
    prepare: Callable[[Desk, DesignationRequest], Awaitable[Prepared]] = nothing


def shown_state(found: DesignationRequest, actor: Actor) -> str:
    return found.state.value if actor.is_staff else found.status.value


def not_permitted(transition: Transition[State], actor: Actor, found: DesignationRequest) -> list[Reason]:
    applicant = None if actor.is_staff else found.applicant_id
    if actor.may(transition.permission, applicant):
        return []
    scope = SCOPE_OF[transition.permission].value
    return [
        Reason(
            "not-permitted",
            f"Your role or mandate must allow you to {transition.permission.value}, with a key that has {scope}.",
        )
    ]


async def prepared(
    desk: Desk, found: DesignationRequest, transition: Transition[State], verb: Verb
) -> Prepared:
    """Why this caller cannot make this transition now, whatever the arguments; no reasons where some would do."""
    reasons = not_permitted(transition, desk.actor, found)
    reasons += blocked_by_state(transition, found.state, shown_state(found, desk.actor))
    return Prepared(reasons) if reasons else await verb.prepare(desk, found)


async def advance(
    desk: Desk, reference: str, call: Call, verbs: Mapping[str, Verb], insist: Insist | None = None
) -> Outcome:
    """Makes the transition, or with `call.preview` says what it would do and leaves everything as it is."""
    found = await requests.find(desk.db, desk.actor, reference, lock=not call.preview)
    if found is None:
        raise NotFound
    transition, verb = workflow_of(found.workflow_version).transitions[call.name], verbs[call.name]
    if insist is not None:
        insist(found)
    ready = await prepared(desk, found, transition, verb)
    # what the plan refuses by itself, it refuses with everything there is to say
    told_here = [reason for reason in ready.reasons if not reason.told_by_plan]
    if told_here:
        raise refusal(told_here, found, desk.actor)
    plan = await _noticed(desk, found, call, await verb.plan(desk, found, call, ready.facts))
    target = found.state if found.state in transition.keeps else transition.target
    if call.preview:
        return Outcome(found, found.with_values(_columns(found, target, plan, desk.now)), plan)
    return Outcome(found, await _carry_out(desk, found, target, plan), plan)


async def _noticed(desk: Desk, found: DesignationRequest, call: Call, plan: Plan) -> Plan:
    """The plan with what its act tells, and whom."""
    words = hearing.words_of(desk.public_url, found, **plan.words)
    notices = NOTICES.get(plan.entry.action, ())
    about = hearing.about(found, plan.values.get("lead_center", found.lead_center))
    told = await correspondence.tellings(desk, about, notices, words)
    told = (*plan.tellings, *told)
    if not call.suppressed:
        return replace(plan, tellings=told)
    inside = (*plan.inside, *suppression.entries(desk, call.suppressed))
    return replace(plan, tellings=suppression.left(desk, told, call.suppressed), inside=inside)


def refusal(reasons: list[Reason], found: DesignationRequest, actor: Actor) -> DomainError:
    """The error that says best why not: what the caller may not comes before what the request is not."""
    first = reasons[0]
    if first.code in PERSONAL:
        return NotPermitted(first.detail)
    if first.code == "email-not-confirmed":
        return EmailNotConfirmed(first.detail)
    facts: dict[str, Any] = {
        "reasons": [{"code": reason.code, "detail": reason.detail} for reason in reasons],
        "present": shown_state(found, actor),
    }
    kind = NoSuchTransition if first.code == "wrong-state" else Conflict
    return kind(first.detail, (), **facts)


def _columns(found: DesignationRequest, target: State, plan: Plan, now: datetime) -> dict[str, Any]:
    """The row after the plan. What the applicant cannot tell apart leaves its revision and date alone."""
    status = STATUS_OF[target]
    seen = status is not found.status or any(each.audience is Audience.APPLICANT for each in plan.announced)
    applicant = (
        {"applicant_revision": found.applicant_revision + 1, "applicant_updated_at": now} if seen else {}
    )
    return {"state": target, "status": status, "updated_at": now, **applicant, **plan.values}


async def _carry_out(desk: Desk, found: DesignationRequest, target: State, plan: Plan) -> DesignationRequest:
    db, now, writes = desk.db, desk.now, Writes()
    for statement, given in plan.first:
        await statement.run(db, given)
    for table, rows in plan.records:
        writes.insert(table, rows)
    values = _columns(found, target, plan, now)
    subject = announcements.of_request(found, values["status"].value)
    last = await announcements.gather(db, writes, subject, now, desk.public_url, plan.announced)
    for each in plan.beside:
        await announcements.gather(db, writes, each.subject, now, desk.public_url, each.announced)
    values |= {f"{audience.value}_sequence": number for audience, number in last.items()}
    values |= journal.record(writes, found, *plan.inside, plan.entry)
    correspondence.tell(desk, writes, plan.tellings, plan.letters)
    stored = {**values, "state": target.value, "status": values["status"].value}
    requests.change(writes, found, stored)
    await writes.send(db)
    if plan.timers:
        await timers.start_all(db, plan.timers, now)
    return found.with_values(values)
