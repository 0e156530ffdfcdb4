"""Which products the evidence comes from, told apart by what was sent about them."""

from collections.abc import Iterable

from app.domain.content.purpose import Product
from app.domain.evidence import EvidenceProduct
from app.domain.rules.places import Item, said


def distinct_products(items: Iterable[Item]) -> set[str]:
    """The products items were made with: by name, else by UNII. A UNII that a named product has adds none."""
    names: dict[str, str | None] = {}
    bare: set[str] = set()
    for item in items:
        product = item.of.product
        if product is None:
            continue
        unii = product.unii if isinstance(product.unii, str) else None
        if product.name is not None and said(product.name):
            name = _folded(product.name)
            names[name] = unii or names.get(name)
        elif unii:
            bare.add(unii)
    return set(names) | (bare - set(names.values()))


def is_one_of(made: EvidenceProduct, wanted: Iterable[Product]) -> bool:
    return any(
        (made.name and product.name and _folded(made.name) == _folded(product.name))
        or (isinstance(made.unii, str) and made.unii == product.unii)
        for product in wanted
    )


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
