"""How figures and keys read inside a finding's sentence."""

from collections.abc import Iterable
from decimal import Context, Decimal
from typing import Final

from app.domain.quantities import Measured

_SHORT: Final = Context(prec=4)
_NAMED: Final = 5
_LONGEST_PLAIN: Final = 15


def figure(number: Decimal | int) -> str:
    """A number to four significant digits, whole numbers in full; without an exponent where it is short."""
    if isinstance(number, int) or (
        number == number.to_integral_value() and number.adjusted() < _LONGEST_PLAIN
    ):
        return f"{number:f}" if isinstance(number, Decimal) else str(number)
    rounded = _SHORT.plus(number).normalize(_SHORT)
    return f"{rounded:f}" if abs(rounded.adjusted()) < _LONGEST_PLAIN else f"{rounded:E}"


def amount(quantity: Measured) -> str:
    """A figure with its unit."""
    return f"{figure(quantity.value)} {quantity.unit}"


def listing(names: Iterable[str]) -> str:
    """Names as a list in a sentence, the first five of them."""
    every = list(names)
    if len(every) > _NAMED:
        return f"{', '.join(every[:_NAMED])} and {len(every) - _NAMED} more"
    return " and ".join([", ".join(every[:-1]), every[-1]]) if len(every) > 1 else "".join(every)


def of_class(product_class: str | None) -> str:
    """The words that tie a sentence to a product class, where there is one."""
    return "" if product_class is None else f" for product class {product_class}"
