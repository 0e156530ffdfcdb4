"""What the record of a request looks like: receipt, journal, timeline, clock. For the description alone."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from app.api.payloads import Out


class SignatureOut(Out):
    alg: Literal["EdDSA"]
    kid: str
    value: str = Field(description="Over the RFC 8785 form of `receipt`; base64url")


class AttachmentReceipt(Out):
    filename: str
    size: int
    sha256: str
    scan: str


class Receipt(Out):
    number: str
    received_at: datetime
    received_on: date
    statutory_due_on: date
    applicant: Any
    content_sha256: str
    rule_pack: str
    attachments: list[AttachmentReceipt]
    acknowledged_gaps: list[Any]
    signed_by: Any


class ReceiptOut(Out):
    """What `amtdp verify-receipt` checks offline."""

    receipt: Receipt
    signature: SignatureOut


class ActorOut(Out):
    """Who did it; of the program's people an applicant learns only that it was the program."""

    kind: Literal["person", "machine", "program", "system"]


class EntryOut(Out):
    seq: int = Field(description="Place in the chain of your audience, without gaps")
    digest: str = Field(description="SHA-256 of the entry's RFC 8785 form")
    link: str = Field(description="SHA-256 of the previous link and this digest")
    entry: dict[str, Any]


class EntryPage(Out):
    items: list[EntryOut]
    next_cursor: str | None


class Happening(Out):
    at: datetime
    what: str
    text: str
    actor: ActorOut


class Timeline(Out):
    items: list[Happening]
    next_cursor: str | None


class ClockInterval(Out):
    since: date = Field(alias="from")
    until: date | None
    kind: Literal["running", "ended"] = Field(description="What the statutory clock does in it")
    status: str
    cause: str = Field(description="The act that began it")
    actor: ActorOut


class MilestoneOut(Out):
    name: str
    on: date
    met_on: date | None


class ClockOut(Out):
    """Every day accounted for; none moves the due date (506L(c)(2)). Staff also get target, milestones and alerts."""

    day: int | None
    days_left: int | None
    received_on: date | None
    statutory_due_on: date | None
    ended_on: date | None
    reply_by: date | None = Field(None, description="While questions are open")
    program_target_on: date | None = Field(None, description="Once a denial was set aside")
    internal_target_on: date | None = Field(None, description="Staff only")
    milestones: list[MilestoneOut] | None = Field(None, description="Staff only; targets of the program")
    alerts_on: list[date] | None = Field(None, description="Staff only")
    entries: list[ClockInterval]
