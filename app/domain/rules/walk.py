"""Every part of a content with its pointer, and the way from a pointer back to its place."""

from collections.abc import Iterator
from typing import Any, Final

from app.domain.merge import tokens_of
from app.domain.shapes import Part

ROOT: Final = "/content"


def parts(part: Part, at: str = ROOT) -> Iterator[tuple[str, Part]]:
    """The part itself and every part below it, each with its RFC 6901 pointer."""
    yield at, part
    for name, member in type(part).model_fields.items():
        value = getattr(part, name)
        if isinstance(value, Part):
            yield from parts(value, f"{at}/{member.alias or name}")
        elif isinstance(value, tuple) and value and isinstance(value[0], Part):
            for place, item in enumerate(value):
                yield from parts(item, f"{at}/{member.alias or name}/{place}")


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
        names = {_member(value, name): name for name in value.model_fields_set}
        return getattr(value, names[token]) if token in names else None
    if isinstance(value, tuple) and token.isdecimal() and len(token) <= len(str(len(value))):
        return value[int(token)] if int(token) < len(value) else None
    return None


def _member(part: Part, name: str) -> str:
    return type(part).model_fields[name].alias or name
