"""A letter as a web page that stands alone: no scripts, nothing fetched, readable by a screen reader and on paper."""

from functools import cache
from html import escape
from importlib import resources
from typing import Final

from app.domain.letters.blocks import Address, Block, Bullets, Facts, Heading, Paragraph, Words, wholly_given
from app.domain.letters.letter import DecisionLetter
from app.domain.letters.template import written

LANGUAGE: Final = "en-US"


def html_of(letter: DecisionLetter) -> str:
    """The whole document. Raises Unavailable for a template that is not here."""
    words = written(letter)
    return (
        f'<!DOCTYPE html>\n<html lang="{LANGUAGE}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(words.title)}</title>\n<style>\n{_style()}</style>\n</head>\n<body>\n<main>\n"
        f"{''.join(map(_block, words.blocks))}</main>\n</body>\n</html>\n"
    )


@cache
def _style() -> str:
    return resources.files("app.domain.letters").joinpath("letter.css").read_text("utf-8")


def _block(block: Block) -> str:
    match block:
        case Heading(level, words):
            return f"<h{level}>{_marked(words)}</h{level}>\n"
        case Paragraph(words, style):
            return f'<p class="{style}"{_direction(words)}>{_marked(words)}</p>\n'
        case Bullets(items):
            entries = "".join(f"<li>{_marked(item)}</li>\n" for item in items)
            return f"<ul>\n{entries}</ul>\n"
        case Facts(caption, rows):
            body = "".join(map(_row, rows))
            return f"<table>\n<caption>{escape(caption)}</caption>\n<tbody>\n{body}</tbody>\n</table>\n"
        case Address(url):
            return f'<p><a href="{escape(url)}">{escape(url)}</a></p>\n'


def _row(row: tuple[str, Words]) -> str:
    label, words = row
    return f'<tr><th scope="row">{escape(label)}</th><td>{_marked(words)}</td></tr>\n'


def _direction(words: Words) -> str:
    return ' dir="auto"' if wholly_given(words) else ""


def _marked(words: Words) -> str:
    """What was given is kept apart, so that its direction never turns round the words about it."""
    return "".join(f"<bdi>{escape(said.text)}</bdi>" if said.given else escape(said.text) for said in words)
