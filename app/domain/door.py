"""The door: a parsed tree becomes a content, or every flaw in its shape is named, and nothing is echoed."""

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from app.domain.content import Content
from app.domain.errors import Flaw, Invalid
from app.domain.evidence import EvidenceItem
from app.domain.merge import pointer_of

MOST_FLAWS: Final = 100
# Longer than any member name of ours: what is cut is the caller's own text.
LONGEST_TOKEN: Final = 64

# Where pydantic's own sentence would repeat what was sent, or speak of Python.
SENTENCES: Final = {
    "extra_forbidden": "is not a member of this object",
    "missing": "is required here",
    "model_type": "should be an object",
    "tuple_type": "should be a list",
    "string_type": "should be a text",
    "string_unicode": "holds a lone surrogate, which is no character",
    "string_pattern_mismatch": "has characters or a form that are not allowed here",
    "bool_type": "should be true or false",
    "date_from_datetime_parsing": "should be a date of the calendar, as 2026-12-31",
    "date_parsing": "should be a date of the calendar, as 2026-12-31",
    "union_tag_not_found": "needs its discriminator: {discriminator}",
    "union_tag_invalid": "has an unknown discriminator: {discriminator} should be one of {expected_tags}",
    "literal_error": "should be one of {expected}",
    "string_too_short": "should have at least {min_length} characters",
    "string_too_long": "should have at most {max_length} characters",
    "too_short": "should have at least {min_length} items",
    "too_long": "should have at most {max_length} items",
}

Shape = TypeVar("Shape", bound=BaseModel)


def content(tree: Any, at: str = "/content") -> Content:  # noqa: ANN401 -- any JSON
    """The content in a tree. Raises Invalid with pointers below `at`."""
    return admit(Content, tree, at)


def evidence_item(tree: Any, at: str = "") -> EvidenceItem:  # noqa: ANN401 -- any JSON
    """The evidence item in a tree. Raises Invalid with pointers below `at`."""
    return admit(EvidenceItem, tree, at)


def admit(shape: type[Shape], tree: Any, at: str = "") -> Shape:  # noqa: ANN401 -- any JSON
    """The tree as the shape it is meant to have. Raises Invalid with pointers below `at`."""
    try:
        return shape.model_validate(tree)
    except ValidationError as fault:
        raise Invalid(flaws=flaws_of(fault, at)) from None


def flaws_of(fault: ValidationError, at: str = "") -> list[Flaw]:
    """The first hundred flaws, each with its pointer below `at`, the rule's code and a sentence."""
    errors = fault.errors(include_url=False, include_input=False)[:MOST_FLAWS]
    return [flaw_of(error["type"], error["loc"], error["msg"], error.get("ctx", {}), at) for error in errors]


def flaw_of(code: str, loc: Sequence[str | int], own: str, context: dict[str, Any], at: str = "") -> Flaw:
    """A finding of pydantic's as a flaw; `own` is its sentence, used where that repeats nothing sent."""
    place = at + pointer_of([_shortened(token) for token in loc])
    return Flaw(place, code.replace("_", "-"), _sentence(code, own, context))


def _shortened(token: str | int) -> str | int:
    if isinstance(token, int) or len(token) <= LONGEST_TOKEN:
        return token
    return f"{token[:LONGEST_TOKEN]}…"


def _sentence(code: str, own: str, context: dict[str, Any]) -> str:
    if code in SENTENCES:
        return SENTENCES[code].format(**context)
    return own
