"""Where things stand in a content: evidence items with their pointers, and evidence class by class."""

from dataclasses import dataclass
from typing import Final

from app.domain.evidence import EvidenceItem

EVIDENCE: Final = "/content/scalability/evidence"


@dataclass(frozen=True, slots=True)
class Item:
    """An evidence item with its place. `of` is the item as it was sent."""

    index: int
    of: EvidenceItem

    @property
    def key(self) -> str:
        return self.of.key

    def pointer(self, member: str = "") -> str:
        """The RFC 6901 pointer of the item, or of a member of it such as `runs/attempted`."""
        return f"{EVIDENCE}/{self.index}/{member}" if member else f"{EVIDENCE}/{self.index}"


@dataclass(frozen=True, slots=True)
class Group:
    """The evidence of one product class; all of it, with None, where classes are not told apart."""

    product_class: str | None
    items: tuple[Item, ...]


def said(text: str | None) -> bool:
    """Whether a text says anything: present, and more than blanks."""
    return text is not None and not text.isspace()
