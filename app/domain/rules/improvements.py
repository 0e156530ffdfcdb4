"""Capacity and schedule of the claimed improvements, computed anew from their own factors."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from app.domain.content.criteria import Activity, Capacity, Criteria, DevelopmentTime, DrugSupply
from app.domain.quantities import Quantity, commensurable, multiply
from app.domain.rules.comparable import stated
from app.domain.rules.finding import shown
from app.domain.statistics import Schedule, annual_capacity, schedule, within

IMPROVEMENTS: Final = "/content/criteria/improvements"
FACTORS: Final = ("lines", "hours_per_year", "uptime", "rate", "yield_", "first_pass_success")


@dataclass(frozen=True, slots=True)
class Supply:
    """A supply ground with its claim and, in the unit of the claim, what its capacity gives per year.

    `computed` is None where a factor is missing or the units of rate and claim don't lead to each other.
    """

    index: int
    of: DrugSupply
    claimed: Quantity | None
    computed: Quantity | None

    @property
    def pointer(self) -> str:
        return f"{IMPROVEMENTS}/{self.index}"

    def agrees(self, tolerance: Decimal | int) -> bool | None:
        """Whether the claim is within that share of the computed supply; None where one is missing."""
        if self.claimed is None or self.computed is None:
            return None
        return within(self.claimed.value, self.computed.value, Decimal(tolerance))

    def to_tree(self, tolerance: Decimal | int) -> dict[str, Any]:
        return {
            "pointer": self.pointer,
            "stated": None if self.claimed is None else shown(self.claimed),
            "computed": None if self.computed is None else shown(self.computed),
            "agrees": self.agrees(tolerance),
        }


@dataclass(frozen=True, slots=True)
class Saving:
    """A development-time ground with both schedules added up; `computed` None where days are missing."""

    index: int
    of: DevelopmentTime
    computed: Schedule | None

    @property
    def pointer(self) -> str:
        return f"{IMPROVEMENTS}/{self.index}"

    def to_tree(self) -> dict[str, Any]:
        found = self.computed
        return {
            "pointer": self.pointer,
            "baseline_days": None if found is None else found.baseline_days,
            "proposed_days": None if found is None else found.proposed_days,
            "saved_days": None if found is None else found.saved_days,
            "saved_share": None if found is None else found.saved_share,
        }


def supplies(criteria: Criteria) -> tuple[Supply, ...]:
    """Every supply ground, computed anew."""
    return tuple(
        _supply(index, one) for index, one in enumerate(criteria.improvements) if isinstance(one, DrugSupply)
    )


def savings(criteria: Criteria) -> tuple[Saving, ...]:
    """Every development-time ground, computed anew."""
    return tuple(
        Saving(index, one, _schedule(one))
        for index, one in enumerate(criteria.improvements)
        if isinstance(one, DevelopmentTime)
    )


def lacking(capacity: Capacity | None) -> list[str]:
    """The factors of capacity that are not given."""
    if capacity is None:
        return [name.rstrip("_") for name in FACTORS]
    given = {name: getattr(capacity, name) for name in FACTORS}
    given["rate"] = stated(capacity.rate)
    return [name.rstrip("_") for name, value in given.items() if value is None]


def _supply(index: int, of: DrugSupply) -> Supply:
    claimed = stated(of.claimed_supply)
    computed = None if claimed is None or of.capacity is None else _capacity(of.capacity, claimed.unit)
    return Supply(index, of, claimed, computed)


def _capacity(of: Capacity, unit: str) -> Quantity | None:
    """The yearly output in the claim's unit, an amount or an amount per time; None if they don't meet."""
    rate = stated(of.rate)
    shares = (of.lines, of.hours_per_year, of.uptime, of.yield_, of.first_pass_success)
    if rate is None or None in shares:
        return None
    hours = annual_capacity(
        lines=Decimal(of.lines or 0),
        hours_per_year=of.hours_per_year or Decimal(0),
        uptime=of.uptime or Decimal(0),
        rate_per_hour=Decimal(1),
        process_yield=of.yield_ or Decimal(0),
        first_pass_success=of.first_pass_success or Decimal(0),
    )
    try:
        per_year = multiply(rate, Quantity(hours, "h/a"))
        if commensurable(per_year.unit, unit):
            return multiply(rate, Quantity(hours, "h/a"), unit)
        return multiply(rate, Quantity(hours, "h"), unit)
    except ValueError:  # unknown or incommensurable units, figures out of bounds
        return None


def _schedule(of: DevelopmentTime) -> Schedule | None:
    baseline, proposed = _days(of.baseline), _days(of.proposed)
    return None if baseline is None or proposed is None else schedule(baseline, proposed)


def _days(activities: Iterable[Activity]) -> list[Decimal] | None:
    days = [one.days for one in activities]
    known = [one for one in days if one is not None]
    return known if len(known) == len(days) else None
