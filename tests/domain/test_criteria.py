"""The criteria and the rules that bear on them, as a table."""

import pytest

from app.domain.criteria import RULES_OF, Criterion, bearing_on, evidence_keys
from app.domain.rules import pack

PACK = pack.load()


def test_every_criterion_has_rules_and_every_rule_named_is_one_of_the_pack():
    assert set(RULES_OF) == set(Criterion)
    named = frozenset().union(*RULES_OF.values())
    assert named <= PACK.rules.keys()


def test_every_rule_of_law_scalability_and_scope_bears_on_a_criterion():
    of_form = {f"RC-{number}" for number in range(10, 27)}
    assert PACK.rules.keys() - of_form <= frozenset().union(*RULES_OF.values())


def test_beside_a_criterion_stand_its_findings_and_the_figures_of_the_cited_evidence_alone():
    figure = {"evidence": "ev-1", "lower_bound": 0.7}
    report = {
        "findings": [{"rule": "RC-03"}, {"rule": "SC-12"}],
        "computed": {
            "success": [figure, {"evidence": "ev-2"}],
            "scale": [],
            "capacity": {"agrees": False},
            "schedule": None,
        },
    }
    assert bearing_on(Criterion.NOVELTY, report, ["ev-1"]) == {
        "findings": [{"rule": "RC-03"}],
        "computed": {"success": [figure]},
    }
    assert bearing_on(Criterion.SUBSTANTIAL_IMPROVEMENT, report, []) == {
        "findings": [],
        "computed": {"capacity": {"agrees": False}},
    }


@pytest.mark.parametrize(
    ("content", "keys"),
    [
        ({}, []),
        ({"scalability": None}, []),
        ({"scalability": {"evidence": None}}, []),
        ({"scalability": {"evidence": [{"key": "b"}, {"key": "a"}]}}, ["b", "a"]),
    ],
)
def test_evidence_is_known_by_its_keys(content, keys):
    assert evidence_keys(content) == keys
