"""The target, the demonstrated scale and the way between them."""

from decimal import Decimal

import pytest

from tests.domain.rules.given_content import (
    GONE,
    adequate,
    changed,
    finding,
    item,
    judged,
    milestone,
    seen,
    target,
)

T = "/content/scalability/targets"
E = "/content/scalability/evidence"
M = "/content/scalability/plan/milestones"
FIRST = "scalability/evidence/0"
VOLUME = f"{FIRST}/scale/quantity/value"
TARGET = "scalability/targets/0"
MASS = {"basis": "mass", "quantity": {"value": 360, "unit": "kg"}, "source": "Plan"}
FLOW = {
    "stage": "lab",
    "basis": "mass_flow",
    "quantity": {"value": 5000, "unit": "g/h"},
    "run_time": {"value": 3, "unit": "d"},
}
MODEL = {
    "type": "mechanistic",
    "basis": "volume",
    "validated_low": {"value": 1, "unit": "L"},
    "validated_high": {"value": 2, "unit": "m3"},
    "checked_scales": [{"value": 1, "unit": "L"}, {"value": 50, "unit": "L"}],
    "error": Decimal("0.05"),
    "external_n": 3,
}

# rule, phase, scope, what is changed in an adequate request, the findings of the rule
ROWS = [
    ("SC-01", "early", "product_specific", {"scalability/targets": []}, {(T, "blocks")}),
    ("SC-01", "commercial", "product_specific", {"scalability/targets": []}, {(T, "blocks")}),
    ("SC-01", "early", "product_specific", {f"{TARGET}/quantity": GONE}, {(f"{T}/0/quantity", "blocks")}),
    (
        "SC-01",
        "early",
        "product_specific",
        {f"{TARGET}/quantity/unit": GONE},
        {(f"{T}/0/quantity", "blocks")},
    ),
    (
        "SC-01",
        "early",
        "product_specific",
        {f"{TARGET}/quantity/unit": "litre"},
        {(f"{T}/0/quantity/unit", "blocks")},
    ),
    (
        "SC-01",
        "early",
        "product_specific",
        {f"{TARGET}/quantity/value": 0},
        {(f"{T}/0/quantity/value", "blocks")},
    ),
    ("SC-01", "early", "product_specific", {f"{TARGET}/source": GONE}, {(f"{T}/0/source", "blocks")}),
    ("SC-01", "early", "product_specific", {f"{TARGET}/source": "  "}, {(f"{T}/0/source", "blocks")}),
    ("SC-01", "early", "platform", {"scalability/targets/2": GONE}, {(T, "blocks")}),
    ("SC-01", "early", "platform", {"scalability/targets": [target(None)]}, set()),
    ("SC-01", "early", "product_specific", {f"{TARGET}/quantity": {"value": 1000, "unit": "L"}}, set()),
    # comparable or not
    ("SC-02", "early", "product_specific", {"scalability/evidence": []}, {(f"{T}/0", "blocks")}),
    ("SC-02", "early", "product_specific", {f"{FIRST}/scale/basis": "mass"}, {(f"{T}/0", "blocks")}),
    ("SC-02", "early", "product_specific", {f"{FIRST}/scale": GONE}, {(f"{T}/0", "blocks")}),
    ("SC-02", "early", "product_specific", {f"{FIRST}/scale/quantity/unit": "kg"}, {(f"{T}/0", "blocks")}),
    ("SC-02", "early", "product_specific", {f"{FIRST}/scale/quantity/unit": "litre"}, {(f"{T}/0", "blocks")}),
    ("SC-02", "early", "product_specific", {VOLUME: 0}, {(f"{T}/0", "blocks")}),
    ("SC-02", "early", "product_specific", {VOLUME: -3}, {(f"{T}/0", "blocks")}),
    ("SC-02", "early", "product_specific", {f"{TARGET}/quantity": GONE}, set()),
    (
        "SC-02",
        "early",
        "product_specific",
        {
            f"{TARGET}": {"basis": "doses", "quantity": {"value": 9, "unit": "10*6"}, "source": "Plan"},
            f"{FIRST}/scale": {"stage": "lab", "basis": "cells", "quantity": {"value": 3, "unit": "10*6"}},
        },
        {(f"{T}/0", "blocks")},
    ),
    (
        "SC-02",
        "early",
        "product_class",
        {f"{FIRST}/scale/basis": "units"},
        {(f"{E}/0/scale", "hint")},
    ),
    ("SC-02", "early", "platform", {"scalability/evidence/2": GONE}, {(f"{T}/2", "blocks")}),
    ("SC-02", "early", "product_specific", {TARGET: MASS, f"{FIRST}/scale": FLOW}, set()),
    (
        "SC-02",
        "early",
        "product_specific",
        {TARGET: MASS, f"{FIRST}/scale": {**FLOW, "run_time": None}},
        {(f"{T}/0", "blocks")},
    ),
    (
        "SC-02",
        "early",
        "product_specific",
        {
            TARGET: {
                "basis": "units",
                "quantity": {"value": 1000, "unit": "{tablet}"},
                "source": "Plan",
            },
            f"{FIRST}/scale": {
                "basis": "units_per_time",
                "quantity": {"value": 10, "unit": "{tablet}/min"},
                "run_time": {"value": 2, "unit": "h"},
            },
        },
        set(),
    ),
    (
        "SC-02",
        "early",
        "product_specific",
        {
            TARGET: {
                "basis": "patients_per_year",
                "quantity": {"value": 5000, "unit": "{patient}/a"},
                "source": "Plan",
            },
            f"{FIRST}/scale": {"basis": "units_per_time", "quantity": {"value": 1, "unit": "{dose}/d"}},
        },
        set(),
    ),
    (
        "SC-02",
        "early",
        "product_specific",
        {
            TARGET: {
                "basis": "mass_flow",
                "quantity": {"value": 25, "unit": "kg/h"},
                "run_time": {"value": 10, "unit": "h"},
                "source": "Plan",
            },
            f"{FIRST}/scale": {"basis": "mass", "quantity": {"value": 50, "unit": "kg"}},
        },
        set(),
    ),
    # the factor
    ("SC-03", "early", "product_specific", {VOLUME: 10}, set()),
    ("SC-03", "early", "product_specific", {VOLUME: Decimal("9.99")}, {(f"{T}/0/quantity", "weakens")}),
    ("SC-03", "pilot", "product_specific", {VOLUME: 100}, set()),
    ("SC-03", "pilot", "product_specific", {VOLUME: 99}, {(f"{T}/0/quantity", "weakens")}),
    ("SC-03", "pre_commercial", "product_specific", {VOLUME: 500}, set()),
    ("SC-03", "pre_commercial", "product_specific", {VOLUME: 499}, {(f"{T}/0/quantity", "blocks")}),
    (
        "SC-03",
        "commercial",
        "product_specific",
        {VOLUME: 799, "scalability/evidence/1/scale/quantity/value": 799},
        {(f"{T}/0/quantity", "blocks")},
    ),
    (
        "SC-03",
        "commercial",
        "product_specific",
        {VOLUME: 800, "scalability/evidence/1/scale/quantity/value": 800},
        set(),
    ),
    ("SC-03", "early", "product_specific", {VOLUME: 5, f"{FIRST}/model": MODEL}, set()),
    (
        "SC-03",
        "early",
        "product_specific",
        {
            VOLUME: 5,
            f"{FIRST}/model": {
                **MODEL,
                "checked_scales": [{"value": 1, "unit": "L"}, {"value": 1000, "unit": "mL"}],
            },
        },
        {(f"{T}/0/quantity", "weakens")},
    ),
    (
        "SC-03",
        "early",
        "product_specific",
        {VOLUME: 5, f"{FIRST}/model": {**MODEL, "basis": "mass"}},
        {(f"{T}/0/quantity", "weakens")},
    ),
    ("SC-03", "early", "product_specific", {VOLUME: 5, f"{FIRST}/kind": "scale_down_model"}, set()),
    (
        "SC-03",
        "early",
        "product_specific",
        {VOLUME: 5, f"{FIRST}/kind": "scale_down_model", f"{FIRST}/comparison": GONE},
        {(f"{T}/0/quantity", "weakens")},
    ),
    (
        "SC-03",
        "early",
        "product_specific",
        {
            VOLUME: 5,
            f"{FIRST}/model": {
                **MODEL,
                "checked_scales": [{"value": 1, "unit": "kg"}, {"value": 2, "unit": "kg"}],
            },
        },
        {(f"{T}/0/quantity", "weakens")},
    ),
    (
        "SC-03",
        "early",
        "product_class",
        {
            f"{FIRST}/unit_operations": ["blend"],
            "scalability/evidence/1/unit_operations": ["fill"],
            "scalability/evidence/1/scale/basis": "units",
        },
        {(f"{T}/0", "weakens")},
    ),
    ("SC-03", "early", "product_specific", {f"{FIRST}/runs/succeeded": 2}, {(f"{T}/0", "weakens")}),
    (
        "SC-03",
        "early",
        "product_specific",
        {f"{FIRST}/runs/succeeded": 2, "method/unit_operations": []},
        {(f"{T}/0", "weakens")},
    ),
    ("SC-03", "pilot", "product_specific", {f"{FIRST}/runs/succeeded": 1}, set()),
    ("SC-03", "early", "product_specific", {f"{FIRST}/runs/counted": "units"}, {(f"{T}/0", "weakens")}),
    # the plan
    ("SC-14", "early", "product_specific", {"scalability/plan": GONE}, {(M, "blocks")}),
    ("SC-14", "early", "product_specific", {"scalability/plan/milestones/0": GONE}, {(M, "blocks")}),
    ("SC-14", "early", "product_specific", {"scalability/plan/milestones/1/due_on": GONE}, {(M, "blocks")}),
    (
        "SC-14",
        "pilot",
        "product_specific",
        {"scalability/plan/milestones/1/criterion": GONE},
        {(M, "blocks")},
    ),
    ("SC-14", "pilot", "product_specific", {"scalability/plan/milestones/0": GONE}, set()),
    ("SC-14", "pre_commercial", "product_specific", {"scalability/plan": GONE}, {(M, "blocks")}),
    ("SC-14", "commercial", "product_specific", {"scalability/plan": GONE, VOLUME: 900}, set()),
    ("SC-14", "early", "product_specific", {"scalability/plan": GONE, VOLUME: 1000}, set()),
    ("SC-14", "early", "product_specific", {"scalability/plan": GONE, "scalability/evidence": []}, set()),
    (
        "SC-14",
        "early",
        "platform",
        {"scalability/plan/milestones/0/product_class": "gels"},
        {(M, "blocks")},
    ),
    ("SC-14", "early", "product_specific", {"scalability/plan/milestones/0/stage": "clinical"}, set()),
]


