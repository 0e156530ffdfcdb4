"""What each way of making more has to show."""

from decimal import Decimal

import pytest

from tests.domain.rules.given_content import GONE, adequate, attribute, changed, finding, seen

T = "/content/scalability/targets/0"
E = "/content/scalability/evidence"
FIRST = "scalability/evidence/0"
TARGET = "scalability/targets/0"
PLAN = "scalability/distribution_plan"
COMMON = {"common_control": "One recipe server", "release": "Central release"}


def days(number):
    return {"value": number, "unit": "d"}


def lasting(run, wanted=60):
    return {
        "scalability/strategies": ["run_time"],
        f"{TARGET}/run_time": days(wanted),
        f"{FIRST}/scale/run_time": days(run),
    }


def parallel(units, wanted=16):
    return {
        "scalability/strategies": ["scale_out"],
        f"{TARGET}/parallel_units": wanted,
        f"{FIRST}/scale/parallel_units": units,
    }


def rates(*reached):
    """Four items that ran at the rates given."""
    made = {"scalability/strategies": ["rate"]}
    window = {"low": 5, "target": 10, "high": 25}
    made[f"{TARGET}/rates"] = {name: {"value": rate, "unit": "kg/h"} for name, rate in window.items()}
    for index, rate in enumerate(reached):
        at = {**adequate("pilot")["scalability"]["evidence"][0], "key": f"ev-{index}"}
        at["scale"] = {**at["scale"], "rate": {"value": rate, "unit": "g/h"}}
        made[f"scalability/evidence/{index}"] = at
    return made


def spread_between(sites):
    return {"scalability/strategies": ["distributed"], PLAN: COMMON, f"{FIRST}/sites": list(sites)}


NO_UNIT_VARIANCE = {f"{FIRST}/attributes": [{**attribute("purity"), "variance_components": []}]}

ROWS = [
    ("SC-10a", "early", lasting(6), set()),
    ("SC-10a", "early", lasting(5), {(f"{E}/0/scale/run_time", "weakens")}),
    ("SC-10a", "pilot", lasting(50), set()),
    ("SC-10a", "pilot", lasting(29), {(f"{E}/0/scale/run_time", "weakens")}),
    ("SC-10a", "pre_commercial", lasting(50), {(f"{E}/0/scale/run_time", "blocks")}),
    (
        "SC-10a",
        "pre_commercial",
        {**lasting(50), f"{FIRST}/scale/run_time": {"value": 1440, "unit": "h"}},
        set(),
    ),
    ("SC-10a", "pilot", {**lasting(50), f"{TARGET}/run_time": None}, {(f"{T}/run_time", "weakens")}),
    ("SC-10a", "pilot", {**lasting(50), f"{FIRST}/scale/run_time": None}, {(f"{T}/run_time", "weakens")}),
    ("SC-10a", "pilot", {**lasting(50), f"{FIRST}/runs/succeeded": 0}, {(f"{T}/run_time", "weakens")}),
    ("SC-10a", "pilot", {**lasting(29), "scalability/strategies": ["scale_up"]}, set()),
    ("SC-10b", "early", parallel(0), set()),
    ("SC-10b", "pilot", parallel(2), set()),
    ("SC-10b", "pilot", parallel(1), {(f"{E}/0/scale/parallel_units", "weakens")}),
    ("SC-10b", "pilot", {"scalability/strategies": ["scale_out"], f"{FIRST}/scale": GONE}, {(E, "weakens")}),
    ("SC-10b", "pilot", {**parallel(2), **NO_UNIT_VARIANCE}, {(E, "weakens")}),
    ("SC-10b", "pre_commercial", parallel(3), {(f"{E}/0/scale/parallel_units", "blocks")}),
    ("SC-10b", "pre_commercial", parallel(4), set()),
    ("SC-10b", "pre_commercial", parallel(3, wanted=3), set()),
    ("SC-10c", "pilot", rates(5000, 10_500, 25_000), set()),
    ("SC-10c", "pilot", rates(5000, 25_000), {(f"{T}/rates", "weakens")}),
    ("SC-10c", "pilot", {"scalability/strategies": ["rate"]}, {(f"{T}/rates", "weakens")}),
    ("SC-10c", "pre_commercial", rates(5000, 10_000), {(f"{T}/rates", "blocks")}),
    ("SC-10c", "early", rates(), set()),
    ("SC-10d", "early", spread_between("a"), set()),
    ("SC-10d", "pilot", spread_between("ab"), set()),
    ("SC-10d", "pilot", spread_between("a"), {(E, "weakens")}),
    ("SC-10d", "pre_commercial", spread_between("ab"), {(E, "blocks")}),
    ("SC-10d", "pre_commercial", spread_between("abc"), set()),
    (
        "SC-10d",
        "early",
        {**spread_between("abc"), PLAN: {}},
        {(f"/content/{PLAN}/common_control", "weakens"), (f"/content/{PLAN}/release", "weakens")},
    ),
]


@pytest.mark.parametrize(("rule", "phase", "changes", "expected"), ROWS)
def test_a_strategy_rule_finds_what_the_row_says(rule, phase, changes, expected):
    assert seen(rule, changed(adequate(phase), changes)) == expected


def test_fifty_days_of_sixty_are_five_sixths():
    found = finding("SC-10a", changed(adequate("pre_commercial"), lasting(50)))
    assert round(found.computed, 4) == Decimal("0.8333")
    assert "83.33 %" in found.detail
