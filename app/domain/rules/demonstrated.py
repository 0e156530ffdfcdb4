"""The demonstrated scale: per target and critical unit operation, the largest that enough runs have shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from app.domain.content.scalability import Target
from app.domain.rules.comparable import Match
from app.domain.rules.finding import shown
from app.domain.rules.places import PILOT, Item
from app.domain.vocabulary import Phase

RUNS: Final = 3


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
    Of the critical operations without a demonstrated scale, `short` are those that items cover, but
    with too few successful runs at a scale that can be compared; `bare` those that none covers.
    """

    index: int
    target: Target
    serving: tuple[Item, ...]
    matches: Mapping[int, Match]
    demonstrations: tuple[Demonstration, ...]
    short: tuple[str, ...]
    bare: tuple[str, ...]

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
            "not_demonstrated": [*self.short, *self.bare],
        }


def show(
    target: tuple[int, Target],
    serving: tuple[Item, ...],
    matches: Mapping[int, Match],
    *,
    operations: Sequence[str],
    phase: Phase,
) -> Shown:
    """What the serving items show for a target, operation by operation; for the whole where none is named.

    The demonstrated scale of an operation is the largest that at least three successful runs reached; at
    pilot phase one run at pilot will do. A run at a larger scale also shows the smaller one, so runs are
    counted from the largest scale down, and an operation is settled once.
    """
    totals: dict[str | None, int] = dict.fromkeys(operations or (None,), 0)
    open_ = set(totals)
    found: dict[str | None, Demonstration] = {}
    comparable = sorted(
        (item for item in serving if item.index in matches and item.successes),
        key=lambda item: matches[item.index].factor,
    )
    for item in comparable:
        if not open_:
            break
        at_pilot = phase == "pilot" and item.level >= PILOT
        for operation in open_ & item.operations if operations else tuple(open_):
            totals[operation] += item.successes
            if at_pilot or totals[operation] >= RUNS:
                found[operation] = Demonstration(operation, item, matches[item.index], totals[operation])
                open_.discard(operation)
    bare = _uncovered(open_, serving)
    return Shown(
        *target,
        serving,
        matches,
        demonstrations=tuple(found[operation] for operation in totals if operation in found),
        short=tuple(operation for operation in operations if operation in open_ - bare),
        bare=tuple(operation for operation in operations if operation in bare),
    )


def _uncovered(operations: Iterable[str | None], items: Iterable[Item]) -> set[str | None]:
    left = set(operations)
    for item in items:
        if not left:
            break
        left -= item.operations
    return left
