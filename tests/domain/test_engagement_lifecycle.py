"""The table of an engagement, tested as a table; and how timely engagements are, as numbers."""

from datetime import date
from decimal import Decimal

import pytest

from app.domain.engagement_lifecycle import FINAL, TRANSITIONS, WAITING, WORKFLOW, EngagementState
from app.domain.engagement_timeliness import Days, by_format, of_one
from app.domain.engagements import Targets
from app.domain.policy import GRANTS, PROGRAM_PERMISSIONS

S = EngagementState


def test_every_state_can_be_reached_and_nothing_leaves_a_final_one():
    reached = {WORKFLOW.initial}
    for _ in S:
        reached |= {each.target for each in TRANSITIONS.values() if each.sources & reached}
    assert reached == set(S) == set(WORKFLOW.states)
    assert not any(each.sources & FINAL for each in TRANSITIONS.values())
    assert not FINAL & WAITING


@pytest.mark.parametrize("transition", TRANSITIONS.values(), ids=lambda each: each.name)
def test_a_transition_is_one_sides_alone_and_someone_there_may_make_it(transition):
    sides = {each in PROGRAM_PERMISSIONS for each in transition.permissions}
    assert len(sides) == 1
    assert any(transition.permissions & granted for granted in GRANTS.values())
    assert transition.summary.endswith(".")


def test_targets_count_from_the_day_of_receipt():
    targets = Targets(60, 90, 30)
    assert targets.decide_by(date(2026, 1, 1)) == date(2026, 3, 2)
    assert targets.meet_by(date(2026, 1, 1)) == date(2026, 4, 1)


def _days(format="CATT", state=S.CLOSED, decided=None, held=None):
    day = lambda n: None if n is None else date(2026, 1, 1 + n)  # noqa: E731
    return Days(format, state, day(0), day(10), day(20), day(decided), day(held))


@pytest.mark.parametrize(
    ("decided", "held", "told"),
    [
        (None, None, (None, None, None, None)),
        (10, None, (10, True, None, None)),
        (11, 20, (11, False, 20, True)),
        (0, 21, (0, True, 21, False)),
    ],
)
def test_an_engagement_is_on_time_up_to_the_day_itself(decided, held, told):
    assert tuple(of_one(_days(decided=decided, held=held)).values()) == told


def test_what_is_overdue_counts_as_late():
    found = [
        _days(decided=4, held=18),
        _days(decided=9, held=30),
        _days(decided=12, state=S.DECLINED),
        _days(state=S.REQUESTED),
        _days(state=S.WITHDRAWN),
        _days("ETP", decided=3),
    ]
    etp, catt, joint, all_of_them = by_format(found, date(2026, 2, 1))
    assert [each["format"] for each in (etp, catt, joint, all_of_them)] == ["ETP", "CATT", "joint", "all"]
    assert catt == {
        "format": "CATT",
        "received": 5,
        "decided": 3,
        "declined": 1,
        "withdrawn": 1,
        "held": 2,
        "overdue": 1,
        "median_days_to_decision": Decimal(9),
        "decided_on_time": Decimal("0.5000"),
        "median_days_to_meeting": Decimal(24),
        "held_on_time": Decimal("0.5000"),
    }
    assert joint["median_days_to_decision"] is None
    assert joint["decided_on_time"] is None
    assert all_of_them["received"] == 6
    on_its_day = by_format(found, date(2026, 1, 11))[1]
    assert on_its_day["overdue"] == 0
