"""Whether an evidence item's scale can stand against a target, and how many times it goes into it.

Scales are comparable on the same basis in units that convert. Besides, a flow stands with its own run time
against an amount (mass flow against mass, units per time against units), and units per time stand against
patients per year. The same unit on another basis is never comparable: cells and doses are both numbers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.domain.content.scalability import Target
from app.domain.evidence import Scale
from app.domain.quantities import Quantity, convert, multiply, ratio
from app.domain.rules.wording import amount
from app.domain.shapes import Quantity as Sent
from app.domain.vocabulary import ScaleBasis

_FLOW_OF: Final = {("mass_flow", "mass"), ("units_per_time", "units")}
_SAME_RATE: Final = {("units_per_time", "patients_per_year"), ("patients_per_year", "units_per_time")}


@dataclass(frozen=True, slots=True)
class Match:
    """Intended and demonstrated scale in one unit; `factor` = intended / demonstrated, dimensionless.

    `conversion` says how one side was brought to the basis of the other, where the bases differ.
    """

    intended: Quantity
    demonstrated: Quantity
    factor: Decimal
    conversion: str | None = None


def stated(quantity: Sent | None) -> Quantity | None:
    """A quantity that has both its figure and its unit."""
    if quantity is None or quantity.value is None or quantity.unit is None:
        return None
    return Quantity(quantity.value, quantity.unit)


def positive(quantity: Sent | None) -> Quantity | None:
    """A quantity that has figure and unit and is above zero."""
    found = stated(quantity)
    return found if found is not None and found.value > 0 else None


def match(scale: Scale | None, target: Target) -> Match | None:
    """The scale against the target; None where they cannot be compared."""
    if scale is None:
        return None
    reached, intended = positive(scale.quantity), positive(target.quantity)
    if reached is None or intended is None:
        return None
    try:
        return _match(reached, scale, intended, target)
    except ValueError:  # unknown or incommensurable units, figures out of bounds
        return None


def _match(reached: Quantity, scale: Scale, intended: Quantity, target: Target) -> Match | None:
    bases: tuple[ScaleBasis, ScaleBasis] = (scale.basis, target.basis)
    if bases[0] == bases[1]:
        return _in_one_unit(intended, reached)
    if bases in _SAME_RATE:
        shown = f"{scale.basis} against {target.basis}: {amount(reached)} = "
        return _in_one_unit(intended, reached, shown)
    if bases in _FLOW_OF and (lasting := positive(scale.run_time)) is not None:
        made = multiply(reached, lasting, intended.unit)
        return _in_one_unit(intended, made, f"{amount(reached)} x {amount(lasting)} = ")
    if (bases[1], bases[0]) in _FLOW_OF and (lasting := positive(target.run_time)) is not None:
        wanted = multiply(intended, lasting, reached.unit)
        shown = f"{amount(intended)} x {amount(lasting)} = {amount(wanted)} intended"
        return Match(wanted, reached, ratio(wanted, reached), shown)
    return None


def _in_one_unit(intended: Quantity, reached: Quantity, shown: str | None = None) -> Match:
    factor = ratio(intended, reached)
    converted = convert(reached, intended.unit)
    return Match(intended, converted, factor, None if shown is None else shown + amount(converted))


def distinct_scales(quantities: Iterable[Sent]) -> tuple[int, str | None]:
    """How many different scales these are, after conversion to the unit of the first, and that unit.

    What does not convert to it is not counted.
    """
    unit: str | None = None
    found: set[Decimal] = set()
    for quantity in quantities:
        scale = positive(quantity)
        if scale is None:
            continue
        try:
            found.add(convert(scale, unit or scale.unit).value)
        except ValueError:  # unknown or incommensurable units, figures out of bounds
            continue
        unit = unit or scale.unit
    return len(found), unit
