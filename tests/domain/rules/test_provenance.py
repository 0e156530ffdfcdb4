"""Whose data they are, of which version of the method, and when they were made."""

from datetime import date

import pytest

from app.domain.rules.case import Applicant
from tests.domain.rules.given_content import APPLICANT, GONE, adequate, changed, seen

FIRST = "scalability/evidence/0"
AT = f"/content/{FIRST}"
OLDER = {"version": "1", "dated": "2024-01-01"}
EXPLAINED = {**OLDER, "change_impact": "Jacket added; no effect on the blend"}
CUSTOMER = {f"{FIRST}/kind": "gmp_batch", f"{FIRST}/owner": {"name": "Borealis Pharma"}}
LETTER = {f"{FIRST}/third_party_authorization": "letter.pdf"}
PUBLISHED = {f"{FIRST}/kind": "literature", f"{FIRST}/owner": None}

ROWS = [
    ("SC-15", "early", {f"{FIRST}/method_version": "1"}, {(f"{AT}/method_version", "weakens")}),
    ("SC-15", "pilot", {f"{FIRST}/method_version": "1"}, {(f"{AT}/method_version", "blocks")}),
    ("SC-15", "pilot", {f"{FIRST}/method_version": GONE}, {(f"{AT}/method_version", "blocks")}),
    (
        "SC-15",
        "pilot",
        {f"{FIRST}/method_version": "1", "method/versions/1": OLDER},
        {(f"{AT}/method_version", "blocks")},
    ),
    ("SC-15", "pilot", {f"{FIRST}/method_version": "1", "method/versions/1": EXPLAINED}, set()),
    (
        "SC-15",
        "pilot",
        {
            f"{FIRST}/method_version": "1",
            "method/versions/1": OLDER,
            "method/versions/0/change_impact": "None",
        },
        set(),
    ),
    ("SC-15", "pilot", {"method/version": GONE}, {("/content/method/version", "blocks")}),
    ("SC-15", "early", {f"{FIRST}/method_version": GONE, f"{FIRST}/kind": "literature"}, set()),
    ("SC-22", "early", CUSTOMER, {(f"{AT}/third_party_authorization", "blocks")}),
    ("SC-22", "commercial", CUSTOMER, {(f"{AT}/third_party_authorization", "blocks")}),
    ("SC-22", "early", {**CUSTOMER, **LETTER}, set()),
    ("SC-22", "early", {f"{FIRST}/owner": {"name": " northfield  BIOWORKS"}}, set()),
    ("SC-22", "early", {f"{FIRST}/owner": {"name": "Alder Therapeutics"}}, set()),
    ("SC-22", "early", {f"{FIRST}/owner": {}}, {(f"{AT}/third_party_authorization", "blocks")}),
    ("SC-22", "early", {f"{FIRST}/owner": GONE}, {(f"{AT}/owner", "blocks")}),
    ("SC-22", "early", {f"{FIRST}/kind": "third_party"}, set()),
    ("SC-22", "early", PUBLISHED, {(f"{AT}/citation", "blocks")}),
    ("SC-22", "early", {**PUBLISHED, f"{FIRST}/citation": "J Biol Eng 2019;13:34"}, set()),
    ("SC-24", "early", {f"{FIRST}/performed_to": "2026-06-01"}, set()),
    ("SC-24", "early", {f"{FIRST}/performed_to": "2026-06-02"}, {(f"{AT}/performed_to", "blocks")}),
    ("SC-24", "early", {f"{FIRST}/performed_from": GONE}, {(f"{AT}/performed_from", "blocks")}),
    ("SC-24", "commercial", {f"{FIRST}/performed_to": GONE}, {(f"{AT}/performed_to", "blocks")}),
    ("SC-24", "early", {f"{FIRST}/performed_from": "2024-12-31"}, {(f"{AT}/performed_from", "blocks")}),
    (
        "SC-24",
        "early",
        {f"{FIRST}/performed_from": "2024-12-31", f"{FIRST}/method_version": "1", "method/versions/1": OLDER},
        set(),
    ),
    ("SC-24", "early", {"method/versions": []}, {("/content/method/versions", "hint")}),
    ("SC-24", "pilot", {f"{FIRST}/files": []}, set()),
    ("SC-24", "pre_commercial", {f"{FIRST}/files": []}, {(f"{AT}/files", "blocks")}),
    ("SC-24", "commercial", {f"{FIRST}/files": GONE}, {(f"{AT}/files", "blocks")}),
    ("SC-24", "pre_commercial", {**PUBLISHED, f"{FIRST}/files": []}, set()),
]


@pytest.mark.parametrize(("rule", "phase", "changes", "expected"), ROWS)
def test_a_rule_of_provenance_finds_what_the_row_says(rule, phase, changes, expected):
    assert seen(rule, changed(adequate(phase), changes)) == expected


def test_the_same_work_lies_in_the_future_until_its_day_has_come():
    tree = adequate()
    assert seen("SC-24", tree, on=date(2025, 5, 31)) == {(f"{AT}/performed_to", "blocks")}
    assert not seen("SC-24", tree, on=date(2025, 6, 1))


def test_a_principal_is_self_only_for_its_own_agent():
    tree = changed(adequate(), {f"{FIRST}/owner": {"name": "Alder Therapeutics"}})
    assert not seen("SC-22", tree, applicant=APPLICANT)
    assert seen("SC-22", tree, applicant=Applicant("Northfield Bioworks", "cdmo"))
