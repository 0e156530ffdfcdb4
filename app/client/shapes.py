"""What the service answers, as far as this client speaks of it; every shape keeps the members it does not name."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.domain import receipts
from app.domain.event_types.bodies import CloudEvent

Tree = Mapping[str, Any]  # JSON as it came, decimals with their digits


class Shown(BaseModel):
    """Something shown; `etag` is the tag it came with, which a change of it carries in If-Match."""

    model_config = ConfigDict(extra="allow", frozen=True)

    etag: str | None = None


class Named(Shown):
    id: str
    name: str


class Registration(Shown):
    """A newcomer: the key is shown this once."""

    id: str
    applicant: Named
    person: Named
    api_key: str = Field(repr=False)
    email_confirmed: bool


class Mark(Shown):
    ready: bool
    result: str


class DesignationRequest(Shown):
    """A request, draft or filed; one of a list has no content."""

    id: str
    number: str
    url: str
    status: str
    version: int
    title: str | None
    applicant: Named
    readiness: Mark
    created_at: datetime
    updated_at: datetime
    received_at: datetime | None
    received_on: date | None
    statutory_due_on: date | None
    ended_on: date | None
    content: Tree | None = None


class Finding(Shown):
    """What a rule says: where, why and how to mend it."""

    rule: str
    severity: str
    pointer: str
    title: str
    detail: str
    fix: str
    basis: str


class Report(Shown):
    """The readiness report: all findings at once, and every figure computed anew."""

    ready: bool
    result: str
    rule_pack: str
    findings: tuple[Finding, ...]
    computed: Tree

    @property
    def to_acknowledge(self) -> tuple[Finding, ...]:
        """Findings of the program's rules that block until their signer gives a reason."""
        return tuple(each for each in self._blocking if each.basis != "law")

    @property
    def to_mend(self) -> tuple[Finding, ...]:
        """Findings of law, which nothing but a change of the content takes away."""
        return tuple(each for each in self._blocking if each.basis == "law")

    @property
    def _blocking(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.severity == "blocks")


class Attachment(Shown):
    id: str
    filename: str
    size: int
    sha256: str
    media_type: str
    kind: str
    scan: str


class StepUp(Shown):
    """A token that signs for five minutes through the key that asked for it."""

    step_up: str = Field(repr=False)
    expires_at: datetime


class Receipt(Shown):
    """The signed deposit receipt; keep it as it came, with the public keys of its day."""

    receipt: Tree
    signature: Tree

    def fault(self, keys: Iterable[Mapping[str, str]]) -> str | None:
        """Why it does not hold under these public keys; None where it does. Needs no service."""
        return receipts.fault_of({"receipt": self.receipt, "signature": self.signature}, keys)


class Endpoint(Shown):
    """A webhook endpoint; its secret is shown when it is made or rotated, and never again."""

    id: str
    url: str
    event_types: tuple[str, ...] = ()
    description: str | None = None
    secret: str | None = Field(None, repr=False)


class EventPage(Shown):
    """A page of the feed; `next_cursor` is where to go on, given at the end of the feed too."""

    events: tuple[CloudEvent, ...]
    next_cursor: str


class Signature(BaseModel):
    """Who signs, in which sense, and the proof that it is they: one's password or a step-up token, not both."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    printed_name: str
    meaning: str = "authorship"
    password: str | None = Field(None, repr=False)
    step_up: str | None = Field(None, repr=False)
