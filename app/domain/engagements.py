"""Pre-submission engagements: what a request for one says, how long it may be, and when the program means to act.

An engagement is a contact with ETP (CDER), CATT (CBER) or both before any designation request, and never a gate to one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Final

from pydantic import Field

from app.domain.content.parties import Contact
from app.domain.content.purpose import PlannedSubmission, Product
from app.domain.errors import Flaw, Invalid
from app.domain.shapes import (
    CivilDate,
    Label,
    Name,
    Part,
    Passage,
    Prose,
    Several,
    describe,
    needed,
    several,
    told,
)
from app.domain.vocabulary import EngagementFormat

# Two pages with figures and tables: what CBER asks of a CATT request. Five: an ETP proposal (CDER); a joint request
# is held to the same, since one paper goes to both.
PAGES: Final[Mapping[EngagementFormat, int]] = {"ETP": 5, "CATT": 2, "joint": 5}
# A rule of the program, not of either page: a Letter page of single-spaced 11 point text with one inch of margin holds
# about this many characters. It lets what is written into the body be held to the limit of a paper.
CHARACTERS_PER_PAGE: Final = 3_000
CENTERS: Final[Mapping[EngagementFormat, str]] = {"ETP": "CDER", "CATT": "CBER", "joint": "both"}
_ETP, _CATT = "CDER ETP page", "CBER CATT page"
_EITHER = f"{_ETP}; {_CATT}"
# what is not the case that is made: names, dates and addresses
_BESIDE: Final = {"format", "contact", "attendees", "preferred_dates", "planned_submissions", "products"}


class Technology(Part):
    """The technology that the engagement is about."""

    summary: Prose = needed("What it is, in enough detail to answer the questions", _EITHER)
    novelty: Passage | None = told("Why it is novel or unique", _EITHER)
    comparison: Passage | None = told("How it differs from what is in use", _CATT)


class QualityImpact(Part):
    """What the technology may change for the better, aspect by aspect; none is needed."""

    safety: Passage | None = told("Safety of the product", _EITHER)
    identity: Passage | None = told("Identity of the product", _EITHER)
    strength: Passage | None = told("Strength of the product", _EITHER)
    quality: Passage | None = told("Quality of the product", _EITHER)
    purity: Passage | None = told("Purity of the product", _EITHER)
    availability: Passage | None = told("Availability to patients", _CATT)


class TechnologyDevelopment(Part):
    """How far the technology has come."""

    status: Passage | None = told("Where development stands", _EITHER)
    challenges: Passage | None = told("Roadblocks and challenges expected", _EITHER)


class Attendee(Part):
    """Someone who would come for the requester."""

    name: Name = needed("The person")
    role: Label | None = told("In what role")


Question = Annotated[tuple[Passage, ...], Field(min_length=1, max_length=20)]


class EngagementContent(Part):
    """A request for an engagement; it may be about no product at all."""

    format: EngagementFormat = needed(
        "With ETP (CDER), with CATT (CBER), or a joint meeting of both", _EITHER
    )
    title: Name = needed("What it is about, in one line")
    technology: Technology = needed("The technology", _EITHER)
    product_classes: Several[Name] = several("Classes of products it is meant for", _CATT, most=50)
    products: Several[Product] = several("Products it is meant for", _ETP, most=50)
    quality_impact: QualityImpact | None = told("What it may do for quality", _EITHER)
    development: TechnologyDevelopment | None = told("How far it has come", _EITHER)
    planned_submissions: Several[PlannedSubmission] = several(
        "Applications expected to use it", _ETP, most=50
    )
    questions: Question = Field(description=describe("What the program is asked", _EITHER, None))
    attendees: Several[Attendee] = several("Who would come", most=50)
    preferred_dates: Several[CivilDate] = several("Days that would suit", most=20)
    contact: Contact | None = told("Whom the program can turn to")


def center_of(format: EngagementFormat) -> str:
    """CDER for ETP, CBER for CATT, both for a joint meeting."""
    return CENTERS[format]


def insist_on_length(content: EngagementContent) -> None:
    """Raises Invalid where the text is longer than the pages of its format."""
    pages = PAGES[content.format]
    held, allowed = _characters(content), pages * CHARACTERS_PER_PAGE
    if held > allowed:
        detail = (
            f"{_named(content.format)} holds at most {pages} pages, or {allowed} characters; this has {held}."
        )
        raise Invalid(flaws=[Flaw("/content", "pages", detail)], stated=held, allowed=allowed)


def insist_on_pages(format: EngagementFormat, pages: int, at: str) -> None:
    """Raises Invalid, with a pointer to `at`, where a proposal has more pages than its format takes."""
    allowed = PAGES[format]
    if pages > allowed:
        detail = f"{_named(format)} holds at most {allowed} pages; this has {pages}."
        raise Invalid(flaws=[Flaw(at, "pages", detail)], stated=pages, allowed=allowed)


def _named(format: EngagementFormat) -> str:
    return {"ETP": "An ETP proposal", "CATT": "A CATT request", "joint": "A joint request"}[format]


def _characters(content: EngagementContent) -> int:
    return sum(map(len, _texts(content.model_dump(exclude=_BESIDE))))


def _texts(tree: Any) -> Iterator[str]:  # noqa: ANN401 -- any part of a content
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, dict):
        for member in tree.values():
            yield from _texts(member)
    elif isinstance(tree, list | tuple):
        for member in tree:
            yield from _texts(member)


@dataclass(frozen=True, slots=True)
class Targets:
    """In how many days the program means to act: its own targets, not law."""

    decision_days: int = 60
    meeting_days: int = 90
    update_days: int = 30

    def decide_by(self, received_on: date) -> date:
        """The day by which it should be accepted or declined, counted from the day of receipt (day 0)."""
        return received_on + timedelta(days=self.decision_days)

    def meet_by(self, received_on: date) -> date:
        """The day by which a meeting should have been held, counted from the day of receipt (day 0)."""
        return received_on + timedelta(days=self.meeting_days)
