"""What questions, answers and decisions look like. For the description alone."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.api.payloads import Out
from app.api.record_shapes import ActorOut


class QuestionOut(Out):
    number: int
    text: str
    opens: list[str] = Field(description="Parts of the content that the answer may amend")


class AnswerOut(Out):
    question: int
    text: str
    attachments: list[UUID]


class ResponseOut(Out):
    answers: list[AnswerOut]
    late: bool
    version: int = Field(description="Version of the content from then on")
    answered_at: datetime
    sha256: str = Field(description="Of what was signed (RFC 8785)")


class InformationRequest(Out):
    round: int
    status: Literal["open", "answered", "answered_late", "lapsed", "closed"]
    asked_at: datetime
    asked_by: ActorOut
    reply_by: date
    questions: list[QuestionOut]
    response: ResponseOut | None


class InformationRequests(Out):
    items: list[InformationRequest]
    next_cursor: str | None


class Manifest(Out):
    """Printed name, instant and meaning of the signature, and the digest it is bound to (21 CFR 11.50, 11.70)."""

    printed_name: str
    meaning: str
    at: datetime
    sha256: str


class DecisionOut(Out):
    n: int
    outcome: Literal["designated", "not_designated"]
    decided_on: date
    decided_at: datetime
    context_of_use: str
    reasons: list[str]
    rationale: str | None
    set_aside: bool
    signature: Manifest
    signed: dict[str, Any] | None = Field(
        None, description="Staff only: what exactly was signed; its RFC 8785 form has the digest"
    )
    letter: str = Field(description="Where the letter is, as HTML and as PDF")
    earlier: list[int] = Field(description="Numbers of the decisions before it")
