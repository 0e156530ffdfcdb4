"""Every part of a content with its pointer, and the way from a pointer back to its place."""

from functools import lru_cache
from typing import Any, Final, get_args

from app.domain.merge import tokens_of
from app.domain.shapes import Part

ROOT: Final = "/content"


def parts(part: Part, at: str = ROOT) -> list[tuple[str, Part]]:
    """The part itself and every part below it, in order, each with its RFC 6901 pointer."""
    found: list[tuple[str, Part]] = []
    _collect(part, at, found)
    return found


def _collect(part: Part, at: str, found: list[tuple[str, Part]]) -> None:
    found.append((at, part))
    for name, token in _branches(type(part)):
        value = getattr(part, name)
        if isinstance(value, Part):
            _collect(value, f"{at}/{token}", found)
        elif value and isinstance(value, tuple):
            for place, item in enumerate(value):
                _collect(item, f"{at}/{token}/{place}", found)


@lru_cache(maxsize=256)
def _branches(kind: type[Part]) -> tuple[tuple[str, str], ...]:
    """The members of a kind of part that hold further parts, each with its token."""
    return tuple(
        (name, member.alias or name)
        for name, member in kind.model_fields.items()
        if _mentions_part(member.annotation)
    )


def _mentions_part(annotation: Any) -> bool:  # noqa: ANN401 - a type in any of its forms
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return True
    return any(_mentions_part(inner) for inner in get_args(annotation))


def leads_somewhere(content: Part, pointer: str) -> bool:
    """Whether a pointer from /content leads to something that was given."""
    value: Any = content
    for token in tokens_of(pointer)[1:]:
        value = _step(value, token)
        if value is None:
            return False
    return True


def _step(value: Any, token: str) -> Any:  # noqa: ANN401 - any value a content can hold
    if isinstance(value, Part):
        fields = type(value).model_fields
        return next((getattr(value, name) for name in fields if (fields[name].alias or name) == token), None)
    if isinstance(value, tuple) and token.isdecimal() and len(token) <= len(str(len(value))):
        return value[int(token)] if int(token) < len(value) else None
    return None
