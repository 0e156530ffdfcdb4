"""Rules of law fire when a thing is not addressed at all, and never ask for more than that."""

from datetime import date

import pytest

from app.domain.rules.pack import load
from tests.domain.rules.sound import GONE, changed, content, found, seen

SOUND = content("product_specific")
LAW = [f"RC-0{n}" for n in range(1, 8)]
BARE_ITEM = {"key": "ev-1", "kind": "experiment"}


@pytest.mark.parametrize("rule", LAW)
def test_a_sound_request_passes(rule):
    assert not found(rule, SOUND)


def test_exactly_the_seven_rules_of_the_statute_are_law():
    rules = load().rules.values()
    assert [row.number for row in rules if row.basis == "law"] == LAW
    assert {row.severity for row in rules if row.basis == "law"} == {"blocks"}


ROWS = [
    ("RC-01", {"method": GONE}, "method"),
    ("RC-01", {"method": {}}, "method"),
    ("RC-01", {"method": {"name": "  ", "unit_operations": [{"key": "mix"}]}}, "method"),
    ("RC-02", {"context_of_use": GONE}, "context_of_use/statement"),
    ("RC-02", {"context_of_use/statement": "\n "}, "context_of_use/statement"),
    ("RC-03", {"method/novelty": GONE}, "method/novelty"),
    ("RC-03", {"method/novelty/explanation": GONE}, "method/novelty/explanation"),
    ("RC-04", {"criteria/quality": None}, "criteria/quality"),
    ("RC-04", {"criteria/quality": {"claim": "superior"}}, "criteria/quality/rationale"),
    ("RC-05", {"criteria/improvements": []}, "criteria/improvements"),
    ("RC-05", {"criteria/improvements": [{"ground": "other"}]}, "criteria/improvements/0/claim"),
    ("RC-05", {"criteria/improvements": [{"ground": "development_time"}]}, "criteria/improvements/0/claim"),
]


@pytest.mark.parametrize(("rule", "changes", "pointer"), ROWS)
def test_what_is_not_addressed_blocks(rule, changes, pointer):
    assert seen(rule, changed(SOUND, changes)) == {(pointer, "blocks")}


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("RC-01", {"method": {"summary": "Mixes."}}),
        ("RC-01", {"method": {"name": "Vortex mixer"}}),
        ("RC-01", {"method": {"unit_operations": [{"key": "mix", "description": "Mixes."}]}}),
        ("RC-04", {"criteria/quality": {"rationale": "The same."}}),
        (
            "RC-05",
            {"criteria/improvements": [{"ground": "other"}, {"ground": "other", "claim": "Less waste."}]},
        ),
        ("RC-05", {"criteria/improvements": [{"ground": "shortage_drug_supply", "drug": "Northgel"}]}),
        (
            "RC-05",
            {"criteria/improvements": [{"ground": "development_time", "baseline": [{}], "proposed": [{}]}]},
        ),
    ],
)
def test_the_law_is_met_by_addressing_a_thing_in_any_way(rule, changes):
    assert not found(rule, changed(SOUND, changes))


@pytest.mark.parametrize(
    ("evidence", "improvements", "attachments", "present"),
    [
        ([], [], {}, False),
        ([BARE_ITEM], [{"ground": "other", "claim": "Less waste."}], {}, False),
        ([], [{"ground": "development_time", "claim": "Faster."}], {}, False),
        ([BARE_ITEM | {"citation": "A paper, 2024"}], [], {}, True),
        ([BARE_ITEM | {"runs": {"attempted": 0}}], [], {}, True),
        ([], [], {"report.pdf": "unscanned"}, True),
        ([], [{"ground": "critical_drug_supply", "capacity": {"lines": 2}}], {}, True),
        (
            [],
            [{"ground": "development_time", "baseline": [{"days": 9}], "proposed": [{"days": 3}]}],
            {},
            True,
        ),
    ],
)
def test_data_or_information_of_any_kind_is_enough(evidence, improvements, attachments, present):
    tree = changed(SOUND, {"scalability/evidence": evidence, "criteria/improvements": improvements})
    expected = set() if present else {("scalability/evidence", "blocks")}
    assert seen("RC-06", tree, attachments=attachments) == expected


@pytest.mark.parametrize(
    ("on", "severities"),
    [
        (date(2032, 3, 31), set()),
        (date(2032, 4, 1), {"hint"}),
        (date(2032, 10, 1), {"hint"}),
        (date(2032, 10, 2), {"blocks"}),
        (date(2040, 1, 1), {"blocks"}),
    ],
)
def test_the_program_ends_after_the_first_of_october_2032(on, severities):
    assert {finding.severity for finding in found("RC-07", SOUND, on=on)} == severities


def test_an_empty_draft_is_told_all_that_the_law_asks():
    missing = {rule for rule in LAW if found(rule, {}, attachments={})}
    assert missing == set(LAW) - {"RC-07"}
