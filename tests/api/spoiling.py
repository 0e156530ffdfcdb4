"""Bodies spoiled in one place each: what stands there is left out, is of another type, or is joined by a stranger."""

from collections.abc import Iterator
from typing import Any, Final

from app.domain import merge
from app.domain.merge import NoSuchPlace

Place = tuple[str | int, ...]
STRANGER: Final = "a_stranger"
# What any place takes as a rule, or as a rule not: each type of JSON, and an object and a list that hold something.
INSTEAD: Final = (None, True, -7, "no such word", [], [7], {STRANGER: 1})
DEEPEST: Final = 3  # what is below is judged by the same models; tests of contents and evidence go there


def spoiled(tree: Any) -> Iterator[Any]:
    for at in _places(tree):
        for instead in INSTEAD:
            yield _with(tree, at, instead)
        if at and isinstance(at[-1], str):
            yield _without(tree, at)
        if isinstance(_at(tree, at), dict):
            yield _with(tree, (*at, STRANGER), 1)


def leads_into(tree: Any, pointer: str) -> bool:
    """Whether it names what was sent, or what is missing in an object that was."""
    return _is_there(tree, pointer) or _is_there(tree, pointer.rpartition("/")[0], dict)


def _is_there(tree: Any, pointer: str, kind: type = object) -> bool:
    try:
        return isinstance(merge.resolve(tree, pointer), kind)
    except NoSuchPlace:
        return False


def _places(tree: Any, at: Place = ()) -> Iterator[Place]:
    """Every place in a tree; of a list the first item stands for the rest."""
    yield at
    if len(at) == DEEPEST:
        return
    if isinstance(tree, dict):
        for name, member in tree.items():
            yield from _places(member, (*at, name))
    if isinstance(tree, list) and tree:
        yield from _places(tree[0], (*at, 0))


def _at(tree: Any, at: Place) -> Any:
    for token in at:
        tree = tree[token]
    return tree


def _with(tree: Any, at: Place, instead: Any) -> Any:
    if not at:
        return instead
    first, rest = at[0], at[1:]
    if isinstance(tree, dict):
        return {**tree, first: _with(tree.get(first), rest, instead)}
    return [_with(each, rest, instead) if place == first else each for place, each in enumerate(tree)]


def _without(tree: Any, at: Place) -> Any:
    above = _at(tree, at[:-1])
    return _with(tree, at[:-1], {name: member for name, member in above.items() if name != at[-1]})
