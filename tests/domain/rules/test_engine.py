"""One judgement: all defects at once, the same each time, and what follows from them."""

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.content import Content
from app.domain.rules.case import Case
from app.domain.rules.engine import judge
from app.domain.rules.pack import RuleText, compile_pack, load
from app.domain.vocabulary import PHASES, SCOPES
from tests.domain.rules.given_content import APPLICANT, FILES, GONE, TODAY, adequate, changed, judged

FIRST = "scalability/evidence/0"
SCENARIOS = list(product(PHASES, SCOPES))


@pytest.mark.parametrize(("phase", "scope"), SCENARIOS)
def test_an_adequate_request_has_no_finding_in_any_scenario(phase, scope):
    report = judged(adequate(phase, scope))
    assert report.findings == ()
    assert (report.result, report.ready) == ("adequate", True)
    assert (report.effective.phase, report.effective.scope) == (phase, scope)


DEFECTS = {
    "SC-01": {"scalability/targets/0/source": GONE},
    "SC-03": {f"{FIRST}/scale/quantity/value": 400},
    "SC-04": {f"{FIRST}/unit_operations": ["blend", "fill"]},
    "SC-06": {f"{FIRST}/runs/claimed_success_rate": 1},
    "SC-08": {f"{FIRST}/attributes/0/claimed_cpk": 3},
    "SC-09": {f"{FIRST}/comparison/margin": GONE},
    "SC-12": {f"{FIRST}/inputs/lots": 1},
    "SC-13": {"method/known_limits": []},
    "SC-14": {"scalability/plan": GONE},
    "SC-15": {f"{FIRST}/method_version": "0"},
    "SC-16": {f"{FIRST}/gmp": False},
    "SC-17": {f"{FIRST}/environment": "laboratory"},
    "SC-18": {"criteria/improvements/1/claimed_supply/value": 40_000},
    "SC-19": {"criteria/improvements/1/shortage_entry": GONE},
    "SC-20": {"criteria/improvements/0/baseline/0/source": GONE},
    "SC-21": {"method/operation_mode": "continuous"},
    "SC-22": {f"{FIRST}/owner": {"name": "Borealis Pharma"}},
    "SC-23": {"scalability/commercial_applicability": GONE},
    "SC-24": {f"{FIRST}/performed_to": "2027-01-01"},
    "SC-25": {f"{FIRST}/attributes/1/max": 111},
    "SC-26": {f"{FIRST}/runs/excluded": 1},
    "RC-03": {"method/novelty": GONE},
}


def test_all_defects_of_a_content_are_reported_in_one_call():
    planted = {path: value for defect in DEFECTS.values() for path, value in defect.items()}
    found = {one.rule for one in judged(changed(adequate("pre_commercial"), planted)).findings}
    assert set(DEFECTS) <= found


@pytest.mark.parametrize("rule", DEFECTS)
def test_one_defect_is_reported_by_its_own_rule(rule):
    report = judged(changed(adequate("pre_commercial"), DEFECTS[rule]))
    assert rule in {one.rule for one in report.findings}
    assert report.result in {"gap", "adequate_with_warnings"}


def test_an_acknowledged_gap_of_the_program_no_longer_blocks_and_stays_in_sight():
    report = judged(changed(adequate(), DEFECTS["SC-13"]))
    assert (report.ready, report.result) == (False, "gap")
    after = report.acknowledging(frozenset({"SC-13"}))
    assert (after.ready, after.result) == (True, "adequate")
    assert after.findings == report.findings


def test_a_gap_of_law_cannot_be_acknowledged():
    report = judged(changed(adequate(), DEFECTS["RC-03"]))
    assert [one.basis for one in report.blocking] == ["law"]
    assert not report.acknowledging(frozenset({"RC-03"})).ready


def test_acknowledging_when_judging_is_the_same_as_afterwards():
    made = Case(
        Content.model_validate(changed(adequate(), DEFECTS["SC-13"])), APPLICANT, TODAY, load(), FILES
    )
    rules = frozenset({"SC-13"})
    assert judge(made, rules) == judge(made).acknowledging(rules)


