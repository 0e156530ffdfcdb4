"""Designations: their numbers, what an authorization covers, and when it holds."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final, Literal

from pydantic import Field

from app.domain.designation_lifecycle import NOTICE_DAYS
from app.domain.identifiers import SUBMISSION_FORMS

ApplicationKind = Literal["IND", "NDA", "ANDA", "BLA", "supplement", "DMF"]
NUMBER_PATTERN: Final = r"^AMTD-[0-9]{4}-[0-9]{5,11}$"
DesignationNumber = Annotated[str, Field(strict=True, min_length=15, max_length=21, pattern=NUMBER_PATTERN)]
OFFER_LIFE: Final = timedelta(days=30)  # in which a transfer can be accepted
# How each kind of application is written; `SUBMISSION_FORMS` decides.
WORDED_FORMS: Final = {
    "IND": "up to six digits",
    "NDA": "NDA and six digits",
    "ANDA": "ANDA and six digits",
    "BLA": "BLA and six digits",
    "supplement": "the application it supplements: NDA, ANDA or BLA and six digits",
    "DMF": "six digits, or BB-MF and up to six",
}


def number_of(year: int, seq: int) -> str:
    return f"AMTD-{year}-{seq:05d}"


def is_number(text: str) -> bool:
    return re.fullmatch(NUMBER_PATTERN, text) is not None


@dataclass(frozen=True, slots=True)
class Application:
    """An application, or a submission beside one; without a number where it has none yet."""

    kind: ApplicationKind
    number: str | None

    @property
    def is_well_formed(self) -> bool:
        return self.number is None or SUBMISSION_FORMS[self.kind](self.number)

    def covers(self, other: "Application") -> bool:
        """Whether what was authorized for this one holds for the other."""
        return self.kind == other.kind and self.number in {None, other.number}


@dataclass(frozen=True, slots=True)
class Term:
    """From a civil day to another, both inclusive; open where there is no end."""

    begins: date
    ends: date | None

    def has(self, day: date) -> bool:
        return self.begins <= day and (self.ends is None or day <= self.ends)


def may_end_from(notice_on: date) -> date:
    """The first civil day on which the program may end what it gave notice of."""
    return notice_on + timedelta(days=NOTICE_DAYS)
