"""What can stand against a target, how figures read, and what is registered once."""

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.content.scalability import Target
from app.domain.evidence import Scale
from app.domain.rules.comparable import distinct_scales, match
from app.domain.rules.registry import rule
from app.domain.rules.wording import figure, listing
from app.domain.shapes import Quantity
from app.domain.vocabulary import SCALE_BASES

UNITS = {
    "volume": "L",
    "mass": "kg",
    "mass_flow": "kg/h",
    "cells": "1",
    "doses": "1",
    "units": "1",
    "units_per_time": "/h",
    "run_time": "h",
    "patients_per_year": "/a",
}
FLOWS = {("mass_flow", "mass"), ("units_per_time", "units")}
ALLOWED = {
    *((basis, basis) for basis in SCALE_BASES),
    *FLOWS,
    *((amount, flow) for flow, amount in FLOWS),
    ("units_per_time", "patients_per_year"),
    ("patients_per_year", "units_per_time"),
}


def made(kind, basis, value=2, lasting=3, unit=None):
    return kind.model_validate(
        {
            "basis": basis,
            "quantity": {"value": value, "unit": unit or UNITS[basis]},
            "run_time": {"value": lasting, "unit": "h"},
        }
    )


@pytest.mark.parametrize(("shown", "wanted"), list(product(SCALE_BASES, SCALE_BASES)))
def test_only_the_named_pairs_of_bases_are_comparable(shown, wanted):
    assert (match(made(Scale, shown), made(Target, wanted)) is not None) is ((shown, wanted) in ALLOWED)


@pytest.mark.parametrize(("flow", "amount"), sorted(FLOWS))
def test_a_flow_needs_its_own_run_time(flow, amount):
    assert match(made(Scale, flow), made(Target, amount, 12)).factor == 2
    assert match(made(Scale, amount), made(Target, flow, 12)).factor == 18
    assert match(made(Scale, flow, lasting=0), made(Target, amount)) is None
    assert match(made(Scale, amount), made(Target, flow, lasting=0)) is None


figures = st.decimals(min_value=Decimal("1e-3"), max_value=10**6, places=3).filter(bool)


@given(figures, figures, st.sampled_from(["L", "mL", "m3"]), st.sampled_from(["L", "mL", "m3"]))
def test_the_factor_turns_over_when_the_sides_change_places(one, other, first, second):
    there = match(made(Scale, "volume", one, unit=first), made(Target, "volume", other, unit=second))
    back = match(made(Scale, "volume", other, unit=second), made(Target, "volume", one, unit=first))
    assert abs(there.factor * back.factor - 1) < Decimal("1e-12")
    assert there.intended.unit == there.demonstrated.unit == second


def scales(*pairs):
    return [Quantity(value=Decimal(value), unit=unit) for value, unit in pairs]


@pytest.mark.parametrize(
    ("given_scales", "number"),
    [
        (scales(), 0),
        (scales((1, "L"), (1000, "mL")), 1),
        (scales((1, "L"), (50, "L"), (2, "m3")), 3),
        (scales((1, "L"), (1, "kg"), (1, "litre")), 1),
        (scales((0, "L"), (-1, "L"), (1, "L")), 1),
    ],
)
def test_scales_are_told_apart_after_conversion(given_scales, number):
    assert distinct_scales(given_scales)[0] == number


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (3, "3"),
        (Decimal("62.5"), "62.5"),
        (Decimal("13.33333"), "13.33"),
        (Decimal(240_000), "240000"),
        (Decimal("0.00012345"), "0.0001234"),
        (Decimal("1E+20"), "1E+20"),
    ],
)
def test_a_figure_reads_short(number, words):
    assert figure(number) == words


@pytest.mark.parametrize(
    ("names", "words"),
    [("", ""), ("a", "a"), ("ab", "a and b"), ("abc", "a, b and c"), ("abcdefg", "a, b, c, d, e and 2 more")],
)
def test_a_list_of_names_reads_as_one(names, words):
    assert listing(names) == words


def test_a_rule_has_one_predicate():
    with pytest.raises(ValueError, match="two predicates"):
        rule("SC-01")(lambda _: iter(()))
