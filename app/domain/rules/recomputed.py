"""The figures computed anew from what an item states, each beside the stated one; never trusted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from app.domain.attributes import MeasuredAttribute
from app.domain.evidence import Comparison as Stated
from app.domain.rules.places import Item
from app.domain.statistics import (
    Arm,
    Capability,
    Comparison,
    Interval,
    beyond_zero,
    capability,
    compare,
    inside_margin,
    success_lower_bound,
)


@dataclass(frozen=True)
class Measurement:
    """A measured attribute with its place and, computed on demand, its capability."""

    item: Item
    index: int
    of: MeasuredAttribute

    def pointer(self, member: str = "") -> str:
        """The RFC 6901 pointer of the attribute, or of a member of it."""
        return self.item.pointer(
            f"attributes/{self.index}/{member}" if member else f"attributes/{self.index}"
        )

    @property
    def limited(self) -> bool:
        return self.of.lsl is not None or self.of.usl is not None

    @cached_property
    def capability(self) -> Capability | None:
        """Cpk and its lower bound; None where a figure is missing, the sd is 0 or no limit is given."""
        if not self.limited or self.of.n is None or self.of.mean is None:
            return None
        return capability(self.of.n, self.of.mean, self.of.sd, lsl=self.of.lsl, usl=self.of.usl)

    def to_tree(self, samples: int | Decimal) -> dict[str, Any]:
        """`enough`: whether the samples suffice to speak of capability at all."""
        found = self.capability
        return {
            "evidence": self.item.key,
            "pointer": self.pointer(),
            "n": self.of.n,
            "stated": self.of.claimed_cpk,
            "cpk": None if found is None else found.cpk,
            "lower_bound": None if found is None else found.lower_bound,
            "enough": self.of.n is not None and self.of.n >= samples,
        }


@dataclass(frozen=True, slots=True)
class Success:
    """Observed successes of an item, and the exact one-sided 95 % lower bound of the success rate."""

    item: Item
    succeeded: int
    of: int
    lower_bound: Decimal
    claimed: Decimal | None

    def to_tree(self) -> dict[str, Any]:
        return {
            "evidence": self.item.key,
            "succeeded": self.succeeded,
            "of": self.of,
            "stated": self.claimed,
            "lower_bound": self.lower_bound,
        }


@dataclass(frozen=True, slots=True)
class Equivalence:
    """A comparison judged anew. `computed` None: not recomputed, `interval` is then the stated one, if any.

    `equivalent` and `superior` are None where margin or direction is missing, or there is no interval.
    """

    item: Item
    of: Stated
    computed: Comparison | None
    interval: Interval | None
    equivalent: bool | None
    superior: bool | None

    def to_tree(self) -> dict[str, Any]:
        found = self.computed
        return {
            "evidence": self.item.key,
            "recomputed": found is not None,
            "unit": self.of.unit,
            "stated": {
                "difference": self.of.difference,
                "ci90": None if self.of.ci90 is None else [*self.of.ci90],
            },
            "difference": None if found is None else found.difference,
            "ci90": None if found is None else [found.ci90.low, found.ci90.high],
            "margin": self.of.margin,
            "equivalent": self.equivalent,
            "superior": self.superior,
        }


def measurements(items: Iterable[Item]) -> tuple[Measurement, ...]:
    """Every measured attribute of the items, in their order."""
    return tuple(
        Measurement(item, index, attribute)
        for item in items
        for index, attribute in enumerate(item.of.attributes)
        if isinstance(attribute, MeasuredAttribute)
    )


def successes(items: Iterable[Item]) -> Mapping[int, Success]:
    """The success rate of each item that counts its attempts, by the item's index.

    Exclusions with a stated reason leave the denominator; without one they count as failures. Impossible
    counts have no rate.
    """
    found = ((item.index, _success(item)) for item in items)
    return {index: one for index, one in found if one is not None}


def _success(item: Item) -> Success | None:
    runs = item.of.runs
    if runs is None or runs.attempted is None or runs.succeeded is None:
        return None
    attempted = runs.attempted
    if runs.excluded and runs.exclusion_reason:
        attempted -= runs.excluded
    if attempted < 1 or runs.succeeded > attempted:
        return None
    bound = success_lower_bound(runs.succeeded, attempted)
    return Success(item, runs.succeeded, attempted, bound, runs.claimed_success_rate)


def equivalences(items: Iterable[Item]) -> Mapping[int, Equivalence]:
    """Each item's comparison judged anew, by the item's index."""
    return {
        item.index: _equivalence(item, item.of.comparison) for item in items if item.of.comparison is not None
    }


def _equivalence(item: Item, of: Stated) -> Equivalence:
    higher = None if of.better is None else of.better == "higher"
    arms = (
        _arm(of.n_method, of.mean_method, of.sd_method),
        _arm(of.n_conventional, of.mean_conventional, of.sd_conventional),
    )
    margin = of.margin or None  # a margin of zero is none
    if arms[0] is not None and arms[1] is not None:
        found = compare(arms[0], arms[1], margin, higher_is_better=higher)
        if found is not None:
            return Equivalence(item, of, found, found.ci90, found.equivalent, found.superior)
    if of.ci90 is None:
        return Equivalence(item, of, None, None, None, None)
    interval = Interval(of.ci90[0], of.ci90[1])
    equivalent = None if margin is None else inside_margin(interval, margin)
    superior = None if higher is None else beyond_zero(interval, higher_is_better=higher)
    return Equivalence(item, of, None, interval, equivalent, superior)


def _arm(n: int | None, mean: Decimal | None, sd: Decimal | None) -> Arm | None:
    return None if n is None or mean is None or sd is None else Arm(n, mean, sd)
