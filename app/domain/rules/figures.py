"""Rules of figures and units, RC-18 to RC-20: ranges stand upright; units are UCUM and fit."""

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Final, TypeAlias

from app.domain.attributes import Interval, MeasuredAttribute, ToleranceInterval
from app.domain.content.method import AdjustableParameter, BatchDefinition
from app.domain.content.scalability import Rates, Target
from app.domain.evidence import ProcessModel, Scale
from app.domain.quantities import (
    FigureOutOfBounds,
    IncommensurableUnits,
    UnknownUnit,
    commensurable,
    convert,
    known,
)
from app.domain.quantities import Quantity as Amount
from app.domain.rules.case import Case
from app.domain.rules.finding import Hit, Span
from app.domain.rules.registry import rule
from app.domain.shapes import Part, Quantity
from app.domain.vocabulary import ScaleBasis

_End: TypeAlias = Decimal | Quantity | None

# A unit of the kind each basis counts; a flow may also be one of volume, for want of a basis of its own.
_UNITS_OF: Final[dict[ScaleBasis, tuple[str, ...]]] = {
    "volume": ("L",),
    "mass": ("g",),
    "mass_flow": ("g/s", "L/s"),
    "cells": ("1",),
    "doses": ("1",),
    "units": ("1",),
    "units_per_time": ("/s",),
    "run_time": ("s",),
    "patients_per_year": ("/a",),
}


@rule("RC-18")
def ranges_stand_upright(case: Case) -> Iterator[Hit]:
    """The lower end of a range is not above its upper end, and a target rate lies inside its window."""
    for at, part in case.parts:
        for low_name, high_name in _ENDS.get(type(part), ()):
            low, high = getattr(part, low_name), getattr(part, high_name)
            if _above(low, high):
                detail = f"{low_name} is above {high_name}."
                yield Hit(f"{at}/{low_name}", detail, stated=Span(_figure(low), _figure(high)))


_ENDS: Final[dict[type[Part], tuple[tuple[str, str], ...]]] = {
    AdjustableParameter: (("low", "high"),),
    Interval: (("low", "high"),),
    ToleranceInterval: (("low", "high"),),
    MeasuredAttribute: (("lsl", "usl"),),
    BatchDefinition: (("low", "high"),),
    Rates: (("low", "target"), ("target", "high"), ("low", "high")),
    ProcessModel: (("validated_low", "validated_high"),),
}


def _above(low: _End, high: _End) -> bool:
    if isinstance(low, Decimal) and isinstance(high, Decimal):
        return low > high
    first, second = _amount(low), _amount(high)
    if first is None or second is None:
        return False
    try:
        return convert(first, second.unit).value > second.value
    except (UnknownUnit, IncommensurableUnits, FigureOutOfBounds):
        return False


def _amount(end: _End) -> Amount | None:
    if not isinstance(end, Quantity) or end.value is None or end.unit is None:
        return None
    return Amount(end.value, end.unit)


def _figure(end: _End) -> Decimal | None:
    return end.value if isinstance(end, Quantity) else end


@rule("RC-19")
def units_are_ucum(case: Case) -> Iterator[Hit]:
    """Each unit is a UCUM code, and each quantity has both figure and unit; one finding per unknown unit."""
    unknown: dict[str, list[str]] = {}
    for at, part in case.parts:
        if not _has_unit(type(part)):
            continue
        unit = part.unit  # type: ignore[attr-defined] # asked for above
        if unit is not None and not known(unit):
            unknown.setdefault(unit, []).append(f"{at}/unit")
        if isinstance(part, Quantity) and (part.value is None) != (part.unit is None):
            missing = "value" if part.value is None else "unit"
            yield Hit(f"{at}/{missing}", f"The quantity has no {missing}.")
    for unit, places in unknown.items():
        more = f", here and in {len(places) - 1} more places" if len(places) > 1 else ""
        yield Hit(places[0], f"{unit} is not a UCUM unit{more}.")


@lru_cache(maxsize=256)
def _has_unit(kind: type[Part]) -> bool:
    return "unit" in kind.model_fields


@rule("RC-20")
def units_fit_what_is_counted(case: Case) -> Iterator[Hit]:
    """A scale's unit measures what its basis names: volumes in litres, doses without dimension."""
    for place, target in enumerate(case.scalability.targets):
        if not _fits(target):
            at = f"/content/scalability/targets/{place}/quantity/unit"
            yield Hit(at, f"The unit does not measure {_in_words(target.basis)}.")
    for item in case.items:
        if item.of.scale is not None and not _fits(item.of.scale):
            at = item.pointer("scale/quantity/unit")
            yield Hit(at, f"The unit does not measure {_in_words(item.of.scale.basis)}.", item.key)


def _fits(scale: Scale | Target) -> bool:
    unit = scale.quantity.unit if scale.quantity else None
    if unit is None or not known(unit):  # RC-19 speaks of those
        return True
    return any(commensurable(unit, other) for other in _UNITS_OF[scale.basis])


def _in_words(basis: ScaleBasis) -> str:
    return basis.replace("_", " ")