def test_what_weakens_warns_and_a_hint_changes_nothing():
    weakened = judged(changed(adequate(), DEFECTS["SC-12"]))
    assert (weakened.ready, weakened.result) == (True, "adequate_with_warnings")
    hinted = judged(adequate(), attachments={})
    assert {one.severity for one in hinted.findings} <= {"hint"}
    hinted = judged(changed(adequate(), {f"{FIRST}/comparison/difference": 1}))
    assert [one.severity for one in hinted.findings] == ["hint"]
    assert hinted.result == "adequate"


def test_declaring_early_softens_nothing():
    planted = {**DEFECTS["SC-12"], "development/phase": "early"}
    report = judged(changed(adequate("pre_commercial"), planted))
    assert ("SC-12", "blocks") in {(one.rule, one.severity) for one in report.findings}


def test_a_rule_that_breaks_is_a_hint_and_a_fault_and_stops_no_other():
    whole = load()
    orphan = RuleText(**{**whole.rules["SC-13"].model_dump(), "number": "SC-99"})  # without a predicate
    pack = compile_pack(whole.head, [*whole.rules.values(), orphan])
    content = Content.model_validate(changed(adequate(), DEFECTS["SC-13"]))
    report = judge(Case(content, APPLICANT, TODAY, pack, FILES))
    assert {(one.rule, one.severity) for one in report.findings} == {("SC-13", "blocks"), ("SC-99", "hint")}
    assert [fault.rule for fault in report.faults] == ["SC-99"]


def test_a_finding_carries_its_texts_and_both_figures():
    planted = {f"{FIRST}/scale/quantity/value": Decimal("2.5")}
    (finding,) = [one.to_tree() for one in judged(changed(adequate(), planted)).findings]
    assert finding["pointer"] == "/content/scalability/targets/0/quantity"
    assert (finding["rule"], finding["severity"], finding["basis"]) == ("SC-03", "weakens", "program_rule")
    assert (finding["evidence"], finding["stated"], finding["computed"]) == (
        "ev-0",
        {"value": 1, "unit": "m3"},
        400,
    )
    assert all(finding[member] for member in ("title", "detail", "fix", "ground"))


def leaves(tree):
    if isinstance(tree, dict):
        return [leaf for value in tree.values() for leaf in leaves(value)]
    return [leaf for value in tree for leaf in leaves(value)] if isinstance(tree, list) else [tree]


def paths(tree, way=""):
    if isinstance(tree, dict | list):
        for step, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield f"{way}{step}"
            yield from paths(value, f"{way}{step}/")


WHOLE = {scenario: sorted(set(paths(adequate(*scenario)))) for scenario in SCENARIOS}


@st.composite
def contents(draw):
    """An adequate request of any scenario with up to twenty members taken away, nested ones included."""
    scenario = draw(st.sampled_from(SCENARIOS))
    tree = adequate(*scenario)
    for path in draw(st.lists(st.sampled_from(WHOLE[scenario]), max_size=20, unique=True)):
        try:
            tree = changed(tree, {path: None})
            Content.model_validate(tree)
        except (KeyError, IndexError, TypeError, AttributeError, ValueError):
            tree = adequate(*scenario)
    return tree


@settings(max_examples=150)
@given(contents())
def test_any_part_of_a_content_is_judged_without_a_fault_and_always_alike(tree):
    report = judged(tree)
    assert report.faults == ()
    assert judged(tree) == report
    blocked = [one for one in report.findings if one.severity == "blocks"]
    assert report.ready is not bool(blocked)
    acknowledged = report.acknowledging(frozenset(one.rule for one in blocked))
    assert set(acknowledged.blocking) == {one for one in blocked if one.basis == "law"}
    shown = leaves(report.to_tree())
    assert all(leaf is None or isinstance(leaf, str | int | Decimal) for leaf in shown)
    assert all(leaf.is_finite() for leaf in shown if isinstance(leaf, Decimal))
