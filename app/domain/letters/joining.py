"""How the letters of Arabic join: each in the shape that its neighbors ask for."""

import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

_SHAPES: Final = (*range(0xFB50, 0xFC00), *range(0xFE70, 0xFEFD))
_ALEFS: Final = (
    "\u0644\u0622",
    "\u0644\u0623",
    "\u0644\u0625",
    "\u0644\u0627",
)  # lam and an alef are written as one
_STRETCH: Final = "\u0640"  # joins on both sides and looks the same wherever it stands

_Forms = Mapping[str, str]


def joined(text: str) -> Iterator[tuple[str, str]]:
    """Each letter, or pair written as one, as it is recorded and as it is shown; other characters as they are."""
    units = list(_units(text))
    forms = [_forms().get(unit, {}) for unit in units]
    # marks stand on a letter and part it from nothing
    steps = [at for at, unit in enumerate(units) if unicodedata.category(unit[-1]) not in {"Mn", "Cf"}]
    shown = dict(enumerate(units))
    for before, at, after in zip([None, *steps], steps, [*steps[1:], None], strict=False):
        tied_before = before is not None and "<initial>" in forms[before] and "<final>" in forms[at]
        tied_after = after is not None and "<initial>" in forms[at] and "<final>" in forms[after]
        place = {(1, 1): "<medial>", (1, 0): "<final>", (0, 1): "<initial>"}.get(
            (tied_before, tied_after), "<isolated>"
        )
        shown[at] = forms[at].get(place, units[at])
    yield from zip(units, shown.values(), strict=True)


def _units(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        size = 2 if text[at : at + 2] in _ALEFS else 1
        yield text[at : at + size]
        at += size


@cache
def _forms() -> Mapping[str, _Forms]:
    """The shapes of each letter by its place in a word, from Unicode's own data."""
    found: dict[str, dict[str, str]] = {
        _STRETCH: dict.fromkeys(("<initial>", "<medial>", "<final>"), _STRETCH)
    }
    for code in _SHAPES:
        place, *letters = unicodedata.decomposition(chr(code)).split() or [""]
        base = "".join(chr(int(each, 16)) for each in letters)
        if len(base) == 1 or base in _ALEFS:
            found.setdefault(base, {}).setdefault(place, chr(code))
    return found
