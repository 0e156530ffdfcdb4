"""The workflow of a designation request, as a table. Nothing else changes a state."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain.policy import Permission


class State(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    TECHNICALLY_REJECTED = "technically_rejected"
    UNDER_ASSESSMENT = "under_assessment"
    INFORMATION_REQUESTED = "information_requested"
    RECOMMENDED = "recommended"
    DESIGNATED = "designated"
    NOT_DESIGNATED = "not_designated"
    WITHDRAWN = "withdrawn"


class Status(StrEnum):
    """What an applicant is told of the state."""

    DRAFT = "draft"
    RECEIVED = "received"
    UNDER_ASSESSMENT = "under_assessment"
    QUESTION_OPEN = "question_open"
    DESIGNATED = "designated"
    NOT_DESIGNATED = "not_designated"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"


STATUS_OF: Mapping[State, Status] = {
    State.DRAFT: Status.DRAFT,
    State.SUBMITTED: Status.RECEIVED,
    State.TECHNICALLY_REJECTED: Status.REJECTED,
    State.UNDER_ASSESSMENT: Status.UNDER_ASSESSMENT,
    State.INFORMATION_REQUESTED: Status.QUESTION_OPEN,
    State.RECOMMENDED: Status.UNDER_ASSESSMENT,
    State.DESIGNATED: Status.DESIGNATED,
    State.NOT_DESIGNATED: Status.NOT_DESIGNATED,
    State.WITHDRAWN: Status.WITHDRAWN,
}
# What ends the statutory clock. A technical rejection does so too, until it is reinstated.
FINAL = frozenset({State.DESIGNATED, State.NOT_DESIGNATED, State.WITHDRAWN, State.TECHNICALLY_REJECTED})


@dataclass(frozen=True, slots=True)
class Transition:
    """A row: from where, to where, who may, what it must be given, and what may be given."""

    name: str
    sources: frozenset[State]
    target: State
    permission: Permission
    requires: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an action is blocked: a stable code and a sentence. `told_by_plan`: the act itself refuses it, in full."""

    code: str
    detail: str
    told_by_plan: bool = False


def row(
    name: str,
    sources: Iterable[State],
    target: State,
    permission: Permission,
    requires: tuple[str, ...] = (),
    accepts: tuple[str, ...] = (),
    *,
    summary: str,
) -> Transition:
    return Transition(name, frozenset(sources), target, permission, requires, accepts, summary)


S = State
TRANSITIONS: Mapping[str, Transition] = {
    each.name: each
    for each in (
        row(
            "submit",
            {S.DRAFT},
            S.SUBMITTED,
            Permission.SUBMIT_REQUESTS,
            ("signature",),
            ("acknowledged_gaps",),
            summary="The signer files the request; it becomes an immutable record and the clock starts.",
        ),
        row(
            "reject_technically",
            {S.SUBMITTED},
            S.TECHNICALLY_REJECTED,
            Permission.SCREEN_REQUESTS,
            ("cause", "note"),
            ("written_agreement",),
            summary="A file is malware or unreadable, or the requester agrees it is for another program.",
        ),
        row(
            "reinstate",
            {S.TECHNICALLY_REJECTED},
            S.SUBMITTED,
            Permission.SCREEN_REQUESTS,
            ("note",),
            summary="A technical rejection is taken back; the receipt date stays.",
        ),
        row(
            "withdraw",
            {S.SUBMITTED, S.UNDER_ASSESSMENT, S.INFORMATION_REQUESTED, S.RECOMMENDED},
            S.WITHDRAWN,
            Permission.WITHDRAW_REQUESTS,
            ("signature",),
            summary="The signer takes the request back before a decision.",
        ),
    )
}


def blocked_by_state(transition: Transition, state: State, shown: str) -> list[Reason]:
    """The reason that the present state gives, in the words its audience knows (`shown`), or none."""
    if state in transition.sources:
        return []
    return [Reason("wrong-state", f"Not open while the request is {shown.replace('_', ' ')}.")]