@pytest.mark.parametrize(("rule", "phase", "scope", "changes", "expected"), ROWS)
def test_a_scale_rule_finds_what_the_row_says(rule, phase, scope, changes, expected):
    assert seen(rule, changed(adequate(phase, scope), changes)) == expected


def test_the_factor_is_that_of_the_least_demonstrated_critical_operation_with_its_item_named():
    second = {**item("early", 1, None, "Northgel"), "unit_operations": ["fill"]}
    second["scale"] = {"stage": "lab", "basis": "volume", "quantity": {"value": 4000, "unit": "mL"}}
    tree = changed(
        adequate(), {f"{FIRST}/unit_operations": ["blend", "pack"], "scalability/evidence/1": second}
    )
    (entry,) = judged(tree).computed["scale"]
    assert (entry["unit_operation"], entry["evidence"], entry["factor"]) == ("fill", "ev-1", 250)
    assert entry["demonstrated"] == {"value": Decimal("0.004"), "unit": "m3"}
    assert finding("SC-03", tree).computed == 250


def test_an_uncritical_operation_does_not_set_the_factor():
    tree = changed(adequate(), {f"{FIRST}/unit_operations": ["blend", "fill"]})
    small = {**item("early", 1, None, "Northgel"), "unit_operations": ["pack"]}
    small["scale"] = {"stage": "lab", "basis": "volume", "quantity": {"value": 1, "unit": "mL"}}
    (entry,) = judged(changed(tree, {"scalability/evidence/1": small})).computed["scale"]
    assert entry["factor"] == 20


