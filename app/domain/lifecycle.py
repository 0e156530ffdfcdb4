"""The workflow of a designation request, as a table. Nothing else changes a state."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from app.domain.policy import Permission
from app.domain.workflow import Transition, Workflow, row, table


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
# Where an applicant is not told the lead center: it learns it when assessment begins, and of what ended before a
# decision nothing says any more whether it had begun.
CENTER_UNTOLD = frozenset({Status.DRAFT, Status.RECEIVED, Status.REJECTED, Status.WITHDRAWN})
# What ends the statutory clock. A technical rejection does so too, until it is reinstated.
FINAL = frozenset({State.DESIGNATED, State.NOT_DESIGNATED, State.WITHDRAWN, State.TECHNICALLY_REJECTED})


# Where an applicant may still take its request back.
OPEN = (State.SUBMITTED, State.UNDER_ASSESSMENT, State.INFORMATION_REQUESTED, State.RECOMMENDED)

S = State
TRANSITIONS: Mapping[str, Transition[State]] = table(
    row(
        "submit",
        {S.DRAFT},
        S.SUBMITTED,
        Permission.SUBMIT_REQUESTS,
        ("signature",),
        ("acknowledged_gaps",),
        summary="The signer files the request; it becomes an immutable record and the clock starts.",
        guard="Ready, or every gap of a program rule acknowledged; no file pending or infected.",
    ),
    row(
        "register_mailed",
        {S.DRAFT},
        S.SUBMITTED,
        Permission.SCREEN_REQUESTS,
        summary="A filing that came by mail is entered with the instant at which the mail arrived.",
        guard="The draft came by mail. Findings of law are shown, not enforced.",
    ),
    row(
        "reject_technically",
        {S.SUBMITTED},
        S.TECHNICALLY_REJECTED,
        Permission.SCREEN_REQUESTS,
        ("cause", "note"),
        ("written_agreement",),
        summary="A file is malware or unreadable, or the requester agrees it is for another program.",
        guard="The cause is a fact of the files or the requester's written agreement; never content.",
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
        "accept",
        {S.SUBMITTED},
        S.UNDER_ASSESSMENT,
        Permission.SCREEN_REQUESTS,
        ("lead_center", "lead_reviewer_id"),
        summary="The intake check is done; a lead reviewer begins the assessment.",
        guard="Lead center and lead reviewer are assigned, before or by the arguments.",
    ),
    row(
        "request_information",
        {S.UNDER_ASSESSMENT},
        S.INFORMATION_REQUESTED,
        Permission.ASSESS,
        ("questions", "reply_by"),
        summary="Numbered questions with a reply date; the statutory clock runs on.",
        guard="A reply date after day 150 needs a reason; none lies after the due date.",
    ),
    row(
        "respond",
        {S.INFORMATION_REQUESTED, S.UNDER_ASSESSMENT, S.RECOMMENDED},
        S.UNDER_ASSESSMENT,
        Permission.RESPOND,
        ("answers", "signature"),
        ("content",),
        summary="The signer answers every question, and may amend what the questions opened.",
        guard="A question is open, or lapsed unanswered: a late answer is marked, opens and moves nothing.",
        keeps={S.RECOMMENDED},  # else the applicant could tell that there is a recommendation
    ),
    row(
        "lapse",
        {S.INFORMATION_REQUESTED},
        S.UNDER_ASSESSMENT,
        Permission.LET_LAPSE,
        summary="The reply date has passed without an answer; the review goes on.",
        guard="24:00 New York of the reply date.",
    ),
    row(
        "recommend",
        {S.UNDER_ASSESSMENT},
        S.RECOMMENDED,
        Permission.ASSESS,
        ("outcome", "context_of_use"),
        summary="The lead reviewer recommends an outcome for a context of use fixed in words.",
        guard="By the lead reviewer, who has rated every criterion and named the evidence.",
    ),
    row(
        "return_to_assessment",
        {S.RECOMMENDED},
        S.UNDER_ASSESSMENT,
        Permission.DECIDE,
        ("note",),
        summary="The signatory gives a recommendation back.",
    ),
    row(
        "designate",
        {S.RECOMMENDED},
        S.DESIGNATED,
        Permission.DECIDE,
        ("factors", "signature"),
        summary="The signatory grants the designation, by a signed letter.",
        guard="By a signatory who was never its lead reviewer and declared no conflict.",
    ),
    row(
        "deny",
        {S.RECOMMENDED},
        S.NOT_DESIGNATED,
        Permission.DECIDE,
        ("factors", "rationale", "reasons", "signature"),
        summary="The signatory denies the designation with coded reasons, by a signed letter.",
        guard="By a signatory who was never its lead reviewer and declared no conflict.",
    ),
    row(
        "withdraw",
        OPEN,
        S.WITHDRAWN,
        Permission.WITHDRAW_REQUESTS,
        ("signature",),
        summary="The signer takes the request back before a decision.",
    ),
    row(
        "set_aside",
        {S.NOT_DESIGNATED},
        S.UNDER_ASSESSMENT,
        Permission.SET_ASIDE,
        ("note",),
        ("program_target_on",),
        summary="A denial is set aside and assessed anew to a date of the program; the clock stays ended.",
        guard="By a signatory who did not make the decision; the decision and its letter stay.",
    ),
)
VERSION = 1
WORKFLOWS: Mapping[int, Workflow[State]] = MappingProxyType(
    {
        VERSION: Workflow(
            "designation_request",
            VERSION,
            "Workflow of a designation request",
            State.DRAFT,
            FINAL,
            STATUS_OF,
            TRANSITIONS,
        )
    }
)


def workflow_of(version: int) -> Workflow[State]:
    """The workflow a request keeps from its first draft on."""
    return WORKFLOWS[version]
