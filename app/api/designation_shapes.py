"""The shapes of bodies about designations: what a call may send, and what the description says it gets back."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import Path
from pydantic import Field, model_validator

from app.api.payloads import Email, In, Out, PersonName, SignatureIn
from app.domain.designation_lifecycle import State
from app.domain.designations import ApplicationKind
from app.domain.shapes import CODE_PATTERN, CivilDate, Flag, Label, Passage

DesignationRef = Annotated[
    str,
    Path(
        min_length=1, max_length=40, pattern=r"^[0-9A-Za-z-]+$", description="Id or number (AMTD-YYYY-NNNNN)."
    ),
]
ApplicationNumber = Annotated[
    str, Field(strict=True, min_length=1, max_length=20, pattern=CODE_PATTERN, examples=["BLA125001"])
]
Purpose = Literal["ended_by_program", "graduated"]


class HolderOut(Out):
    id: UUID | None = Field(None, description="Not for those who are only authorized")
    name: str


class MethodOut(Out):
    name: str
    version: str | None


class ApplicationOut(Out):
    kind: ApplicationKind
    number: str | None


class ItemOut(Out):
    what: str
    dated: date


class CoveredOut(Out):
    """What one authorization of yours covers."""

    id: UUID
    application: ApplicationOut
    items_covered: list[ItemOut]
    since: date = Field(alias="from")
    until: date | None


class OfferOut(Out):
    id: UUID
    expires_at: datetime


class PendingChangeOut(Out):
    change: str
    effective_on: date
    method_version: str | None
    notified_at: datetime


class NoticeOut(Out):
    given_on: date
    reason: str
    end_from: date = Field(description="The first day on which the program may end the designation")


class DesignationOut(Out):
    """All of it for its holder and the program; for who is authorized the required members and what it may use."""

    number: str = Field(examples=["AMTD-2026-00003"])
    url: str
    status: State
    method: MethodOut
    context_of_use: str
    holder: HolderOut
    id: UUID | None = None
    center: Literal["CDER", "CBER", "both"] | None = None
    granted_on: date | None = None
    ended_on: date | None = None
    designation_request: str | None = Field(
        None, description="For the applicant that filed it, and the program"
    )
    pending_change: PendingChangeOut | None = None
    notice: NoticeOut | None = Field(None, description="That the program means to end it")
    public: bool | None = None
    holder_since: datetime | None = None
    updated_at: datetime | None = None
    authorizations: list[CoveredOut] | None = Field(None, description="Yours, where you are only authorized")
    transfer_offer: OfferOut | None = Field(None, description="To you, where it is offered to you")


class DesignationPage(Out):
    items: list[DesignationOut]
    next_cursor: str | None


class NotifyChangeIn(In):
    """The holder tells what changes of the method. What leaves the context of use needs a new request."""

    name: Literal["notify_change"]
    change: Passage = Field(description="What changes of the method, and why quality stays assured")
    effective_on: CivilDate
    alters_context_of_use: Flag = Field(description="true is refused: another context needs a new request")
    method_version: Label | None = Field(None, description="The version that the method has afterwards")
    note: Passage | None = None


class AcknowledgeChangeIn(In):
    name: Literal["acknowledge_change"]
    note: Passage | None = None


class EndByHolderIn(In):
    """The holder gives the designation up. The signature may be left out of a preview."""

    name: Literal["end_by_holder"]
    note: Passage | None = None
    signature: SignatureIn | None = None


class ProposeEndIn(In):
    """Notice to the holder; the program may end the designation thirty days later."""

    name: Literal["propose_end"]
    reason: Passage = Field(description="Told to the holder")
    note: Passage | None = None
    signature: SignatureIn | None = None


class EndByProgramIn(In):
    name: Literal["end_by_program"]
    reason: Passage = Field(description="Told to the holder")
    note: Passage | None = None
    signature: SignatureIn | None = None


class GraduateIn(In):
    name: Literal["graduate"]
    note: Passage | None = None
    signature: SignatureIn | None = None


class SignOffIn(In):
    """Counsel's word, where the statute is silent."""

    purpose: Purpose = Field(alias="for")
    note: Passage


class SignOffOut(Out):
    id: UUID
    purpose: Purpose = Field(alias="for")
    note: str
    by: UUID
    at: datetime


class SignOffPage(Out):
    items: list[SignOffOut]
    next_cursor: str | None


