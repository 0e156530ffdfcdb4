"""What is counted in words: one day is no days."""

import pytest

from app.domain.wording import version_of, worded

WORDS = {"number": "AMT-2026-00001", "link": "http://t/x", "round": "1"}
DATES = {"due": "2026-12-31", "reply_by": "2026-12-31"}


@pytest.mark.parametrize("template", ["due_soon", "overdue", "reply_reminder"])
@pytest.mark.parametrize(
    ("days", "counted", "wrong"), [("1", "1 day", "1 days"), ("0", "", "0 day"), ("30", "30 days", "30 day ")]
)
def test_one_day_is_told_as_one(template, days, counted, wrong):
    if (template, days) == ("overdue", "0"):
        return  # it is overdue from the day after
    said = worded(template, {**WORDS, **DATES, "days": days}, version_of(template))
    told = f"{said.subject}\n{said.text}"
    assert counted in told
    assert wrong not in told


def test_the_subjects_of_reminders_read_as_people_write():
    asked = [("due_soon", "1"), ("due_soon", "14"), ("due_soon", "0"), ("overdue", "1"), ("overdue", "2")]
    subjects = {
        worded(template, {**WORDS, **DATES, "days": days}, version_of(template)).subject
        for template, days in asked
    }
    assert subjects == {
        "AMT-2026-00001: due in 1 day",
        "AMT-2026-00001: due in 14 days",
        "AMT-2026-00001: due today",
        "AMT-2026-00001: overdue by 1 day",
        "AMT-2026-00001: overdue by 2 days",
    }
