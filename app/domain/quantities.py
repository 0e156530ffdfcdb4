"""Quantities with UCUM units: convert, compare, multiply; decimals in, decimals out.

A factor between two units is exact (see `ucum`); a result is rounded to 15 significant digits. Nothing here
touches a float, and no figure or unit a sender can write takes more than a moment: magnitudes outside 1e-100
to 1e100 are refused.
"""

from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal
from typing import Final, Protocol

from app.domain.ucum import UNIT_LENGTH, Meaning, UnknownUnit, read

__all__ = [
    "FigureOutOfBounds",
    "IncommensurableUnits",
    "Measured",
    "Quantity",
    "UnknownUnit",
    "commensurable",
    "convert",
    "known",
    "multiply",
    "ratio",
    "tidy",
]

_WORK: Final = Context(prec=40, rounding=ROUND_HALF_EVEN, Emax=MAX_EMAX, Emin=MIN_EMIN)
_DIGITS: Final = Context(prec=15, rounding=ROUND_HALF_EVEN, Emax=MAX_EMAX, Emin=MIN_EMIN)
_LARGEST_MAGNITUDE: Final = 100
_WIDEST_PLAIN: Final = 21


class IncommensurableUnits(ValueError):
    """Two units measure different things; no factor leads from one to the other."""


class FigureOutOfBounds(ValueError):
    """A figure is not finite, or its magnitude is beyond 1e-100 to 1e100, or it would divide by zero."""


class Measured(Protocol):
    """Whatever has a figure and a unit, the content's own quantity included."""

    @property
    def value(self) -> Decimal: ...

    @property
    def unit(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Quantity:
    value: Decimal
    unit: str


def known(unit: str) -> bool:
    """Whether the text is a UCUM unit of at most 64 characters."""
    try:
        _meaning(unit)
    except UnknownUnit:
        return False
    return True


def commensurable(one: str, other: str) -> bool:
    """Whether quantities in the two units can be compared after conversion. Raises UnknownUnit."""
    return _meaning(one).dimensions == _meaning(other).dimensions


def convert(quantity: Measured, unit: str) -> Quantity:
    """The same quantity in another unit. Raises UnknownUnit, IncommensurableUnits, FigureOutOfBounds."""
    factor = _factor(_meaning(quantity.unit), _meaning(unit))
    return Quantity(tidy(_WORK.multiply(_bounded(quantity.value), factor)), unit)


def ratio(one: Measured, other: Measured) -> Decimal:
    """How many times `other` goes into `one`, after conversion; dimensionless.

    Raises UnknownUnit, IncommensurableUnits, and FigureOutOfBounds where `other` is zero.
    """
    factor = _factor(_meaning(one.unit), _meaning(other.unit))
    divisor = _bounded(other.value)
    if not divisor:
        raise FigureOutOfBounds("the quantity to compare with is zero")
    return tidy(_WORK.divide(_WORK.multiply(_bounded(one.value), factor), divisor))


def multiply(one: Measured, other: Measured, unit: str | None = None) -> Quantity:
    """The product of two quantities, such as mass flow x run time, in `unit` or in the product of both units.

    Raises UnknownUnit, IncommensurableUnits, FigureOutOfBounds.
    """
    meaning = _meaning(one.unit).times(_meaning(other.unit))
    product = _WORK.multiply(_bounded(one.value), _bounded(other.value))
    if unit is None:
        return Quantity(tidy(product), f"({one.unit}).({other.unit})")
    return Quantity(tidy(_WORK.multiply(product, _factor(meaning, _meaning(unit)))), unit)


def tidy(figure: Decimal) -> Decimal:
    """The figure to 15 significant digits, without trailing zeros and, if short, without an exponent."""
    rounded = _DIGITS.plus(figure).normalize(_DIGITS)
    if rounded.is_finite() and 0 < int(rounded.as_tuple().exponent) < _WIDEST_PLAIN:
        return rounded.quantize(Decimal(1), context=_WORK)
    return rounded


def _meaning(unit: str) -> Meaning:
    # the longer bound is for "(a).(b)", which `multiply` writes; a sender's own text is held to UNIT_LENGTH
    if len(unit) > UNIT_LENGTH and not unit.startswith("("):
        raise UnknownUnit("the unit is too long")
    return read(unit)


def _factor(one: Meaning, other: Meaning) -> Decimal:
    if one.dimensions != other.dimensions:
        raise IncommensurableUnits("the units measure different things")
    factor = one.factor / other.factor
    return _WORK.divide(Decimal(factor.numerator), Decimal(factor.denominator))


def _bounded(figure: Decimal) -> Decimal:
    if not figure.is_finite() or (figure and abs(figure.adjusted()) > _LARGEST_MAGNITUDE):
        raise FigureOutOfBounds("the figure is not finite, or too large or too small")
    return figure
