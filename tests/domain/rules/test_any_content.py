"""Whatever passes the door can be judged: no rule breaks on a missing part or an extreme figure."""

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.domain import door
from app.domain.errors import Invalid
from app.domain.exact_json import decode
from app.domain.examples import CONTENT
from app.domain.rules.case import Applicant, Case
from app.domain.rules.engine import judge
from app.domain.rules.pack import load
from tests.domain.rules.sound import content

WHOLE = {"full": decode(json.dumps(CONTENT))} | {
    scope: content(scope) for scope in ("product_specific", "product_class", "platform")
}
FIGURES = (0, 1, -1, 10**15, -(10**15), Decimal("1e-350"), Decimal("0.1"))
UNITS = ("1", "kg", "nonsense", "((((((((g))))))))", "10*30", "Cel", "{x}/a")


def places(tree: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    steps = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for step, value in steps:
        yield (*way, step)
        yield from places(value, (*way, step))


def replaced(tree: dict[str, Any], way: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    tree = deepcopy(tree)
    place: Any = tree
    for step in way[:-1]:
        place = place[step]
    place[way[-1]] = value
    return tree


def at(tree: Any, way: tuple[str | int, ...]) -> Any:
    for step in way:
        tree = tree[step]
    return tree


def variants(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for way in places(tree):
        value = at(tree, way)
        if isinstance(value, list):
            yield replaced(tree, way, [])
            yield replaced(tree, way, value * 2)
        elif way[-1] == "unit":
            yield from (replaced(tree, way, unit) for unit in UNITS)
        elif isinstance(value, int | Decimal) and not isinstance(value, bool):
            yield from (replaced(tree, way, figure) for figure in FIGURES)
        yield replaced(tree, way, None)


@pytest.mark.parametrize("name", WHOLE)
def test_no_rule_breaks_on_a_content_with_one_part_missing_doubled_or_extreme(name):
    judged = 0
    for tree in variants(WHOLE[name]):
        try:
            shape = door.content(tree)
        except Invalid:
            continue
        case = Case(
            content=shape,
            applicant=Applicant("Northfield Bioworks", "cdmo"),
            on=date(2026, 6, 1),
            pack=load(),
        )
        report = judge(case)
        assert report.faults == ()
        report.to_tree()
        judged += 1
    assert judged > 200