def test_runs_at_a_larger_scale_count_for_the_smaller():
    more = item("early", 1, None, "Northgel")
    more["scale"] = {"stage": "lab", "basis": "volume", "quantity": {"value": 100, "unit": "L"}}
    changes = {
        "scalability/evidence/1": more,
        "scalability/evidence/1/runs/succeeded": 1,
        f"{FIRST}/runs/succeeded": 2,
    }
    (entry,) = judged(changed(adequate(), changes)).computed["scale"]
    assert (entry["evidence"], entry["runs"], entry["factor"]) == ("ev-0", 3, 20)


def test_a_conversion_between_bases_is_shown():
    (entry,) = judged(changed(adequate(), {TARGET: MASS, f"{FIRST}/scale": FLOW})).computed["scale"]
    assert entry["factor"] == 1
    assert entry["conversion"] == "5000 g/h x 3 d = 360 kg"


def test_a_target_of_flow_stands_with_its_own_run_time_against_an_amount():
    flow = {
        **MASS,
        "basis": "mass_flow",
        "quantity": {"value": 25, "unit": "kg/h"},
        "run_time": {"value": 10, "unit": "h"},
    }
    scale = {"stage": "lab", "basis": "mass", "quantity": {"value": 50_000, "unit": "g"}}
    (entry,) = judged(changed(adequate(), {TARGET: flow, f"{FIRST}/scale": scale})).computed["scale"]
    assert entry["factor"] == 5
    assert entry["conversion"] == "25 kg/h x 10 h = 250000 g intended"


def test_kilograms_a_day_outrun_a_target_per_year():
    flow = {**MASS, "basis": "mass_flow", "quantity": {"value": 365, "unit": "kg/a"}}
    scale = {"stage": "lab", "basis": "mass_flow", "quantity": {"value": 3, "unit": "kg/d"}}
    (entry,) = judged(changed(adequate(), {TARGET: flow, f"{FIRST}/scale": scale})).computed["scale"]
    assert round(entry["factor"], 4) == Decimal("0.3331")


def test_a_process_model_shows_no_scale():
    report = judged(changed(adequate(), {f"{FIRST}/kind": "process_model", f"{FIRST}/model": MODEL}))
    assert report.result == "not_assessable"


def test_without_any_factor_nothing_is_assessable_and_gaps_stay_gaps():
    report = judged(changed(adequate(), {"scalability/evidence": []}))
    assert (report.result, report.ready) == ("not_assessable", False)


def test_milestones_of_the_plan_are_for_the_class_they_name():
    tree = adequate("early", "platform")
    steps = [
        {**milestone(stage), "product_class": key}
        for key in ("gels", "mabs", "tabs")
        for stage in ("pilot", "commercial")
    ]
    assert not seen("SC-14", changed(tree, {"scalability/plan/milestones": steps}))
