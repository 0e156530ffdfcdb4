"""The shapes of bodies about those who rely on a designation, or take it over: authorizations, citations, transfers."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.api.designation_shapes import ApplicationOut, HolderOut, ItemOut
from app.api.payloads import Email, In, Out, PersonName, SignatureIn
from app.domain.designations import ApplicationKind
from app.domain.shapes import CODE_PATTERN, CivilDate, Passage

ApplicationNumber = Annotated[
    str, Field(strict=True, min_length=1, max_length=20, pattern=CODE_PATTERN, examples=["BLA125001"])
]


class ApplicationIn(In):
    kind: ApplicationKind
    number: ApplicationNumber | None = Field(None, description="Where it has one already")


class CitedApplicationIn(In):
    kind: ApplicationKind
    number: ApplicationNumber


class AuthorizedPersonIn(In):
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

    person: AuthorizedPersonIn
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
