"""A letter as a tagged PDF, the same bytes for the same letter."""

from app.domain.letters.letter import DecisionLetter
from app.domain.letters.template import written
from app.domain.letters.web import LANGUAGE


def pdf_of(letter: DecisionLetter) -> bytes:
    """The whole document. Raises Unavailable for a template that is not here."""
    from app.domain.letters import drawing, layout, tagging  # noqa: PLC0415 - 12 MB for who draws, none for who does not

    words = written(letter)
    pen, root = layout.laid_out(words)
    drawn = drawing.drawn(pen.sheets, words.running, LANGUAGE)
    return tagging.tagged(drawn, root, words.title)
