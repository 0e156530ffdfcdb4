"""How many runs there were, what they prove, and where they were made."""

from decimal import Decimal

import pytest

from tests.domain.rules.given_content import GONE, adequate, changed, finding, item, seen

E = "/content/scalability/evidence"
MRL = "/content/development/mrl"
FIRST = "scalability/evidence/0"
ROUTINE = "scalability/evidence/1"
RATE = f"{E}/0/runs/claimed_success_rate"


def runs(attempted, succeeded, **more):
    return {f"{FIRST}/runs": {"attempted": attempted, "succeeded": succeeded, **more}}


def claimed(rate, attempted, succeeded, **more):
    return runs(attempted, succeeded, claimed_success_rate=Decimal(rate), **more)


ROWS = [
    ("SC-05", "early", runs(3, 2), {(E, "weakens")}),
    ("SC-05", "early", runs(9, 3), set()),
    ("SC-05", "early", runs(3, None), {(E, "weakens")}),
    ("SC-05", "early", {f"{FIRST}/runs": GONE}, {(E, "weakens")}),
    ("SC-05", "early", {"scalability/evidence": []}, {(E, "weakens")}),
    ("SC-05", "early", {"method/unit_operations": []}, set()),
    ("SC-05", "pilot", {f"{FIRST}/scale/stage": "clinical"}, set()),
    ("SC-05", "pilot", {f"{FIRST}/scale/stage": "engineering"}, set()),
    ("SC-05", "pilot", {f"{FIRST}/scale/stage": "lab"}, {(E, "weakens")}),
    ("SC-05", "pre_commercial", runs(3, 3), set()),
    ("SC-05", "pre_commercial", runs(4, 3), {(E, "blocks")}),
    ("SC-05", "pre_commercial", runs(9, 7, consecutive=4), set()),
    ("SC-05", "pre_commercial", runs(9, 7, consecutive=2), {(E, "blocks")}),
    ("SC-05", "pre_commercial", {f"{FIRST}/scale/quantity/value": 499}, {(E, "blocks")}),
    ("SC-05", "pre_commercial", {f"{FIRST}/runs": GONE}, {(E, "blocks")}),
    ("SC-05", "commercial", {f"{ROUTINE}/runs/succeeded": 9}, {(E, "blocks")}),
    ("SC-05", "commercial", {f"{ROUTINE}/kind": "gmp_batch"}, {(E, "blocks")}),
    ("SC-05", "commercial", {f"{FIRST}/runs/succeeded": 2}, {(E, "blocks")}),
    # bounds of domain notes: 29 of 29 prove 0.902, 10 of 10 prove 0.741, 28 of 30 prove 0.805
    ("SC-06", "early", claimed("0.90", 29, 29), set()),
    ("SC-06", "early", claimed("0.91", 29, 29), {(RATE, "weakens")}),
    ("SC-06", "pre_commercial", claimed("0.75", 10, 10), {(RATE, "weakens")}),
    ("SC-06", "commercial", claimed("0.81", 30, 28), {(RATE, "blocks")}),
    ("SC-06", "commercial", claimed("0.80", 30, 28), set()),
    ("SC-06", "early", claimed("1.0", 1000, 1000), {(RATE, "weakens")}),
    ("SC-06", "early", claimed("0.5", None, 3), {(RATE, "weakens")}),
    ("SC-06", "early", runs(3, 1), set()),
    ("SC-06", "early", claimed("0.74", 12, 10, excluded=2, exclusion_reason="Power cut"), set()),
    ("SC-06", "early", claimed("0.74", 12, 10, excluded=2), {(RATE, "weakens")}),
    ("SC-16", "pilot", {}, set()),
    ("SC-16", "pre_commercial", {f"{FIRST}/gmp": False}, {(E, "blocks")}),
    (
        "SC-16",
        "pre_commercial",
        {f"{FIRST}/gmp": False, "scalability/no_gmp_because": "Site not yet inspected"},
        set(),
    ),
    ("SC-16", "pre_commercial", {f"{FIRST}/gmp": GONE}, set()),
    ("SC-16", "pre_commercial", {f"{FIRST}/gmp": GONE, f"{FIRST}/kind": "engineering_run"}, {(E, "blocks")}),
    ("SC-17", "early", {f"{FIRST}/environment": GONE}, set()),
    ("SC-17", "early", {"development/mrl": GONE}, set()),
    ("SC-17", "early", {"development/mrl": 6}, {(MRL, "blocks")}),
    ("SC-17", "pilot", {f"{FIRST}/environment": "production_relevant"}, set()),
    ("SC-17", "pilot", {f"{FIRST}/environment": GONE}, {(MRL, "blocks")}),
    ("SC-17", "pre_commercial", {f"{FIRST}/environment": "production_representative"}, {(MRL, "blocks")}),
    ("SC-17", "pre_commercial", {"development/mrl": 9}, {(MRL, "blocks")}),
    (
        "SC-17",
        "commercial",
        {f"{FIRST}/environment": "low_rate", f"{ROUTINE}/environment": "low_rate"},
        {(MRL, "blocks")},
    ),
]


@pytest.mark.parametrize(("rule", "phase", "changes", "expected"), ROWS)
def test_a_rule_of_runs_finds_what_the_row_says(rule, phase, changes, expected):
    assert seen(rule, changed(adequate(phase), changes)) == expected


def test_a_claim_of_one_is_to_be_stated_as_observed():
    found = finding("SC-06", changed(adequate(), claimed("1.0", 3, 3)))
    assert "observed 3 of 3" in found.detail
    assert (found.stated, round(found.computed, 3)) == (1, Decimal("0.368"))


def test_three_batches_without_a_failure_are_consecutive_in_three_items_too():
    tree = adequate("pre_commercial")
    single = {"attempted": 1, "succeeded": 1, "counted": "runs"}
    batches = {
        f"scalability/evidence/{n}": {**item("pre_commercial", n, None, "Northgel"), "runs": single}
        for n in range(3)
    }
    assert not seen("SC-05", changed(tree, batches))
    assert seen("SC-05", changed(changed(tree, batches), {"scalability/evidence/1/runs/attempted": 2}))


def test_a_count_of_tablets_is_one_run():
    assert seen("SC-05", changed(adequate(), runs(2448, 2448, counted="units"))) == {(E, "weakens")}


def test_every_class_needs_its_own_runs():
    tree = changed(adequate("early", "platform"), {"scalability/evidence/1/runs/succeeded": 2})
    assert "product class mabs" in finding("SC-05", tree).detail
