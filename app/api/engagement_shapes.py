"""The shapes of engagements: what a call may send, and what it gets back."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Body
from pydantic import Field

from app.api.attachment_shapes import FileFields, form_of
from app.api.deps import Moment
from app.api.payloads import ApplicantRef, In, Out
from app.domain.engagement_lifecycle import EngagementState
from app.domain.engagements import CHARACTERS_PER_PAGE, PAGES, EngagementContent
from app.domain.shapes import CivilDate, Flag, Name, Number, Passage, Prose, RequestNumber
from app.domain.vocabulary import EngagementFormat
from app.storage.scanning import Scan

LENGTH = (
    f"At most {PAGES['CATT']} pages for CATT and {PAGES['ETP']} for ETP or a joint meeting; of the text in the body "
    f"{CHARACTERS_PER_PAGE} characters count as a page (a rule of the program)."
)
Mode = Literal["meeting", "site_visit", "written"]
DeclineReason = Literal["not_eligible", "not_novel", "other_program", "insufficient_information"]
OutcomeCode = Literal["feedback_given", "redirected", "no_further_action"]
Experience = Literal["limited", "growing", "substantial"]


class EngagementIn(In):
    """A request for an engagement. It is requested at once: there is no draft."""

    content: EngagementContent = Field(description=f"What is asked. {LENGTH}")
    applicant_id: UUID | None = Field(None, description="Needed when you act for more than one applicant")


class EngagementAmendmentIn(In):
    content: dict[str, Any] = Field(
        description="JSON Merge Patch (RFC 7396) of the content; null removes a member"
    )


class EngagementAcceptIn(In):
    name: Literal["accept"]
    note: Passage | None = Field(None, description="For the program alone")


class EngagementDeclineIn(In):
    name: Literal["decline"]
    reason: DeclineReason
    note: Passage = Field(description="Told to the requester")


class _Appointment(In):
    held_on: CivilDate = Field(description="Civil date in New York; not past")
    mode: Mode
    starts_at: Moment | None = Field(None, description="The hour, on that day")
    attendees: Annotated[list[Name], Field(max_length=50)] | None = Field(
        None, description="Who comes for the program; for the program alone"
    )
    note: Passage | None = Field(None, description="For the program alone")


class EngagementScheduleIn(_Appointment):
    name: Literal["schedule"]


class EngagementRescheduleIn(_Appointment):
    name: Literal["reschedule"]


class EngagementHoldIn(In):
    name: Literal["hold"]
    held_on: CivilDate = Field(description="When it took place: civil date in New York, not to come")
    summary: Prose | None = Field(None, description="Shared with the requester")
    note: Passage | None = Field(None, description="For the program alone")


class EngagementCloseIn(In):
    name: Literal["close"]
    outcome: OutcomeCode
    summary: Prose = Field(description="Shared with the requester")
    note: Passage | None = Field(None, description="For the program alone")


class EngagementWithdrawIn(In):
    name: Literal["withdraw"]
    note: Passage | None = Field(None, description="Told to the program")


EngagementTransitionIn = Annotated[
    EngagementAcceptIn
    | EngagementDeclineIn
    | EngagementScheduleIn
    | EngagementRescheduleIn
    | EngagementHoldIn
    | EngagementCloseIn
    | EngagementWithdrawIn,
    Field(discriminator="name"),
    Body(),
]


class EngagementAssignmentIn(In):
    person_id: UUID = Field(description="A coordinator or reviewer of the program")


class EngagementUpdateIn(In):
    text: Passage = Field(description="Shown in the history; the letter that tells of it does not hold it")


class EngagementLinkIn(In):
    designation_request: RequestNumber = Field(description="Number of a request that was received")


class GraduationCriteriaIn(In):
    """What readiness for graduation rests on."""

    approvals_with_it: Annotated[int, Number(least=0, most=100_000, whole=True)] = Field(
        description="Approved applications that use the technology"
    )
    assessors_trained: Flag = Field(
        description="Whether assessors of the standard program were trained for it"
    )
    experience: Experience = Field(description="Of assessment and inspection")


class GraduationEntryIn(In):
    statement: Prose
    criteria: GraduationCriteriaIn
    ready: Flag = Field(description="Whether it could move to standard assessment")


class EngagementTargets(Out):
    """Targets of the program, not law."""

    decide_by: date
    meet_by: date
    next_update_on: date | None = Field(description="None once the requester waits no more")


class EngagementTimeliness(Out):
    decided_in_days: int | None
    on_time: bool | None
    held_in_days: int | None
    held_on_time: bool | None


class EngagementDecision(Out):
    accepted: bool
    decided_on: date
    reason: DeclineReason | None
    note: str | None


class EngagementMeeting(Out):
    held_on: date | None = Field(description="When it took place")
    scheduled_on: date
    starts_at: datetime | None
    mode: Mode
    summary: str | None


class EngagementOutcome(Out):
    outcome: OutcomeCode
    summary: str
    closed_on: date


class EngagementSummary(Out):
    id: UUID
    number: str = Field(examples=["ENG-2026-00004"])
    url: str
    state: EngagementState
    status: EngagementState = Field(description="The same: an engagement has no hidden states")
    format: EngagementFormat
    center: Literal["CDER", "CBER", "both"]
    title: str
    origin: Literal["api", "mail"]
    applicant: ApplicantRef
    created_at: datetime
    updated_at: datetime
    received_at: datetime
    received_on: date
    targets: EngagementTargets
    timeliness: EngagementTimeliness
    decision: EngagementDecision | None
    meeting: EngagementMeeting | None
    outcome: EngagementOutcome | None
    updates_sent: int
    last_update_at: datetime | None


class ProposalOut(Out):
    id: UUID
    filename: str
    size: int = Field(description="Bytes")
    sha256: str
    pages: int
    scan: Scan
    created_at: datetime


class EngagementLink(Out):
    number: str
    url: str
    linked_at: datetime


class EngagementOut(EngagementSummary):
    content: dict[str, Any]
    proposal: ProposalOut | None
    designation_requests: list[EngagementLink] = Field(description="That cite it; none has to")


class EngagementPage(Out):
    items: list[EngagementSummary]
    next_cursor: str | None


class EngagementChangeOut(Out):
    n: int = Field(description="Place among the entries that you see")
    at: datetime
    what: str
    actor: Literal["applicant", "program", "system"]
    facts: dict[str, Any]


class EngagementHistory(Out):
    items: list[EngagementChangeOut]
    next_cursor: str | None


class GraduationCriteria(Out):
    approvals_with_it: int
    assessors_trained: bool
    experience: Experience


class GraduationEntry(Out):
    id: UUID
    statement: str
    criteria: GraduationCriteria
    ready: bool
    by: UUID
    at: datetime


class GraduationLog(Out):
    items: list[GraduationEntry]
    next_cursor: str | None


class FormatTimeliness(Out):
    format: Literal["ETP", "CATT", "joint", "all"]
    received: int
    decided: int
    declined: int
    withdrawn: int
    held: int
    overdue: int = Field(description="Not decided, and past its target")
    median_days_to_decision: float | None
    decided_on_time: float | None = Field(description="Share of what is decided or overdue")
    median_days_to_meeting: float | None
    held_on_time: float | None = Field(description="Share of what was held")


class TimelinessOut(Out):
    """Counts of engagements received in a period; from null: since the first."""

    received_from: date | None
    received_to: date
    items: list[FormatTimeliness]
    next_cursor: str | None


class ProposalFields(FileFields):
    """The fields of the form beside the proposal."""


PROPOSAL_FORM = form_of(ProposalFields, ())
