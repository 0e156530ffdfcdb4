"""The shapes of bodies about designations: what a call may send, and what the description says it gets back."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Path
from pydantic import Field

from app.api.payloads import In, Out, SignatureIn
from app.domain.designation_lifecycle import State
from app.domain.designations import ApplicationKind
from app.domain.shapes import CivilDate, Flag, Label, Passage

DesignationRef = Annotated[
    str,
    Path(
        min_length=1, max_length=40, pattern=r"^[0-9A-Za-z-]+$", description="Id or number (AMTD-YYYY-NNNNN)."
    ),
]
Purpose = Literal["ended_by_program", "graduated"]


class HolderOut(Out):
    id: UUID | None = Field(None, description="Not for those who are only authorized")
    name: str


class DesignatedMethodOut(Out):
    name: str
    version: str | None
    method_id: UUID | None = Field(None, description="As registered by the applicant that filed the request")


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
    method: DesignatedMethodOut
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


class WithdrawNoticeIn(In):
    name: Literal["withdraw_notice"]
    note: Passage = Field(description="Told to the holder")


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
