"""In which order a line shows what is read in another: scripts from right to left among others.

This is the bidirectional algorithm of Unicode (UAX 9) as far as a letter needs it: the implicit levels of one line.
Explicit embeddings never come here; `facts.showable` takes them out.
"""

import unicodedata
from collections.abc import Sequence
from itertools import groupby
from typing import Final

_MIRRORED: Final = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")
_KINDS: Final = {"L": "L", "R": "R", "AL": "R", "EN": "N", "AN": "N", "ES": "-", "CS": "-", "ET": "-"}


def runs_right(text: str) -> bool:
    """Whether the first character that has a direction runs from right to left."""
    return next((kind == "R" for kind in map(_kind, text) if kind in {"L", "R"}), False)


def has_right(text: str) -> bool:
    return any(_kind(each) == "R" for each in text)


def order(units: Sequence[str], *, right: bool) -> list[tuple[int, str]]:
    """The places of the units of a line from left to right, each with its text, brackets turned where they must be."""
    levels = _levels([_kind(unit[:1]) for unit in units], base=int(right))
    places = list(range(len(units)))
    for level in range(max(levels, default=0), 0, -1):
        places = [
            place
            for high, run in groupby(places, lambda each: levels[each] >= level)
            for place in (reversed(list(run)) if high else run)
        ]
    return [(at, _turned(units[at]) if levels[at] % 2 else units[at]) for at in places]


def _turned(unit: str) -> str:
    return unit.translate(_MIRRORED) if len(unit) == 1 else unit


def _kind(character: str) -> str:
    """L, R, N for a digit, - for a sign that may stand in a number, and nothing for the rest."""
    return _KINDS.get(unicodedata.bidirectional(character), "") if character else ""


def _levels(kinds: list[str], base: int) -> list[int]:
    side = "LR"[base]
    strong, last = [], side
    for kind in _numbers_whole(kinds):
        last = kind if kind in {"L", "R"} else last
        # a number among words from left to right is one of them
        strong.append("L" if kind == "N" and last == "L" else kind)
    return [_level(kind, base) for kind in _neutral_resolved(strong, side)]


def _level(kind: str, base: int) -> int:
    if kind == "N":
        return 2
    return 1 if kind == "R" else 2 * base


def _numbers_whole(kinds: list[str]) -> list[str]:
    """A sign between two digits belongs to their number; any other is neutral."""
    around = zip(["", *kinds], kinds, [*kinds[1:], ""], strict=False)
    return [
        ("N" if before == after == "N" else "") if kind == "-" else kind for before, kind, after in around
    ]


def _neutral_resolved(kinds: list[str], side: str) -> list[str]:
    """Neutrals between two of one direction take it; others take the line's. A number counts as right here."""
    resolved: list[str] = []
    for neutral, run in groupby(range(len(kinds)), lambda at: not kinds[at]):
        places = list(run)
        if not neutral:
            resolved += [kinds[at] for at in places]
            continue
        before = _side_of(kinds[places[0] - 1]) if places[0] else side
        after = _side_of(kinds[places[-1] + 1]) if places[-1] + 1 < len(kinds) else side
        resolved += [before if before == after else side] * len(places)
    return resolved


def _side_of(kind: str) -> str:
    return "R" if kind == "N" else kind
