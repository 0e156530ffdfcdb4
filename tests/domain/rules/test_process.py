"""What the request says of the process, and of models used in place of runs."""

from decimal import Decimal

import pytest

from tests.domain.rules.given_content import GONE, adequate, changed, finding, seen

LIMITS = "/content/method/known_limits"
C = "/content/method/continuous"
A = "/content/scalability/commercial_applicability"
MODEL = "scalability/evidence/0/model"
M = f"/content/{MODEL}"


def continuous(**members):
    told = {
        "residence_time": {
            "mean": {"value": 90, "unit": "s"},
            "spread": {"value": 12, "unit": "s"},
            "determined_by": "Tracer steps",
        },
        "startup": "Rejected until in control",
        "shutdown": "Rejected after the last hopper fill",
        "diversion": "By the spectroscopic window",
        "batch_definition": {"by": "run_time"},
        **members,
    }
    told = {name: value for name, value in told.items() if value is not GONE}
    return {"method/operation_mode": "continuous", "method/continuous": told}


def model(low=1, high=2000, **members):
    told = {
        "type": "mechanistic",
        "basis": "volume",
        "validated_low": {"value": low, "unit": "L"},
        "validated_high": {"value": high, "unit": "L"},
        "error": Decimal("0.04"),
        "external_n": 3,
        **members,
    }
    return {MODEL: told}


BIOLOGICAL = {"context_of_use/product_kinds": ["biological_product"]}
FLAGGED = {"reason": "Geometric similarity", "plan": "Two runs at 2000 L"}
CANDIDATE = "scalability/commercial_applicability/candidates/0"

ROWS = [
    ("SC-13", "early", {"method/known_limits": []}, {(LIMITS, "blocks")}),
    ("SC-13", "commercial", {"method/known_limits": []}, {(LIMITS, "blocks")}),
    ("SC-13", "early", {"method/known_limits/0/mitigation": GONE}, {(f"{LIMITS}/0/mitigation", "blocks")}),
    ("SC-13", "early", {"method/known_limits/0/description": " "}, {(f"{LIMITS}/0/description", "blocks")}),
    ("SC-13", "early", {}, set()),
    ("SC-21", "early", {}, set()),
    ("SC-21", "early", continuous(), set()),
    ("SC-21", "early", continuous(residence_time=GONE), {(f"{C}/residence_time", "weakens")}),
    (
        "SC-21",
        "pilot",
        continuous(residence_time={"mean": {"value": 90, "unit": "s"}}),
        {(f"{C}/residence_time", "weakens")},
    ),
    ("SC-21", "pre_commercial", continuous(diversion=GONE), {(f"{C}/diversion", "blocks")}),
    ("SC-21", "pre_commercial", continuous(startup=" "), {(f"{C}/startup", "blocks")}),
    (
        "SC-21",
        "commercial",
        {"method/operation_mode": "hybrid"},
        {
            (f"{C}/{name}", "blocks")
            for name in ("residence_time", "startup", "shutdown", "diversion", "batch_definition")
        },
    ),
    ("SC-21", "early", {**continuous(), **BIOLOGICAL}, {(f"{C}/viral_safety", "weakens")}),
    ("SC-21", "early", {**continuous(viral_safety="Step-wise clearance"), **BIOLOGICAL}, set()),
    ("SC-21", "early", BIOLOGICAL, set()),
    (
        "SC-23",
        "early",
        {"scalability/commercial_applicability/statement": GONE},
        {(f"{A}/statement", "blocks")},
    ),
    (
        "SC-23",
        "pilot",
        {"scalability/commercial_applicability/candidates": []},
        {(f"{A}/candidates", "blocks")},
    ),
    ("SC-23", "early", {f"{CANDIDATE}/why": GONE}, {(f"{A}/candidates/0", "blocks")}),
    ("SC-23", "early", {f"{CANDIDATE}/product": GONE}, {(f"{A}/candidates/0", "blocks")}),
    ("SC-23", "early", {f"{CANDIDATE}/product": GONE, f"{CANDIDATE}/product_class": "gels"}, set()),
    ("SC-23", "pre_commercial", {f"{CANDIDATE}/unit_operations": []}, {(f"{A}/candidates/0", "blocks")}),
    ("SC-23", "early", {f"{CANDIDATE}/unit_operations": ["freeze"]}, {(f"{A}/candidates/0", "blocks")}),
    ("SC-23", "commercial", {"scalability/commercial_applicability": GONE}, set()),
    ("SC-11", "early", model(), set()),
    ("SC-11", "early", model(high=999), {(M, "weakens")}),
    ("SC-11", "pre_commercial", model(low=1001), {(M, "blocks")}),
    ("SC-11", "pre_commercial", model(high=999, extrapolation=FLAGGED), set()),
    ("SC-11", "pre_commercial", model(high=999, extrapolation={"reason": "Similarity"}), {(M, "blocks")}),
    ("SC-11", "pilot", model(external_n=2), {(f"{M}/external_n", "weakens")}),
    ("SC-11", "pilot", model(external_n=None), {(f"{M}/external_n", "weakens")}),
    ("SC-11", "pilot", model(validated_low=None), {(M, "weakens")}),
    ("SC-11", "pilot", model(basis="mass"), {(f"{M}/basis", "weakens")}),
    (
        "SC-11",
        "pilot",
        model(validated_high={"value": 9, "unit": "kg"}),
        {(f"{M}/validated_high", "weakens")},
    ),
    ("SC-11", "early", {"scalability/evidence/0/kind": "process_model"}, {(M, "weakens")}),
    ("SC-11", "early", {**model(), "scalability/targets/0/quantity": GONE}, set()),
]


@pytest.mark.parametrize(("rule", "phase", "changes", "expected"), ROWS)
def test_a_process_rule_finds_what_the_row_says(rule, phase, changes, expected):
    assert seen(rule, changed(adequate(phase), changes)) == expected


def test_a_model_used_beyond_its_range_shows_range_and_target():
    found = finding("SC-11", changed(adequate(), model(high=999)))
    assert (found.stated.low, found.stated.high) == (Decimal("0.001"), Decimal("0.999"))
    assert (found.computed.value, found.computed.unit) == (1, "m3")
