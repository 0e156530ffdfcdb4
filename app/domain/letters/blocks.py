"""What a letter consists of, whatever its form: headings, paragraphs, lists, tables of facts, addresses."""

from dataclasses import dataclass
from typing import Literal

Style = Literal["plain", "letterhead", "subhead", "remark"]


@dataclass(frozen=True, slots=True)
class Said:
    """Some text; `given` where it is someone's own words, and not the template's."""

    text: str
    given: bool = False


Words = tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    level: Literal[1, 2]
    words: Words


@dataclass(frozen=True, slots=True)
class Paragraph:
    words: Words
    style: Style = "plain"


@dataclass(frozen=True, slots=True)
class Bullets:
    items: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """A table of two columns: what a fact is called, and the fact."""

    caption: str
    rows: tuple[tuple[str, Words], ...]


@dataclass(frozen=True, slots=True)
class Address:
    """A web address on a line of its own."""

    url: str


Block = Heading | Paragraph | Bullets | Facts | Address


@dataclass(frozen=True, slots=True)
class Written:
    """A letter in words, in reading order. `missing_note` is said where a form cannot show every character."""

    title: str
    running: str
    missing_note: str
    blocks: tuple[Block, ...]


def text_of(words: Words) -> str:
    return "".join(said.text for said in words)


def wholly_given(words: Words) -> bool:
    """Whether nothing of it is the template's; such text has the direction of its own script."""
    return all(said.given for said in words)
