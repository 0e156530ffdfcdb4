"""How the review of a sample goes: who does what on which day of its clock, as its JSON file has it."""

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.domain import exact_json
from app.domain.calendars import STATUTORY_DAYS

_REVIEWS: Final = "app.samples.reviews"

Colleague = Literal["desk", "chemistry", "sterile", "biologics", "director", "deputy"]
Actor = Colleague | Literal["applicant"]
Move = Literal[
    "accept",
    "assess",
    "deny",
    "designate",
    "recommend",
    "reinstate",
    "reject_technically",
    "request_information",
    "respond",
    "return_to_assessment",
    "set_aside",
    "withdraw",
]
Meaning = Literal["authorship", "approval"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Act(_Part):
    """One call. To `body` come dates, given as days of the clock, people by their part, and the signature."""

    day: int = Field(ge=1, lt=STATUTORY_DAYS)
    by: Actor
    move: Move
    body: dict[str, Any] = {}
    dates: dict[str, int] = {}
    people: dict[str, Colleague] = {}
    signs: Meaning | None = None


class Review(_Part):
    """What happens to a sample that was filed, in order; what it shows, and where it ends."""

    shows: str
    ends: Literal["designated", "not_designated", "withdrawn", "rejected"]
    acts: tuple[Act, ...]


@lru_cache(maxsize=1)
def reviews() -> Mapping[str, Review]:
    """The review of each sample that is filed, by the slug of the sample."""
    files = [each for each in resources.files(_REVIEWS).iterdir() if each.name.endswith(".json")]
    return MappingProxyType(
        {
            each.name.removesuffix(".json"): Review.model_validate(exact_json.decode(each.read_bytes()))
            for each in sorted(files, key=lambda file: file.name)
        }
    )
