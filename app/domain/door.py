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
    "model_attributes_type": "should be an object",
    "dict_type": "should be an object",
    "tuple_type": "should be a list",
    "list_type": "should be a list",
    "string_type": "should be a text",
    "string_unicode": "holds a lone surrogate, which is no character",
    "string_pattern_mismatch": "has characters or a form that are not allowed here",
    "bool_type": "should be true or false",
    "bool_parsing": "should be true or false",
    "int_type": "should be a whole number",
    "int_parsing": "should be a whole number",
    "int_parsing_size": "should be a whole number of fewer digits",
    "int_from_float": "should be a whole number",
    "uuid_type": "should be a UUID, as text",
    "uuid_parsing": "should be a UUID",
    "date_from_datetime_parsing": "should be a date of the calendar, as 2026-12-31",
    "date_parsing": "should be a date of the calendar, as 2026-12-31",
    "union_tag_not_found": "needs its discriminator: {discriminator}",
    "union_tag_invalid": "has an unknown discriminator: {discriminator} should be one of {expected_tags}",
    "literal_error": "should be one of {expected}",
    "enum": "should be one of {expected}",
    "greater_than_equal": "should be at least {ge}",
    "less_than_equal": "should be at most {le}",
    "string_too_short": "should have at least {min_length} character{s}",
    "string_too_long": "should have at most {max_length} character{s}",
    "too_short": "should have at least {min_length} item{s}",
    "too_long": "should have at most {max_length} item{s}",
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
        return SENTENCES[code].format(**context, s=_ending(context))
    return own


def _ending(context: dict[str, Any]) -> str:
    """Of what a bound counts: one item, two items."""
    return "" if context.get("min_length", context.get("max_length")) == 1 else "s"
