"""A sample request as its JSON file has it, and the loader of them all."""

from datetime import date
from functools import cached_property, lru_cache
from importlib import resources
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.domain import exact_json
from app.domain.content import Content
from app.domain.identifiers import Identifiers
from app.domain.rules.report import Result
from app.domain.vocabulary import ApplicantType

_REQUESTS: Final = "app.samples.requests"
USUAL_DAY: Final = date(2026, 12, 1)

AttachmentKind = Literal[
    "technical_report",
    "protocol",
    "batch_summary",
    "model_validation",
    "authorization_letter",
    "cover_letter",
    "letter",
    "other",
]
MandateScope = Literal["draft", "submit", "respond", "withdraw", "read"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Filer(_Part):
    """For whom a request is filed, as a registration takes it."""

    name: str
    type: ApplicantType
    type_detail: str | None = None
    country: str = Field(pattern=r"^[A-Z]{2}$")
    identifiers: Identifiers | None = None


class Person(_Part):
    """Who registers and signs."""

    name: str
    email: str = Field(pattern=r"^[a-z0-9.-]+@[a-z0-9-]+\.example$")


class Agent(_Part):
    """Another applicant that acts under a mandate; `attachment` names the mandate among the attachments."""

    applicant: Filer
    person: Person
    scope: tuple[MandateScope, ...]
    attachment: str


class Attachment(_Part):
    """A file of the request, made by code: `generate` says from what."""

    filename: str
    kind: AttachmentKind
    description: str
    generate: Literal["report", "table", "letter", "authorization", "mandate"]


class Expected(_Part):
    """What the rule engine says of the content, hints left out of `rules_fired`; sorted, each rule once."""

    result: Result
    rules_fired: tuple[str, ...]


class Gap(_Part):
    """A rule of the program whose finding the signer acknowledges, and why."""

    rule: str
    reason: str


class Sample(_Part):
    """One request. `judged_on` is the civil date it is judged at, `content` the tree as it would be sent."""

    slug: str
    title: str
    judged_on: date = USUAL_DAY
    archetype: str
    story: str
    applicant: Filer
    person: Person
    agent: Agent | None = None
    content: dict[str, Any]
    attachments: tuple[Attachment, ...] = ()
    expected: Expected
    acknowledged_gaps: tuple[Gap, ...] = ()

    @cached_property
    def parsed(self) -> Content:
        """The content in its own shape; figures keep their digits."""
        return Content.model_validate(self.content)


@lru_cache(maxsize=1)
def load() -> tuple[Sample, ...]:
    """Every sample of the package, by slug."""
    files = sorted(resources.files(_REQUESTS).iterdir(), key=lambda file: file.name)
    return tuple(
        Sample.model_validate(exact_json.decode(file.read_bytes()))
        for file in files
        if file.name.endswith(".json")
    )
