"""The letter of a decision: its facts, its words by version, and its two forms, HTML and tagged PDF."""

from app.domain.letters.letter import DecisionLetter, Signed, letter_of, tree_of
from app.domain.letters.pdf import pdf_of
from app.domain.letters.template import PROGRAM_NAME, TEMPLATES
from app.domain.letters.web import html_of

__all__ = [
    "PROGRAM_NAME",
    "TEMPLATES",
    "DecisionLetter",
    "Signed",
    "html_of",
    "letter_of",
    "pdf_of",
    "tree_of",
]