class ByOut(Out):
    kind: Literal["person", "program", "system"]
    id: UUID | None = Field(None, description="Of the program's people for the program alone")


class HistoryOut(Out):
    id: UUID
    at: datetime
    what: str
    text: str
    by: ByOut
    facts: dict[str, Any]


class HistoryPage(Out):
    items: list[HistoryOut]
    next_cursor: str | None


class PublicationIn(In):
    """Whether the designation may stand in the public register; consent can be withdrawn at any time."""

    public: Flag
    as_of: CivilDate | None = Field(None, description="From this day on; today where left out")
    statement: Passage | None = Field(None, description="Words of the holder, published with it")


class PublicationOut(Out):
    public: bool
    as_of: date | None
    statement: str | None


class PublicOut(Out):
    """What its holder agreed to publish, and nothing else."""

    number: str
    holder: str
    method: str
    context_of_use: str
    center: str | None
    granted_on: date
    status: State
    statement: str | None


class PublicPage(Out):
    items: list[PublicOut]
    next_cursor: str | None


class ApplicationIn(In):
    kind: ApplicationKind
    number: ApplicationNumber | None = Field(None, description="Where it has one already")


class CitedApplicationIn(In):
    kind: ApplicationKind
    number: ApplicationNumber


class PersonIn(In):
    """An applicant here or, of someone without an account, the name and perhaps an address."""

    applicant_id: UUID | None = Field(None, description="It tells you its id")
    name: PersonName | None = None
    email: Email | None = None

    @model_validator(mode="after")
    def _is_one_or_the_other(self) -> Self:
        if (self.applicant_id is None) == (self.name is None):
            raise ValueError("either applicant_id, or a name")
        if self.applicant_id is not None and self.email is not None:
            raise ValueError("an applicant here is told at the addresses of its signers")
        return self


class ItemIn(In):
    what: Passage = Field(description="The item of information, such as the title of a report")
    dated: CivilDate = Field(description="Its date, or that of the submission it stands in")


class AuthorizationIn(In):
    """Who may reference which data of the designation, for which application (506L(d)(2))."""

    person: PersonIn
    application: ApplicationIn
    items_covered: Annotated[list[ItemIn], Field(min_length=1, max_length=200)]
    since: CivilDate | None = Field(None, alias="from", description="First day; today where left out")
    until: CivilDate | None = Field(None, description="Last day; open-ended where left out")


class PartyOut(Out):
    applicant_id: UUID | None
    name: str
    email: str | None


class AuthorizationOut(Out):
    id: UUID
    person: PartyOut
    application: ApplicationOut
    items_covered: list[ItemOut]
    since: date = Field(alias="from")
    until: date | None
    holds: bool = Field(description="Whether it stands today; nothing holds once the designation has ended")
    created_at: datetime
    revoked_at: datetime | None


class AuthorizationPage(Out):
    items: list[AuthorizationOut]
    next_cursor: str | None


class CitationIn(In):
    """An application, supplements included, that relies on the designation."""

    application: CitedApplicationIn
    cited_on: CivilDate
    applicant: UUID | None = Field(None, description="Whose application; only the program names another")
    authorization_id: UUID | None = Field(None, description="By which authorization, where there are several")


class CitationPatch(In):
    """JSON Merge Patch (RFC 7396); null takes an approval back that was noted by mistake."""

    approved_on: CivilDate | None


class CitationOut(Out):
    id: UUID
    application: ApplicationOut
    cited_on: date
    approved_on: date | None
    applicant: HolderOut | None
    authorization_id: UUID | None
    recorded_by: Literal["applicant", "program"]
    created_at: datetime
    updated_at: datetime


class CitationPage(Out):
    items: list[CitationOut]
    next_cursor: str | None


class TransferIn(In):
    to: UUID = Field(description="The applicant that is to hold it; it tells you its id")
    signature: SignatureIn


class AcceptanceIn(In):
    signature: SignatureIn


class TransferOut(Out):
    id: UUID
    state: Literal["offered", "accepted", "withdrawn", "declined", "expired", "ended"]
    giver: HolderOut = Field(alias="from")
    receiver: HolderOut = Field(alias="to")
    offered_at: datetime
    expires_at: datetime
    closed_at: datetime | None


class TransferPage(Out):
    items: list[TransferOut]
    next_cursor: str | None
