"""Where things stand in a content: evidence items with their pointers, and evidence class by class."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from app.domain.evidence import EvidenceItem
from app.domain.vocabulary import Stage

EVIDENCE: Final = "/content/scalability/evidence"
# Engineering and clinical runs count as pilot runs.
LEVEL: Final[Mapping[Stage, int]] = {"lab": 0, "pilot": 1, "engineering": 1, "clinical": 1, "commercial": 2}
PILOT: Final = LEVEL["pilot"]


@dataclass(frozen=True)
class Item:
    """An evidence item with its place. `of` is the item as it was sent."""

    index: int
    of: EvidenceItem

    @property
    def key(self) -> str:
        return self.of.key

    @cached_property
    def operations(self) -> frozenset[str]:
        """Keys of the unit operations it covers."""
        return frozenset(self.of.unit_operations)

    @cached_property
    def successes(self) -> int:
        """Successful runs; a count of units, such as tablets, is one run however many there are."""
        runs = self.of.runs
        if runs is None or not runs.succeeded:
            return 0
        return 1 if runs.counted == "units" else runs.succeeded

    @cached_property
    def level(self) -> int:
        """How far its stage is from the laboratory: 0 lab, 1 pilot, 2 commercial; none counts as lab."""
        stage = None if self.of.scale is None else self.of.scale.stage
        return 0 if stage is None else LEVEL[stage]

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
