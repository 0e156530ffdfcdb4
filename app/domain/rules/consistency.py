"""Rules of identifiers, dates and cross-references, RC-10 and on; importing it registers them all."""

from typing import Final

from app.domain.rules import completeness, dated, figures, identified, references

PARTS: Final = (completeness, dated, figures, identified, references)
