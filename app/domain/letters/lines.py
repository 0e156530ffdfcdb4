"""From a text to lines: which typeface sets each character, where lines break, what a reader is told instead."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from app.domain.letters import ordering, typefaces
from app.domain.letters.joining import joined

_ON_A_LETTER = {"Mn", "Me"}
_INVISIBLE = {"Cf"}
_LONGEST = 16  # characters of a cluster; no writing stacks as many, but anyone can send them


@dataclass(frozen=True, slots=True)
class Cluster:
    """What is never parted: a letter with its marks. `recorded` is the text, `shown` what is set for it."""

    recorded: str
    shown: str
    face: str
    width: float
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    face: str
    text: str
    width: float


@dataclass(frozen=True, slots=True)
class SetLine:
    """A line as it is set, from left to right. `actual` is the text where the line shows it otherwise."""

    runs: tuple[Run, ...]
    width: float
    actual: str | None
    missing: bool


def set_lines(text: str, face: str, size: float, room: float, *, right: bool = False) -> list[SetLine]:
    """The lines of a text of one paragraph that fit into a room, broken at blanks and else where they must be."""
    return [_set(line, right=right) for line in _broken(list(_clusters(text, face, size)), room)]


def _clusters(text: str, face: str, size: float) -> Iterator[Cluster]:
    for recorded, shown in _with_marks(joined(text)):
        yield from _set_as(recorded, shown, face, size)


@lru_cache(maxsize=4096)
def _set_as(recorded: str, shown: str, face: str, size: float) -> tuple[Cluster, ...]:
    """One cluster where a typeface has all of it; else its characters, which may be many, one by one."""
    name = typefaces.face_for(shown, face)
    if name:
        return (Cluster(recorded, shown, name, typefaces.width(shown, name, size)),)
    if len(recorded) > 1:
        return tuple(each for sign in recorded for each in _set_as(sign, _visible(sign, sign), face, size))
    if shown != recorded:  # the letter has no glyph for its place in the word
        return _set_as(recorded, recorded, face, size)
    told = f"[U+{ord(recorded):04X}]"
    return (Cluster(recorded, told, face, typefaces.width(told, face, size), missing=True),)


def _visible(recorded: str, shown: str) -> str:
    return "" if unicodedata.category(recorded) in _INVISIBLE else shown


def _with_marks(units: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Letters together with the marks and the invisible characters that follow them."""
    held: tuple[str, str] | None = None
    for recorded, shown in units:
        category = unicodedata.category(recorded[0])
        visible = _visible(recorded[0], shown)
        follows = category in _INVISIBLE or category in _ON_A_LETTER
        if held and follows and held[1] != " " and len(held[0]) < _LONGEST:
            held = (held[0] + recorded, held[1] + visible)
            continue
        if held:
            yield held
        held = (recorded, visible)
    if held:
        yield held


def _broken(clusters: list[Cluster], room: float) -> Iterator[list[Cluster]]:
    line: list[Cluster] = []
    used = 0.0
    for word in _words(clusters, room):
        wide = sum(each.width for each in word)
        hanging = word[-1].width if word[-1].shown == " " else 0.0
        if line and used + wide - hanging > room:
            yield line
            line, used = [], 0.0
        line += word
        used += wide
    if line:
        yield line


def _words(clusters: list[Cluster], room: float) -> Iterator[list[Cluster]]:
    """Words with the blank after them; one that no line can hold comes in pieces."""
    word: list[Cluster] = []
    used = 0.0
    for each in clusters:
        if word and each.shown != " " and used + each.width > room:
            yield word
            word, used = [], 0.0
        word.append(each)
        used += each.width
        if each.shown == " ":
            yield word
            word, used = [], 0.0
    if word:
        yield word


def _set(line: Sequence[Cluster], *, right: bool) -> SetLine:
    recorded = "".join(each.recorded for each in line)
    shown = [(each, each.shown) for each in line]
    # the blank that a line breaks at is set at its end, for readers that put lines together
    inner = len(line) - (line[-1].shown == " ")
    if ordering.has_right(recorded):
        placed = ordering.order([each.shown for each in line[:inner]], right=right)
        shown = [(line[at], text) for at, text in placed] + shown[inner:]
    runs = tuple(_runs(shown))
    return SetLine(
        runs=runs,
        width=sum(each.width for each in line[:inner]),
        actual=None if "".join(run.text for run in runs) == recorded else recorded,
        missing=any(each.missing for each in line),
    )


def _runs(shown: Iterable[tuple[Cluster, str]]) -> Iterator[Run]:
    for face, group in groupby(shown, lambda pair: pair[0].face):
        pairs = list(group)
        yield Run(face, "".join(text for _, text in pairs), sum(each.width for each, _ in pairs))
