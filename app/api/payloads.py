"""The shapes of bodies: what a call may send, and what the description says it gets back."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.domain.content import Content
from app.domain.evidence import EvidenceItem
from app.domain.identifiers import Identifiers
from app.domain.lifecycle import State, Status
from app.domain.vocabulary import ApplicantType

# no control characters, and none that turn the direction of text
PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+$"
ADDRESS = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$"


class In(BaseModel):
    """A body that is sent: unknown members are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)


class Out(BaseModel):
    """A body that is answered: callers must expect members that are not shown here."""

    model_config = ConfigDict(extra="allow")


PersonName = Annotated[str, Field(min_length=1, max_length=300, pattern=PRINTABLE)]
Email = Annotated[
    str, Field(min_length=3, max_length=254, pattern=ADDRESS, examples=["ana@northfield.example"])
]
Password = Annotated[str, Field(min_length=10, max_length=200, examples=["correct horse battery"])]


class ApplicantIn(In):
    """Whoever files: any person may (506L(a)); no application, FEI or DUNS is needed."""

    name: PersonName
    type: ApplicantType
    type_detail: PersonName | None = Field(None, description="What `other` is")
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = Field(
        None, description="ISO 3166-1 alpha-2"
    )
    identifiers: Identifiers = Identifiers()

    @model_validator(mode="after")
    def _other_says_what(self) -> Self:
        if self.type == "other" and self.type_detail is None:
            raise ValueError("an applicant of type other says in type_detail what it is")
        return self


class FlawOut(Out):
    pointer: str = Field(description="RFC 6901 pointer to the member")
    rule: str
    detail: str


class Problem(Out):
    """Problem details (RFC 9457)."""

    type: str = Field(examples=["/problems/not-found"])
    title: str
    status: int
    detail: str
    instance: str
    code: str = Field(examples=["not-found"])
    request_id: str
    errors: list[FlawOut] | None = None


class DraftIn(In):
    content: Content = Field(description="The content, or any part of it")
    applicant_id: UUID | None = Field(None, description="Needed when you act for more than one applicant")


class AmendmentIn(In):
    content: dict[str, Any] = Field(
        description="JSON Merge Patch (RFC 7396) of the content; null removes a member"
    )


class ApplicantRef(Out):
    id: UUID
    name: str
    type: str


class ReadinessMark(Out):
    ready: bool
    result: Literal["adequate", "adequate_with_warnings", "gap", "not_assessable"]


class RequestSummary(Out):
    id: UUID
    number: str = Field(examples=["AMT-2026-00017"])
    url: str
    status: Status
    version: int = Field(description="Of the content")
    workflow_version: int = Field(description="Of the published workflow, kept from the first draft on")
    title: str | None
    applicant: ApplicantRef
    readiness: ReadinessMark
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    mail_received_at: datetime | None = Field(
        description="Of a filing that came by mail: when our server took it, as of which it is received"
    )
    received_at: datetime | None
    received_on: date | None
    statutory_due_on: date | None
    ended_on: date | None
    lead_center: Literal["CDER", "CBER", "both"] | None
    state: State | None = Field(None, description="To the program alone, as are the members below")
    internal_target_on: date | None = None
    lead_reviewer_id: UUID | None = None


class RequestOut(RequestSummary):
    content: dict[str, Any] = Field(description="As sent; figures keep their digits")


class RequestPage(Out):
    items: list[RequestSummary]
    next_cursor: str | None
    total: int | None = Field(None, description="Only with count=exact")


class VersionOut(Out):
    version: int
    content_digest: str
    created_at: datetime
    filed: bool


class VersionPage(Out):
    items: list[VersionOut]
    next_cursor: str | None


class VersionWhole(VersionOut):
    content: dict[str, Any]


class ChangeOut(Out):
    op: Literal["add", "remove", "replace", "move"]
    pointer: str


class DiffOut(Out):
    changes: list[ChangeOut]


class ReadinessCheckIn(In):
    content: Content


class SignatureIn(In):
    """A signature: who signs, in which sense, and the proof that it is they (21 CFR 11.50, 11.200)."""

    printed_name: PersonName
    meaning: Literal["authorship", "responsibility", "approval", "review"]
    password: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    step_up: Annotated[str, Field(min_length=1, max_length=600)] | None = None


class EvidenceBody(EvidenceItem):
    """One evidence item; its key is that of the address."""
