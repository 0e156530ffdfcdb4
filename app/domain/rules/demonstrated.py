"""The demonstrated scale: per target and critical unit operation, the largest that enough runs have shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from app.domain.content.scalability import Target
from app.domain.rules.comparable import Match
from app.domain.rules.finding import shown
from app.domain.rules.places import Item
from app.domain.vocabulary import Phase, Stage

RUNS: Final = 3
# Engineering and clinical runs count as pilot runs.
LEVEL: Final[Mapping[Stage, int]] = {"lab": 0, "pilot": 1, "engineering": 1, "clinical": 1, "commercial": 2}
PILOT: Final = 1


@dataclass(frozen=True, slots=True)
class Demonstration:
    """The scale shown for one unit operation: by which item, with how many successful runs at it or above."""

    operation: str | None
    item: Item
    match: Match
    runs: int

    @property
    def factor(self) -> Decimal:
        return self.match.factor


@dataclass(frozen=True, slots=True)
class Shown:
    """What the evidence shows for one target.

    `serving` are the items of its product class, `matches` those of them that can be compared, by index.
    `missing` are critical operations that comparable items cover with too few successful runs, or not at all.
    """

    index: int
    target: Target
    serving: tuple[Item, ...]
    matches: Mapping[int, Match]
    demonstrations: tuple[Demonstration, ...]
    missing: tuple[str, ...]

    @property
    def largest(self) -> Demonstration | None:
        """The demonstration with the largest scale factor: that factor is the target's."""
        return max(self.demonstrations, key=lambda one: one.factor, default=None)

    def pointer(self, member: str = "") -> str:
        """The RFC 6901 pointer of the target, or of a member of it."""
        at = f"/content/scalability/targets/{self.index}"
        return f"{at}/{member}" if member else at

    def to_tree(self, limit: Decimal | int, representative: Decimal | int) -> dict[str, Any] | None:
        """The target's scale factor as the report shows it; None where there is none."""
        worst = self.largest
        if worst is None:
            return None
        return {
            "target": self.pointer(),
            "product_class": self.target.product_class,
            "unit_operation": worst.operation,
            "evidence": worst.item.key,
            "stated": shown(worst.match.intended),
            "demonstrated": shown(worst.match.demonstrated),
            "factor": worst.factor,
            "limit": limit,
            "representative": worst.factor <= representative,
            "runs": worst.runs,
            "conversion": worst.match.conversion,
            "not_demonstrated": list(self.missing),
        }


def successes(item: Item) -> int:
    """Successful runs of an item; a count of units, such as tablets, is one run however many there are."""
    runs = item.of.runs
    if runs is None or not runs.succeeded:
        return 0
    return 1 if runs.counted == "units" else runs.succeeded


def level(item: Item) -> int:
    """How far the item's stage is from the laboratory: 0 lab, 1 pilot, 2 commercial; none counts as lab."""
    stage = None if item.of.scale is None else item.of.scale.stage
    return 0 if stage is None else LEVEL[stage]


def demonstrate(
    operation: str | None, items: Iterable[Item], matches: Mapping[int, Match], phase: Phase
) -> Demonstration | None:
    """The largest scale that at least three successful runs reached; at pilot phase one run at pilot will do.

    A run at a larger scale also shows the smaller one, so runs are counted from the largest scale down.
    """
    comparable = [(item, matches[item.index]) for item in items if item.index in matches]
    comparable.sort(key=lambda pair: pair[1].factor)
    total = 0
    for item, found in comparable:
        succeeded = successes(item)
        total += succeeded
        at_pilot = phase == "pilot" and succeeded >= 1 and level(item) >= PILOT
        if succeeded and (total >= RUNS or at_pilot):
            return Demonstration(operation, item, found, total)
    return None


def show(
    index: int,
    target: Target,
    serving: tuple[Item, ...],
    matches: Mapping[int, Match],
    *,
    operations: Sequence[str],
    phase: Phase,
) -> Shown:
    """What the serving items show for a target, operation by operation; for the whole where none is named."""
    if not operations:
        whole = demonstrate(None, serving, matches, phase)
        return Shown(index, target, serving, matches, () if whole is None else (whole,), ())
    covering: dict[str, list[Item]] = {operation: [] for operation in operations}
    for item in serving:
        for operation in dict.fromkeys(item.of.unit_operations):
            if operation in covering:
                covering[operation].append(item)
    found = {key: demonstrate(key, items, matches, phase) for key, items in covering.items()}
    return Shown(
        index,
        target,
        serving,
        matches,
        tuple(one for one in found.values() if one is not None),
        tuple(key for key, one in found.items() if one is None),
    )
