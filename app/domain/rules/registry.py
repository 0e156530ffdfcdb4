"""The rules by number: a predicate is registered by its decorator, once."""

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from app.domain.rules.case import Case
from app.domain.rules.finding import Hit

Predicate: TypeAlias = Callable[[Case], Iterator[Hit]]

REGISTRY: Final[dict[str, Predicate]] = {}


def rule(number: str) -> Callable[[Predicate], Predicate]:
    """Registers a predicate under the number the rule pack knows it by."""

    def register(predicate: Predicate) -> Predicate:
        if number in REGISTRY:
            raise ValueError(f"rule {number} has two predicates")
        REGISTRY[number] = predicate
        return predicate

    return register
