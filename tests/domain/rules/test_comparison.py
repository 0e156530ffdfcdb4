"""What a claim of equivalent or superior quality rests on."""

from decimal import Decimal

import pytest

from tests.domain.rules.given_content import GONE, adequate, changed, finding, judged, seen

CLAIM = "/content/criteria/quality/claim"
ITEM = "scalability/evidence/0/comparison"
AT = f"/content/{ITEM}"


def arms(**members):
    return {f"{ITEM}/{name}": exact(value) for name, value in members.items()}


def exact(value):
    return Decimal(value) if isinstance(value, str) and value[-1].isdigit() else value


def superior(**members):
    return {"criteria/quality/claim": "superior", f"{ITEM}/claim": "superior", **arms(**members)}


UNCOUNTED = arms(n_method=None)

ROWS = [
    ("SC-09", "early", {ITEM: GONE}, {(CLAIM, "weakens")}),
    ("SC-09", "pilot", {ITEM: GONE}, {(CLAIM, "blocks")}),
    ("SC-09", "pilot", {ITEM: GONE, "criteria/quality": GONE}, set()),
    ("SC-09", "pilot", {f"{ITEM}/conventional_process": GONE}, {(AT, "blocks")}),
    ("SC-09", "pilot", {f"{ITEM}/margin": GONE}, {(AT, "blocks")}),
    ("SC-09", "pilot", {f"{ITEM}/margin": 0}, {(AT, "blocks")}),
    ("SC-09", "early", {f"{ITEM}/margin_rationale": GONE}, {(AT, "weakens")}),
    ("SC-09", "pilot", UNCOUNTED, {(AT, "blocks")}),
    ("SC-09", "pilot", {**UNCOUNTED, f"{ITEM}/ci90": [Decimal("-0.7"), Decimal("1.1")]}, set()),
    ("SC-09", "pilot", {**UNCOUNTED, f"{ITEM}/ci90": [Decimal("-0.7"), Decimal("2.0")]}, {(AT, "blocks")}),
    ("SC-09", "pilot", arms(margin="0.5"), {(AT, "blocks")}),
    ("SC-09", "pilot", arms(claim=None), set()),
    ("SC-09", "pilot", superior(mean_method="103.0", difference="3.0"), set()),
    ("SC-09", "pilot", superior(), {(AT, "blocks")}),
    ("SC-09", "pilot", superior(better="lower", mean_method="97.0", difference="-3.0"), set()),
    ("SC-09", "pilot", superior(better=None), {(AT, "blocks")}),
    ("SC-09", "pilot", {"criteria/quality/claim": "superior"}, {(CLAIM, "blocks")}),
    ("SC-09", "pilot", arms(difference="0.4"), {(f"{AT}/difference", "hint")}),
    ("SC-09", "pilot", {f"{ITEM}/ci90": [Decimal("-0.1"), Decimal("0.5")]}, {(f"{AT}/ci90", "hint")}),
    ("SC-09", "pilot", {f"{ITEM}/ci90": [Decimal("-0.69"), Decimal("1.09")]}, set()),
]


@pytest.mark.parametrize(("rule", "phase", "changes", "expected"), ROWS)
def test_the_comparison_rule_finds_what_the_row_says(rule, phase, changes, expected):
    assert seen(rule, changed(adequate(phase), changes)) == expected


def test_the_interval_is_recomputed_and_shown_beside_the_stated_one():
    (entry,) = judged(changed(adequate(), {f"{ITEM}/ci90": [-1, 2]})).computed["equivalence"]
    assert entry["recomputed"]
    assert entry["stated"]["ci90"] == [-1, 2]
    # by scipy: Welch, 30 and 30, sds 2.0 and 2.1, difference 0.2
    assert [round(end, 4) for end in entry["ci90"]] == [Decimal("-0.6851"), Decimal("1.0851")]
    assert entry["equivalent"] is True


def test_a_design_other_than_two_arms_is_reported_as_not_recomputed():
    (entry,) = judged(changed(adequate(), {**UNCOUNTED, f"{ITEM}/ci90": [-1, 1]})).computed["equivalence"]
    assert (entry["recomputed"], entry["ci90"], entry["equivalent"]) == (False, None, True)


def test_a_claim_that_is_not_carried_shows_margin_and_interval():
    found = finding("SC-09", changed(adequate("pilot"), arms(margin="0.5")))
    assert (found.stated, round(found.computed.high, 2)) == (Decimal("0.5"), Decimal("1.09"))
