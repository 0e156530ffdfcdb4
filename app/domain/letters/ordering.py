"""In which order a line shows what is read in another: scripts from right to left among others.

This is the bidirectional algorithm of Unicode (UAX 9) as far as a letter needs it: the implicit levels of one line,
brackets taken as other neutrals are. Explicit embeddings never come here; `facts.showable` takes them out.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

_MIRRORED: Final = str.maketrans("()[]{}<>«»\u2039\u203a", ")(][}{><»«\u203a\u2039")
_RIGHT: Final = {"R", "AL"}
_STRONG: Final = _RIGHT | {"L"}
_KINDS: Final = _STRONG | {"EN", "AN", "ES", "CS", "ET"}
_NEUTRAL: Final = "ON"


def runs_right(text: str) -> bool:
    """Whether the first character that has a direction runs from right to left."""
    return next((kind in _RIGHT for kind in map(_kind, text) if kind in _STRONG), False)


def has_right(text: str) -> bool:
    return any(_kind(each) in _RIGHT for each in text)


def order(units: Sequence[str], *, right: bool) -> list[tuple[int, str]]:
    """The places of the units of a line from left to right, each with its text, brackets turned where they must be."""
    levels = _levels([_kind(unit[:1]) for unit in units], base=int(right))
    places = list(range(len(units)))
    for level in range(max(levels, default=0), 0, -1):
        places = list(_reversed_from(level, places, levels))
    return [(at, _turned(units[at]) if levels[at] % 2 else units[at]) for at in places]


def _reversed_from(level: int, places: list[int], levels: Sequence[int]) -> Iterator[int]:
    for high, run in groupby(places, lambda at: levels[at] >= level):
        kept = list(run)
        yield from reversed(kept) if high else kept


def _turned(unit: str) -> str:
    return unit.translate(_MIRRORED) if len(unit) == 1 else unit


def _kind(character: str) -> str:
    """The bidirectional class, with all that has no part in the rules below as neutral."""
    kind = unicodedata.bidirectional(character) if character else _NEUTRAL
    return kind if kind in _KINDS else _NEUTRAL


def _levels(kinds: list[str], base: int) -> list[int]:
    side = "LR"[base]
    resolved = _neutrals_resolved(_numbers_resolved(kinds, side), side)
    by_kind = {"L": 2 * base, "R": 1, "EN": 2, "AN": 2}
    return [by_kind[kind] for kind in resolved]


def _numbers_resolved(kinds: list[str], side: str) -> list[str]:
    """Rules W2 to W7: which numbers count as words, and which signs belong to a number."""
    kinds = list(_after(kinds, side, "AL", {"EN": "AN"}))
    kinds = ["R" if kind == "AL" else kind for kind in kinds]
    around = zip(["", *kinds], kinds, [*kinds[1:], ""], strict=False)
    kinds = [before if _joins(before, kind, after) else kind for before, kind, after in around]
    kinds = [
        "EN" if kind == "ET" and touches else kind
        for kind, touches in zip(kinds, _touching(kinds), strict=True)
    ]
    kinds = [_NEUTRAL if kind in {"ES", "ET", "CS"} else kind for kind in kinds]
    return list(_after(kinds, side, "L", {"EN": "L"}))


def _after(kinds: list[str], side: str, strong: str, turned: Mapping[str, str]) -> Iterator[str]:
    """The kinds, some of them turned into others where the last one with a direction is the one named."""
    last = side
    for kind in kinds:
        last = kind if kind in _STRONG else last
        yield turned.get(kind, kind) if last == strong else kind


def _joins(before: str, kind: str, after: str) -> bool:
    return before == after and (kind, before) in {("ES", "EN"), ("CS", "EN"), ("CS", "AN")}


def _touching(kinds: list[str]) -> Iterator[bool]:
    """Of each place, whether a European number lies in or next to the run of its kind."""
    at = 0
    for _, run in groupby(kinds):
        size = len(list(run))
        yield from [("EN" in kinds[max(at - 1, 0) : at + size + 1])] * size
        at += size


def _neutrals_resolved(kinds: list[str], side: str) -> list[str]:
    """Rules N1 and N2: neutrals between two of one direction take it, others the line's. A number counts as right."""
    resolved: list[str] = []
    for neutral, run in groupby(kinds, lambda kind: kind == _NEUTRAL):
        inner = list(run)
        before = _side_of(resolved[-1]) if resolved else side
        following = kinds[len(resolved) + len(inner) :]
        after = _side_of(following[0]) if following else side
        resolved += [before if before == after else side] * len(inner) if neutral else inner
    return resolved


def _side_of(kind: str) -> str:
    return "L" if kind == "L" else "R"
