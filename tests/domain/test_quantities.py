"""Units are read as UCUM means them, exactly, and no text a sender can write takes long."""

import subprocess
import sys
import time
from decimal import Decimal
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import quantities, ucum
from app.domain.quantities import (
    FigureOutOfBounds,
    IncommensurableUnits,
    Quantity,
    UnknownUnit,
    commensurable,
    convert,
    known,
    multiply,
    ratio,
)

COMMON = [
    *("10*6{cells}", "%", "/a", "d", "h", "g/L/d", "kg/h", "10*9", "mL", "L", "EU/mL", "nm", "[arb'U]"),
    *(
        "{patients}/a",
        "1",
        "{cells}",
        "10*6/mL",
        "kg/a",
        "g/h",
        "mm3/mL",
        "ug/mL",
        "[iU]/mL",
        "[CFU]/m3",
        "Cel",
    ),
    *(
        "[pH]",
        "mol/L",
        "mosm/kg",
        "N/m2",
        "MPa",
        "m[H2O]",
        "kg/(m.s2)",
        "{units}/h",
        "wk",
        "mo",
        "min",
        "10*-3",
    ),
]


def q(value: str, unit: str) -> Quantity:
    return Quantity(Decimal(value), unit)


@pytest.mark.parametrize("unit", COMMON)
def test_a_unit_of_everyday_use_is_known(unit):
    assert known(unit)
    assert commensurable(unit, unit)


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "",
            " ",
            "cell",
            "cells",
            "µL",
            "ML/",
            "kg h",
            "kg//h",
            "kg.",
            ".kg",
            "(kg",
            "kg)",
            "()",
            "{",
            "{a",
            "a}",
        ),
        *(
            "g{a}{b}",
            "{ü}",
            "kilogram",
            "m2/(",
            "kMin",
            "k%",
            "[nope]",
            "10*999",
            "m999999999999",
            "0",
            "0/h",
        ),
        *(
            "Ym30.Ym30.Ym30",
            "1" * 13,
            "(" * 7 + "g" + ")" * 7,
            "g" + ".g" * 40,
            "m\n",
            "\x00",
            "10**6",
            "1e3",
            "-1",
        ),
    ],
)
def test_a_text_that_is_no_unit_is_unknown(unit):
    assert not known(unit)
    with pytest.raises(UnknownUnit):
        commensurable(unit, "kg")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("kg/h", "g/d", True),
        ("10*6{cells}", "1", True),
        ("10*6{cells}", "{doses}", True),  # which is why a scale's basis is compared too
        ("{patients}/a", "{units}/h", True),
        ("EU/mL", "[EU]/L", True),
        ("mL", "cm3", True),
        ("%", "10*-2", True),
        ("Cel", "K", False),
        ("mol", "1", False),
        ("[CFU]", "1", False),
        ("[arb'U]", "[iU]", False),
        ("[IU]", "[iU]", True),
        ("/a", "a", False),
        ("kg", "L", False),
        ("kg/h", "kg", False),
    ],
)
def test_units_compare_when_they_count_the_same_dimensions(one, other, same):
    assert commensurable(one, other) is same
    assert commensurable(other, one) is same


@pytest.mark.parametrize(
    ("quantity", "unit", "value"),
    [
        (q("500", "g/h"), "kg/h", "0.5"),
        (q("800", "mL"), "L", "0.8"),
        (q("3", "kg/d"), "kg/a", "1095.75"),
        (q("40.5", "10*6{cells}"), "{cells}", "40500000"),
        (q("1.7", "10*9"), "10*6", "1700"),
        (q("2", "wk"), "d", "14"),
        (q("94.0", "%"), "1", "0.94"),
        (q("1", "[lb_av]"), "g", "453.59237"),
        (q("1", "[gal_us]"), "L", "3.785411784"),
        (q("0", "g"), "kg", "0"),
    ],
)
def test_conversion_is_exact(quantity, unit, value):
    assert convert(quantity, unit) == Quantity(Decimal(value), unit)
    assert str(convert(quantity, unit).value) == value


@pytest.mark.parametrize(
    ("target", "demonstrated", "factor"),
    [
        (q("50", "L"), q("800", "mL"), "62.5"),
        (q("2000", "L"), q("800", "mL"), "2500"),
        (q("25", "kg/h"), q("500", "g/h"), "50"),
        (q("40", "kg/d"), q("3", "kg/d"), "13.3333333333333"),
        (q("365", "kg/a"), q("3", "kg/d"), "0.333105178"),
        (q("1e99", "Yg"), q("1e-99", "yg"), "1E+246"),
    ],
)
def test_a_ratio_is_taken_after_conversion(target, demonstrated, factor):
    assert ratio(target, demonstrated) == pytest.approx(Decimal(factor), rel=Decimal("1e-8"))


def test_mass_flow_times_run_time_is_a_mass():
    product = multiply(q("25", "kg/h"), q("3", "d"))
    assert commensurable(product.unit, "kg")
    assert convert(product, "kg") == q("1800", "kg")
    assert multiply(q("25", "kg/h"), q("3", "d"), "t") == q("1.8", "t")
    with pytest.raises(IncommensurableUnits):
        multiply(q("25", "kg/h"), q("3", "d"), "kg/h")


