"""The rule pack is data that is whole before anything is judged by it."""

from itertools import product

import pytest
from pydantic import ValidationError

from app.domain.rules.pack import DEFAULT_VERSION, RuleText, UnknownPack, compile_pack, load, versions
from app.domain.rules.registry import REGISTRY
from app.domain.rules.requirements import requirements
from app.domain.vocabulary import PHASES, SCOPES
from tests.domain.rules import (
    test_attributes,
    test_comparison,
    test_consistency,
    test_coverage,
    test_process,
    test_provenance,
    test_required,
    test_runs,
    test_scale,
    test_scope,
    test_strategies,
    test_supply,
)

PACK = load()
TABLES = [
    *(test_scale, test_strategies, test_coverage, test_runs, test_attributes, test_comparison),
    *(test_supply, test_process, test_provenance, test_scope),
]
# B, W and - of the severity table, phase by phase
SEVERITIES = {
    **dict.fromkeys(("SC-01", "SC-02", "SC-13", "SC-19", "SC-20", "SC-22", "SC-24", "SC-26"), "BBBB"),
    **dict.fromkeys(("SC-04", "SC-07", "SC-09", "SC-15", "SC-17"), "WBBB"),
    **dict.fromkeys(("SC-03", "SC-05", "SC-08", "SC-10a", "SC-10d", "SC-11", "SC-12"), "WWBB"),
    **dict.fromkeys(("SC-18", "SC-21", "SC-25"), "WWBB"),
    **dict.fromkeys(("SC-10b", "SC-10c"), "-WBB"),
    **dict.fromkeys(("SC-14", "SC-23"), "BBB-"),
    "SC-06": "WWWB",
    "SC-16": "--BB",
}
LETTER = {"blocks": "B", "weakens": "W", None: "-"}


def rows():
    for table in TABLES:
        for row in table.ROWS:
            yield row[0], bool(row[-1])
    for row in test_required.ROWS:
        yield row[0], True
    yield from ((row[0], True) for row in test_consistency.FAILING)


def test_every_rule_of_the_pack_has_a_predicate_and_every_predicate_is_in_the_pack():
    assert set(PACK.rules) == set(REGISTRY)


# tested case by case beside its date and its files, not in a table
UNTABLED = {"RC-06", "RC-07", "RC-24"}


@pytest.mark.parametrize("rule", sorted(set(PACK.rules) - UNTABLED))
def test_every_rule_has_a_failing_row(rule):
    assert (rule, True) in set(rows())


@pytest.mark.parametrize("rule", [rule for rule in PACK.rules if rule.startswith(("SC", "SP"))])
def test_every_rule_of_scalability_and_scope_has_a_passing_row(rule):
    assert (rule, False) in set(rows())


@pytest.mark.parametrize("rule", [rule for rule in PACK.rules if rule.startswith("SC")])
def test_a_scalability_rule_is_as_grave_as_the_table_says_in_every_scope(rule):
    for scope in SCOPES:
        assert "".join(LETTER[PACK.at[scope, phase][rule].severity] for phase in PHASES) == SEVERITIES[rule]
    assert PACK.rules[rule].basis == "program_rule"


def test_an_unknown_version_is_no_pack():
    assert versions() == (DEFAULT_VERSION,)
    with pytest.raises(UnknownPack):
        load("amtdp-1999.1")


GOOD = {**load().rules["SC-03"].model_dump(), "number": "SC-99"}


@pytest.mark.parametrize(
    "defect",
    [
        {"severity": "fatal"},
        {"severity": {"early": "blocks"}},
        {"severity": {"platform": {"early": "blocks"}, **dict.fromkeys(SCOPES[:2], "blocks")}},
        {"thresholds": {"factor": {"early": 2}}},
        {"thresholds": {"factor": "two"}},
        {"number": "SC-1"},
        {"needs": ()},
        {"basis": "custom"},
        {"colour": "red"},
    ],
)
def test_a_rule_that_is_not_whole_is_refused_at_load(defect):
    assert RuleText(**GOOD).number == "SC-99"
    with pytest.raises(ValidationError):
        RuleText(**{**GOOD, **defect})


def test_a_severity_may_stand_by_scope_and_by_phase_within_it():
    row = RuleText(
        **{
            **GOOD,
            "severity": {
                "platform": {**dict.fromkeys(PHASES, "blocks"), "early": "none"},
                **dict.fromkeys(SCOPES[:2], "hint"),
            },
        }
    )
    at = compile_pack(PACK.head, [row]).at
    assert at["platform", "early"]["SC-99"].severity is None
    assert at["platform", "pilot"]["SC-99"].severity == "blocks"
    assert at["product_class", "early"]["SC-99"].severity == "hint"


def test_a_number_stands_once_in_a_pack():
    with pytest.raises(ValueError, match="twice"):
        compile_pack(PACK.head, [RuleText(**GOOD), RuleText(**GOOD)])


@pytest.mark.parametrize(("scope", "phase"), list(product(SCOPES, PHASES)))
def test_requirements_are_the_rules_that_apply_with_their_severity_there(scope, phase):
    listed = requirements(PACK, scope, phase)
    applied = {number: ruling for number, ruling in PACK.at[scope, phase].items() if ruling.severity}
    assert {row["rule"]: row["severity"] for row in listed} == {n: one.severity for n, one in applied.items()}
    assert all(row["needs"] and row["ground"] and row["citation"] for row in listed)
    law = [row["basis"] == "law" for row in listed]
    assert law == sorted(law, reverse=True)


def required(*scenario):
    return {row["rule"]: row for row in requirements(PACK, *scenario)}


def test_requirements_name_the_thresholds_of_the_scenario():
    assert required("platform", "early")["SC-03"]["thresholds"]["factor"] == 100
    assert required("platform", "pilot")["SC-03"]["thresholds"]["factor"] == 10
    assert "SC-16" not in required("platform", "pilot")
    assert "SC-14" not in required("platform", "commercial")


@pytest.mark.parametrize(
    ("kind", "asked"), [("biological_product", True), ("drug_product", False), (None, True)]
)
def test_viral_safety_is_asked_of_biological_products_alone(kind, asked):
    members = [need["member"] for need in required("platform", "pilot", kind)["SC-21"]["needs"]]
    assert ("/content/method/continuous/viral_safety" in members) is asked
