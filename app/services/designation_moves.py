"""Moving a designation through its workflow: one path for every transition, shown or carried out."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from app.domain.designation_lifecycle import TRANSITIONS, State
from app.domain.errors import Conflict, DomainError, NoSuchTransition, NotPermitted
from app.domain.policy import PROGRAM_PERMISSIONS, SCOPE_OF, Actor
from app.domain.workflow import Reason, Transition, blocked_by_state
from app.services.designation_changes import Change, carry_out, columns
from app.services.designations import seen_whole
from app.services.transitions import Call, Desk
from app.store.designations import Designation

Insist = Callable[[Designation], None]


async def nothing(desk: Desk, found: Designation) -> list[Reason]:  # noqa: ARG001 - the shape of every guard
    return []


@dataclass(frozen=True, slots=True)
class Verb:
    """How a transition is planned; `guard` says first what blocks it whatever the arguments."""

    plan: Callable[[Desk, Designation, Call], Awaitable[Change]]
    guard: Callable[[Desk, Designation], Awaitable[list[Reason]]] = nothing


@dataclass(frozen=True, slots=True)
class Outcome:
    before: Designation
    after: Designation
    change: Change


@dataclass(frozen=True, slots=True)
class Action:
    """A transition as one caller has it now."""

    transition: Transition[State]
    reasons: list[Reason]


async def advance(
    desk: Desk, reference: str, call: Call, verbs: Mapping[str, Verb], insist: Insist
) -> Outcome:
    """Makes the transition, or with `call.preview` says what it would do and leaves everything as it is."""
    found = await seen_whole(desk, reference, lock=not call.preview)
    insist(found)
    transition, verb = TRANSITIONS[call.name], verbs[call.name]
    reasons = await reasons_against(desk, found, transition, verb)
    if reasons:
        raise _refusal(reasons, found)
    change = await verb.plan(desk, found, call)
    if call.preview:
        return Outcome(found, found.with_values(columns(desk, found, change)), change)
    return Outcome(found, await carry_out(desk, found, change), change)


async def actions(desk: Desk, found: Designation, verbs: Mapping[str, Verb]) -> list[Action]:
    """Every transition of the caller's side, with what blocks it now."""
    return [
        Action(each, await reasons_against(desk, found, each, verbs[each.name]))
        for each in TRANSITIONS.values()
        if (each.permission in PROGRAM_PERMISSIONS) == desk.actor.is_staff
    ]


async def reasons_against(
    desk: Desk, found: Designation, transition: Transition[State], verb: Verb
) -> list[Reason]:
    """Why this caller cannot make this transition now, whatever the arguments."""
    reasons = _not_permitted(transition, desk.actor, found)
    reasons += blocked_by_state(transition, found.state, found.state.value)
    return reasons or await verb.guard(desk, found)


def _not_permitted(transition: Transition[State], actor: Actor, found: Designation) -> list[Reason]:
    applicant = None if actor.is_staff else found.holder_id
    if actor.person_id is not None and actor.may(transition.permission, applicant):
        return []
    scope = SCOPE_OF[transition.permission].value
    needed = f"Your role must allow you to {transition.permission.value}, with a key that has {scope}."
    return [Reason("not-permitted", needed)]


def _refusal(reasons: list[Reason], found: Designation) -> DomainError:
    first = reasons[0]
    if first.code == "not-permitted":
        return NotPermitted(first.detail)
    told = [{"code": each.code, "detail": each.detail} for each in reasons]
    kind = NoSuchTransition if first.code == "wrong-state" else Conflict
    return kind(first.detail, (), reasons=told, present=found.state.value)
