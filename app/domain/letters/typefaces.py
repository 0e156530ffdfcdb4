"""The typefaces of a PDF: which of them has a character, and how wide it is set."""

from importlib import resources
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

TEXT: Final = "DejaVuSerifCondensed"
BOLD: Final = "DejaVuSerifCondensed-Bold"
REST: Final = "DejaVuSans"  # Hebrew, Arabic, signs: what the text face lacks
_BASIC_PLANE: Final = 0xFFFF  # beyond it the library's table from glyphs back to characters goes wrong


def _ready(name: str) -> frozenset[int]:
    with resources.as_file(resources.files("app.domain.letters.fonts").joinpath(f"{name}.ttf")) as path:
        font = TTFont(name, str(path))
    pdfmetrics.registerFont(font)
    return frozenset(code for code in font.face.charToGlyph if code <= _BASIC_PLANE)


# registered while this is imported, so that two threads never put one typeface in the place of the other's
CHARACTERS: Final = {name: _ready(name) for name in (TEXT, BOLD, REST)}


def face_for(text: str, wanted: str) -> str | None:
    """The typeface that can set the whole of a text: the one wanted where it can."""
    codes = set(map(ord, text))
    return next((name for name in (wanted, REST) if codes <= CHARACTERS[name]), None)


def width(text: str, name: str, size: float) -> float:
    return float(pdfmetrics.stringWidth(text, name, size))