def test_a_product_of_the_longest_units_can_still_be_read():
    unit = "g" + ".g" * 10 + "/(" + "s" + ".s" * 18 + ")"
    product = multiply(q("1", unit[:64]), q("1", unit[:64]))
    assert ratio(product, product) == 1


@pytest.mark.parametrize("value", ["1e999", "-1e101", "1e-101", "1e999999999", "NaN", "Infinity", "sNaN"])
def test_a_figure_out_of_bounds_is_refused_at_once(value):
    started = time.thread_time()
    for call in (
        lambda: convert(q(value, "g"), "kg"),
        lambda: ratio(q(value, "g"), q("1", "g")),
        lambda: ratio(q("1", "g"), q(value, "g")),
        lambda: multiply(q(value, "g"), q("1", "g")),
    ):
        with pytest.raises(FigureOutOfBounds):
            call()
    assert time.thread_time() - started < 1


def test_nothing_is_divided_by_zero():
    with pytest.raises(FigureOutOfBounds):
        ratio(q("1", "g"), q("0", "g"))


def test_quantities_that_measure_different_things_have_no_ratio():
    with pytest.raises(IncommensurableUnits):
        ratio(q("1", "g"), q("1", "L"))
    with pytest.raises(IncommensurableUnits):
        convert(q("1", "g"), "L")


@given(st.text(alphabet="gmLkshd10*^/.(){}[]%'+-aEU_ 9", max_size=80))
def test_any_text_is_a_unit_or_unknown_and_soon(text):
    known("g")  # what is loaded at the first unit is no part of it
    started = time.thread_time()
    known(text)
    assert time.thread_time() - started < 0.25


figures = st.decimals(min_value=Decimal("1e-20"), max_value=Decimal("1e20"), places=6).filter(bool)
masses = st.sampled_from(["g", "kg", "ug", "t", "[lb_av]", "[oz_av]", "mg", "10*3.g", "g{dry}"])


@given(figures, masses, masses)
def test_there_and_back_is_the_same_quantity(value, one, other):
    there = convert(Quantity(value, one), other)
    assert convert(there, one).value == pytest.approx(value, rel=Decimal("1e-13"))


@given(figures, masses, figures, masses)
def test_a_ratio_and_its_inverse_multiply_to_one(value, one, other_value, other):
    a, b = Quantity(value, one), Quantity(other_value, other)
    assert ratio(a, b) * ratio(b, a) == pytest.approx(Decimal(1), rel=Decimal("1e-13"))


@cache
def referee():
    from ucumvert import PintUcumRegistry

    return PintUcumRegistry()


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "kg/h",
            "g/L/d",
            "mL",
            "L",
            "10*6",
            "%",
            "/a",
            "nm",
            "mol/L",
            "kg/(m.s2)",
            "m[H2O]",
            "[psi]",
            "MPa",
            "J",
        ),
        *(
            "[gal_us]",
            "[lb_av]",
            "[in_i]",
            "mo",
            "wk",
            "kat",
            "U",
            "[ppm]",
            "ug/mL",
            "W",
            "A",
            "V",
            "Hz",
            "bar",
        ),
        *(
            "atm",
            "m3/h",
            "cm3",
            "min",
            "eV",
            "dag",
            "Gy",
            "[foz_us]",
            "deg",
            "kg2.m-1",
            "mm[Hg]",
            "cal",
            "[Btu_IT]",
        ),
    ],
)
def test_factors_agree_with_pint_and_ucumvert(unit):
    theirs = referee().from_ucum(unit).to_base_units()
    ours = ucum.read(unit)
    scale = {"g": Fraction(1, 1000)}  # their base is the kilogram
    expected = ours.factor
    for base, power in ours.dimensions:
        expected *= scale.get(base, Fraction(1)) ** power
    assert float(expected) == pytest.approx(float(theirs.magnitude), rel=2e-5)


def test_every_unit_of_the_ucum_table_can_be_read():
    prefixes, atoms = ucum._table()
    assert len(atoms) == 312
    for code, atom in atoms.items():
        assert known(code)
        if atom.metric:
            assert all(known(prefix + code) for prefix in prefixes)


def test_reading_a_unit_loads_neither_pint_nor_a_parser():
    """Start-up and the first readiness report must not wait for them."""
    code = (
        "import sys; from app.domain import quantities as q; assert q.known('kg/h'); "
        "loaded = {'pint', 'ucumvert', 'lark', 'numpy'} & set(sys.modules); assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        ("50.00", "50"),
        ("1E+3", "1000"),
        ("0.10", "0.1"),
        ("1E+40", "1E+40"),
        ("1.23456789012345678", "1.23456789012346"),
    ],
)
def test_a_tidy_figure_has_no_noise(figure, text):
    assert str(quantities.tidy(Decimal(figure))) == text
