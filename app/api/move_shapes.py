"""The bodies of transitions, told apart by their name, and what actions and previews look like."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Body
from pydantic import Field

from app.api.payloads import In, Out, RequestSummary, SignatureIn
from app.domain.factors import Factors, Reason
from app.domain.shapes import CivilDate, Passage, Prose

Outcome = Literal["designate", "deny"]
POINTER = r"^/content(/[^\x00-\x1f/]{1,100}){0,8}$"


class SuppressIn(In):
    """A notice that is not to be told. What is mandatory is always told; the reason goes into the journal."""

    notice: Annotated[str, Field(min_length=2, max_length=60, pattern=r"^[a-z_]+$")] = Field(
        description="Its template, as the preview names it", examples=["assessment_begun"]
    )
    reason: Passage


class Quieted(In):
    """What every transition of the program may carry."""

    suppress: Annotated[list[SuppressIn], Field(max_length=10)] | None = None


class Move(In):
    """What every transition may carry."""

    note: Passage | None = None


class Noted(Quieted):
    """A transition whose reason is part of the record."""

    note: Passage


class GapIn(In):
    rule: Annotated[str, Field(min_length=2, max_length=10, pattern=r"^[A-Z]{2}-[0-9]{2}[a-z]?$")]
    reason: Passage


class SubmitIn(Move):
    """Files the request. The signature may be left out of a preview."""

    name: Literal["submit"]
    acknowledged_gaps: Annotated[list[GapIn], Field(max_length=100)] | None = None
    signature: SignatureIn | None = None


class RegisterMailedIn(Move, Quieted):
    """Enters a filing that came by mail, with the instant at which the mail arrived."""

    name: Literal["register_mailed"]


class WithdrawIn(Move):
    name: Literal["withdraw"]
    signature: SignatureIn | None = None


class RejectTechnicallyIn(Noted):
    """Never for content: malware, nothing readable, or another program's with the requester's written agreement."""

    name: Literal["reject_technically"]
    cause: Literal["malware", "unreadable_file", "wrong_program"]
    written_agreement: Passage | None = None


class ReinstateIn(Noted):
    name: Literal["reinstate"]


class AcceptIn(Move, Quieted):
    """Begins the assessment; center and lead are needed where they are not assigned already."""

    name: Literal["accept"]
    lead_center: Literal["CDER", "CBER", "both"] | None = None
    lead_reviewer_id: UUID | None = None


class QuestionIn(In):
    text: Passage
    opens: Annotated[
        list[Annotated[str, Field(min_length=8, max_length=400, pattern=POINTER)]], Field(max_length=20)
    ] = Field(default=[], description="Parts of the content that the answer may amend, as pointers")


class RequestInformationIn(Move, Quieted):
    """Asks the applicant; the note is the reason for a reply date after day 150 and stays inside."""

    name: Literal["request_information"]
    questions: Annotated[list[QuestionIn], Field(min_length=1, max_length=50)]
    reply_by: CivilDate


class AnswerIn(In):
    question: Annotated[int, Field(ge=1, le=50)] = Field(description="Number of the question, from 1")
    text: Prose
    attachments: Annotated[list[UUID], Field(max_length=50)] = Field(
        default=[], description="Files of the request that belong to the answer, by id"
    )


class RespondIn(Move):
    """Answers every question. `content` is a JSON Merge Patch inside the parts that the questions opened."""

    name: Literal["respond"]
    answers: Annotated[list[AnswerIn], Field(min_length=1, max_length=50)]
    content: dict[str, Any] | None = None
    signature: SignatureIn | None = None


class LapseIn(In):
    """What time alone brings; no caller may do it."""

    name: Literal["lapse"]


class RecommendIn(Move, Quieted):
    name: Literal["recommend"]
    outcome: Outcome
    context_of_use: Passage = Field(description="The context of use in the words the letter will have")


class ReturnIn(Noted):
    name: Literal["return_to_assessment"]


class DesignateIn(Move, Quieted):
    name: Literal["designate"]
    factors: Factors
    signature: SignatureIn | None = None


class DenyIn(Move, Quieted):
    name: Literal["deny"]
    reasons: Annotated[list[Reason], Field(min_length=1, max_length=5)]
    rationale: Prose
    factors: Factors
    signature: SignatureIn | None = None


class SetAsideIn(Noted):
    name: Literal["set_aside"]
    program_target_on: CivilDate | None = None


AnyMove = (
    SubmitIn
    | RegisterMailedIn
    | WithdrawIn
    | RejectTechnicallyIn
    | ReinstateIn
    | AcceptIn
    | RequestInformationIn
    | RespondIn
    | LapseIn
    | RecommendIn
    | ReturnIn
    | DesignateIn
    | DenyIn
    | SetAsideIn
)
TransitionIn = Annotated[AnyMove, Field(discriminator="name"), Body()]
# Each signature is a person's own act on one record, so what is signed is not done in bulk.
UnsignedMove = Annotated[
    RegisterMailedIn
    | RejectTechnicallyIn
    | ReinstateIn
    | AcceptIn
    | RequestInformationIn
    | RecommendIn
    | ReturnIn
    | SetAsideIn,
    Field(discriminator="name"),
]
Reference = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[0-9A-Za-z-]+$")]


class BulkItem(In):
    reference: Reference = Field(description="Id or number")
    transition: UnsignedMove


class BulkIn(In):
    """Each item stands for itself: one that is refused leaves the others as they are."""

    items: Annotated[list[BulkItem], Field(min_length=1, max_length=100)]


class BulkResult(Out):
    reference: str
    status: int = Field(description="What the transition alone would have answered")
    request: RequestSummary | None = None
    problem: dict[str, Any] | None = None


class BulkOut(Out):
    items: list[BulkResult]


class ReasonOut(Out):
    code: str
    detail: str


class ActionOut(Out):
    name: str
    allowed: bool
    requires: list[str]
    reasons: list[ReasonOut]


class ActionList(Out):
    items: list[ActionOut]
