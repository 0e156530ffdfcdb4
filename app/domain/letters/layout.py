"""From the words of a letter to sheets: what stands where, and what it is part of."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from app.domain.letters import ordering, typefaces
from app.domain.letters.blocks import (
    Address,
    Block,
    Bullets,
    Facts,
    Heading,
    Paragraph,
    Said,
    Words,
    Written,
    text_of,
    wholly_given,
)
from app.domain.letters.lines import SetLine, set_lines
from app.domain.letters.sheets import BLUE, GRAY, MARGIN, ROOM, WIDTH, Element, Look, Pen

BODY: Final = Look(size=10.5, leading=15, after=7)
LINK: Final = replace(BODY, ink=0x005EA2)
STYLES: Final = {
    "plain": BODY,
    "letterhead": Look(size=13, leading=18, face=typefaces.BOLD, ink=BLUE),
    "subhead": Look(size=8.5, leading=12, before=16, after=6, ink=GRAY),
    "remark": Look(size=8.5, leading=12, after=7, ink=GRAY),
}
HEADINGS: Final = {
    1: Look(size=15.5, leading=21, before=10, after=9, face=typefaces.BOLD, ink=BLUE),
    2: Look(size=12, leading=17, before=10, after=4, face=typefaces.BOLD, ink=BLUE),
}
CAPTION: Final = Look(size=8.5, leading=12, after=3, ink=GRAY)
LABEL: Final = replace(BODY, face=typefaces.BOLD)
LABEL_ROOM: Final = 146.0
CELL_PAD: Final = 3.0
INDENT: Final = 16.0
LIST_GAP: Final = 3.0
FEWEST_LINES: Final = 2  # of a paragraph at the foot of a sheet
HAIRLINE: Final = 0.5
HEAD_RULE: Final = 1.25
TABLE_INK: Final = 0xC6CACE
MOST_KEPT: Final = 300.0


def laid_out(words: Written) -> tuple[Pen, Element]:
    """The sheets of a letter, and its structure tree."""
    pen, root = Pen(), Element("Document")
    for block, following in zip(words.blocks, (*words.blocks[1:], None), strict=True):
        if isinstance(block, Heading):
            look = HEADINGS[block.level]
            pen.need(look.before + look.leading * 2 + look.after + _opening(following))
        _PLACERS[type(block)](pen, root, block)
    if pen.missing:
        _paragraph(pen, root, Paragraph((Said(words.missing_note),), "remark"))
    return pen, root


def _opening(block: Block | None) -> float:
    """How much of a block must stand on the sheet of its heading."""
    return _table_height(block) if isinstance(block, Facts) else FEWEST_LINES * BODY.leading


def _heading(pen: Pen, parent: Element, block: Heading) -> None:
    look = HEADINGS[block.level]
    pen.skip(look.before)
    pen.write(parent.add(f"H{block.level}"), _lines(block.words, look, ROOM), look, MARGIN)
    pen.skip(look.after)


def _paragraph(pen: Pen, parent: Element, block: Paragraph) -> None:
    look = STYLES[block.style]
    right = wholly_given(block.words) and ordering.runs_right(text_of(block.words))
    lines = set_lines(text_of(block.words), look.face, look.size, ROOM, right=right)
    pen.need(min(len(lines), FEWEST_LINES) * look.leading)
    pen.write(parent.add("P"), lines, look, MARGIN, until=WIDTH - MARGIN if right else None)
    pen.skip(look.after)
    if block.style == "subhead":
        pen.rule(HEAD_RULE, BLUE)
        pen.skip(look.before)


def _bullets(pen: Pen, parent: Element, block: Bullets) -> None:
    lines = parent.add("L")
    for item in block.items:
        entry = lines.add("LI")
        body = _lines(item, BODY, ROOM - INDENT)
        pen.need(min(len(body), FEWEST_LINES) * BODY.leading)
        top = pen.y
        pen.write(entry.add("Lbl"), _lines((Said("•"),), BODY, INDENT), BODY, MARGIN + INDENT / 4)
        pen.y = top
        pen.write(entry.add("LBody"), body, BODY, MARGIN + INDENT)
        pen.skip(LIST_GAP)
    pen.skip(BODY.after - LIST_GAP)


def _address(pen: Pen, parent: Element, block: Address) -> None:
    leaf = parent.add("P").add("Link", block.url)
    pen.write(leaf, _lines((Said(block.url),), LINK, ROOM), LINK, MARGIN)
    pen.skip(LINK.after)


def _facts(pen: Pen, parent: Element, block: Facts) -> None:
    pen.need(_table_height(block))
    table = parent.add("Table")
    pen.write(table.add("Caption"), _lines((Said(block.caption),), CAPTION, ROOM), CAPTION, MARGIN)
    pen.skip(CAPTION.after)
    pen.rule(HAIRLINE, TABLE_INK)
    for label, fact in block.rows:
        _row(pen, table.add("TR"), label, fact)
    pen.skip(BODY.after)


def _row(pen: Pen, row: Element, label: str, fact: Words) -> None:
    pen.need(BODY.leading + 2 * CELL_PAD)
    pen.skip(CELL_PAD)
    top = pen.y
    pen.write(row.add("TH"), _lines((Said(label),), LABEL, LABEL_ROOM), LABEL, MARGIN)
    pen.y = top
    pen.write(row.add("TD"), _lines(fact, BODY, ROOM - LABEL_ROOM), BODY, MARGIN + LABEL_ROOM)
    pen.skip(CELL_PAD)
    pen.rule(HAIRLINE, TABLE_INK)


def _table_height(block: Facts) -> float:
    """The height of a table that is kept together; of one that is long, its beginning."""
    rows = sum(
        len(_lines(fact, BODY, ROOM - LABEL_ROOM)) * BODY.leading + 2 * CELL_PAD for _, fact in block.rows
    )
    return min(CAPTION.leading + CAPTION.after + rows, MOST_KEPT)


def _lines(words: Words, look: Look, room: float) -> list[SetLine]:
    return set_lines(text_of(words), look.face, look.size, room)


_PLACERS: Final[dict[type, Callable[..., None]]] = {
    Heading: _heading,
    Paragraph: _paragraph,
    Bullets: _bullets,
    Facts: _facts,
    Address: _address,
}
