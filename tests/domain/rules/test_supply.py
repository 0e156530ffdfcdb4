"""What a claimed improvement adds up to."""

from decimal import Decimal

import pytest

from tests.domain.rules.given_content import GONE, adequate, case, changed, finding, judged, seen

TIME, SUPPLY = "criteria/improvements/0", "criteria/improvements/1"
T, S = f"/content/{TIME}", f"/content/{SUPPLY}"


def claim(value, unit="kg/a"):
    return {f"{SUPPLY}/claimed_supply": {"value": value, "unit": unit}}


def entry(listed="2026-01-05", snapshot="2026-05-01"):
    return {f"{SUPPLY}/shortage_entry": {"listed_on": listed, "snapshot_on": snapshot}}


ROWS = [
    ("SC-18", "early", {f"{SUPPLY}/capacity": GONE}, {(f"{S}/capacity", "weakens")}),
    ("SC-18", "pilot", {f"{SUPPLY}/capacity/yield": GONE}, {(f"{S}/capacity", "weakens")}),
    ("SC-18", "pre_commercial", {f"{SUPPLY}/capacity/rate": {"value": 5}}, {(f"{S}/capacity", "blocks")}),
    ("SC-18", "commercial", {f"{SUPPLY}/claimed_supply": GONE}, {(f"{S}/claimed_supply", "blocks")}),
    ("SC-18", "early", claim(40_000), {(f"{S}/claimed_supply", "weakens")}),
    ("SC-18", "commercial", claim(31_300), {(f"{S}/claimed_supply", "blocks")}),
    ("SC-18", "commercial", claim(31_200), set()),
    ("SC-18", "commercial", claim(28_400), set()),
    ("SC-18", "commercial", claim(28_300), {(f"{S}/claimed_supply", "blocks")}),
    ("SC-18", "commercial", claim(29_792, "kg"), set()),
    ("SC-18", "commercial", claim(Decimal("29.792"), "t/a"), set()),
    ("SC-18", "commercial", claim(Decimal("81.57"), "kg/d"), set()),
    ("SC-18", "commercial", claim(29_792, "L/a"), {(f"{S}/claimed_supply", "blocks")}),
    ("SC-18", "commercial", claim(29_792, "kilo"), {(f"{S}/claimed_supply", "blocks")}),
    ("SC-18", "early", {f"{SUPPLY}/demand/source": GONE}, {(f"{S}/demand/source", "weakens")}),
    ("SC-18", "early", {f"{SUPPLY}/demand": GONE}, {(f"{S}/demand/source", "weakens")}),
    ("SC-18", "commercial", {SUPPLY: {"ground": "other", "claim": "Less waste"}}, set()),
    ("SC-19", "early", {f"{SUPPLY}/shortage_entry": GONE}, {(f"{S}/shortage_entry", "blocks")}),
    ("SC-19", "early", {f"{SUPPLY}/shortage_entry": GONE, f"{SUPPLY}/not_listed_because": "Withheld"}, set()),
    ("SC-19", "commercial", entry(listed=None), {(f"{S}/shortage_entry/listed_on", "blocks")}),
    ("SC-19", "early", entry(snapshot=None), {(f"{S}/shortage_entry/snapshot_on", "blocks")}),
    ("SC-19", "early", {f"{SUPPLY}/shortage_entry": GONE, f"{SUPPLY}/ground": "critical_drug_supply"}, set()),
    ("SC-20", "early", {f"{TIME}/baseline": []}, {(f"{T}/baseline", "blocks")}),
    ("SC-20", "early", {f"{TIME}/proposed": []}, {(f"{T}/proposed", "blocks")}),
    ("SC-20", "commercial", {f"{TIME}/baseline/0/source": GONE}, {(f"{T}/baseline/0/source", "blocks")}),
    ("SC-20", "early", {f"{TIME}/proposed/0/days": GONE}, {(f"{T}/proposed/0/days", "blocks")}),
    ("SC-20", "early", {f"{TIME}/proposed/0/activity": GONE}, {(f"{T}/proposed/0/activity", "blocks")}),
    ("SC-20", "early", {f"{TIME}/proposed/0/days": 200}, {(f"{T}/proposed", "blocks")}),
    ("SC-20", "early", {f"{TIME}/proposed/0/days": Decimal("199.5")}, set()),
    ("SC-20", "early", {TIME: {"ground": "other", "claim": "Less waste"}}, set()),
]


@pytest.mark.parametrize(("rule", "phase", "changes", "expected"), ROWS)
def test_an_improvement_rule_finds_what_the_row_says(rule, phase, changes, expected):
    assert seen(rule, changed(adequate(phase), changes)) == expected


def test_a_published_robot_makes_less_than_is_claimed():
    """2024 preparations in 78 hours: 25.9 an hour, 51,900 in 2000 hours; 60,000 is 16 % too high."""
    capacity = {
        "lines": 1,
        "hours_per_year": 2000,
        "uptime": 1,
        "rate": {"value": Decimal("25.949"), "unit": "{unit}/h"},
        "yield": 1,
        "first_pass_success": 1,
    }
    tree = changed(adequate(), {f"{SUPPLY}/capacity": capacity, **claim(60_000, "{unit}/a")})
    found = finding("SC-18", tree)
    assert (found.stated.value, found.computed.value) == (60_000, 51_898)
    assert judged(tree).computed["capacity"]["agrees"] is False


def test_a_supply_without_its_factors_neither_agrees_nor_disagrees():
    (one,) = case(changed(adequate(), {f"{SUPPLY}/capacity": GONE})).supplies
    assert one.agrees(Decimal("0.05")) is None
    assert judged(changed(adequate(), {f"{SUPPLY}/capacity": GONE})).computed["capacity"] is None


def test_the_schedule_is_added_up_activity_by_activity():
    more = {f"{TIME}/baseline/1": {"activity": "Transfer", "days": Decimal("50.5"), "source": "Own projects"}}
    schedule = judged(changed(adequate(), more)).computed["schedule"]
    assert schedule["baseline_days"] == Decimal("250.5")
    assert schedule["saved_days"] == Decimal("150.5")
