"""The calendar against a day-by-day model, and against days known from an almanac."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import calendars

NEW_YORK = ZoneInfo("America/New_York")
days = st.dates(date(2025, 1, 1), date(2033, 12, 31))
instants = st.integers(0, 9 * 366 * 86400).map(
    lambda s: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=s)
)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-01-15T04:59:59Z", "2026-01-14"),  # 23:59:59 in New York
        ("2026-01-15T05:00:00Z", "2026-01-15"),  # 00:00
        ("2026-07-15T03:59:59Z", "2026-07-14"),  # the same under daylight saving time
        ("2026-07-15T04:00:00Z", "2026-07-15"),
        ("2026-03-08T06:59:59Z", "2026-03-08"),  # the second before the clocks go forward
        ("2026-03-09T03:59:59Z", "2026-03-08"),  # the short day's last second
        ("2026-11-02T04:59:59Z", "2026-11-01"),  # the long day's last second
        ("2028-02-29T12:00:00Z", "2028-02-29"),
        ("2032-10-02T03:59:59Z", "2032-10-01"),  # the last second in which a request can be filed
        ("2026-06-30T22:00:00-07:00", "2026-07-01"),
    ],
)
def test_an_instant_falls_on_its_new_york_date(instant, day):
    assert calendars.civil_date(datetime.fromisoformat(instant)) == date.fromisoformat(day)


def test_an_instant_without_a_zone_has_no_date():
    with pytest.raises(ValueError, match="zone"):
        calendars.civil_date(datetime(2026, 1, 1))  # noqa: DTZ001 - the point of the test


@given(instants)
def test_a_day_holds_the_instants_between_its_start_and_its_end(instant):
    day = calendars.civil_date(instant)
    assert calendars.start_of(day) <= instant < calendars.end_of(day)


@given(instants, st.integers(-14, 14))
def test_the_zone_an_instant_is_written_in_does_not_matter(instant, hours):
    elsewhere = instant.astimezone(timezone(timedelta(hours=hours)))
    assert calendars.civil_date(elsewhere) == calendars.civil_date(instant)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-08", 23), ("2026-11-01", 25), ("2026-06-01", 24)])
def test_days_of_a_clock_change_have_their_own_length(day, hours):
    start, end = calendars.start_of(date.fromisoformat(day)), calendars.end_of(date.fromisoformat(day))
    assert end - start == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("received", "due", "target"),
    [
        ("2026-01-15", "2026-07-14", "2026-07-14"),
        ("2026-03-02", "2026-08-29", "2026-08-28"),  # a Saturday
        ("2026-01-05", "2026-07-04", "2026-07-02"),  # a Saturday; Independence Day is observed on the Friday
        ("2025-06-29", "2025-12-26", "2025-12-26"),
        ("2027-09-04", "2028-03-02", "2028-03-02"),  # over a leap day
        ("2027-07-05", "2028-01-01", "2027-12-30"),  # New Year's Day observed in the old year
        ("2026-05-30", "2026-11-26", "2026-11-25"),  # Thanksgiving
    ],
)
def test_the_due_date_is_day_180_and_the_target_the_last_business_day(received, due, target):
    due_on = calendars.statutory_due_on(date.fromisoformat(received))
    assert due_on == date.fromisoformat(due)
    assert calendars.internal_target_on(due_on) == date.fromisoformat(target)


@given(days)
def test_the_due_date_is_reached_by_walking_180_days(received):
    day = received
    for number in range(181):
        assert calendars.day_number(received, day) == number
        assert calendars.days_left(calendars.statutory_due_on(received), day) == 180 - number
        last, day = day, day + timedelta(days=1)
    assert last == calendars.statutory_due_on(received)


@given(instants)
def test_day_180_lies_180_midnights_ahead_even_when_the_clocks_change(instant):
    received = calendars.civil_date(instant)
    noon = datetime(received.year, received.month, received.day, 12, tzinfo=NEW_YORK)
    assert (noon + timedelta(days=180)).date() == calendars.statutory_due_on(received)


@given(days)
def test_the_target_is_the_first_business_day_met_walking_back(due):
    target = calendars.internal_target_on(due)
    assert target <= due
    assert calendars.is_business_day(target)
    between = (target + timedelta(days=n) for n in range(1, (due - target).days + 1))
    assert not any(calendars.is_business_day(day) for day in between)


ALMANAC = {
    2026: "01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25",
    2027: "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31",
    2028: "01-17 02-21 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25",
    2029: "01-01 01-15 02-19 05-28 06-19 07-04 09-03 10-08 11-12 11-22 12-25",
}


@pytest.mark.parametrize("year", ALMANAC)
def test_federal_holidays_are_those_of_the_almanac(year):
    listed = {date.fromisoformat(f"{year}-{day}") for day in ALMANAC[year].split()}
    assert calendars.federal_holidays(year) == listed


def model_holidays(year: int) -> set[date]:
    """Day by day: which weekday, which week of the month, which neighbour is a holiday on a weekend."""
    fixed = {(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)}
    nth_monday = {1: 3, 2: 3, 9: 1, 10: 2}
    found = set()
    day = date(year, 1, 1)
    while day.year == year:
        week = (day.day + 6) // 7
        tomorrow, yesterday = day + timedelta(days=1), day - timedelta(days=1)
        if (
            ((day.month, day.day) in fixed and day.weekday() < 5)
            or (day.weekday() == 4 and (tomorrow.month, tomorrow.day) in fixed)
            or (day.weekday() == 0 and (yesterday.month, yesterday.day) in fixed)
            or (day.weekday() == 0 and nth_monday.get(day.month) == week)
            or (day.weekday() == 0 and day.month == 5 and (day + timedelta(days=7)).month == 6)
            or (day.weekday() == 3 and day.month == 11 and week == 4)
        ):
            found.add(day)
        day = tomorrow
    return found


@pytest.mark.parametrize("year", range(2022, 2062))
def test_federal_holidays_match_a_day_by_day_model(year):
    assert calendars.federal_holidays(year) == model_holidays(year)


def test_inauguration_day_and_juneteenth_before_its_law_are_business_days():
    assert calendars.is_business_day(date(2028, 6, 20))
    assert calendars.is_business_day(date(2029, 1, 19))
    assert calendars.is_business_day(date(2037, 1, 20))  # an inauguration, a Tuesday
    assert calendars.is_business_day(date(2020, 6, 19))


def test_milestones_are_counted_from_the_receipt_day():
    received = date(2026, 1, 15)
    offsets = {name: (day - received).days for name, day in calendars.milestones(received).items()}
    assert offsets == {
        "intake": 14,
        "assignment": 21,
        "first_questions": 60,
        "last_questions": 120,
        "recommendation": 150,
        "sign_off": 170,
    }


@given(days, st.integers(-60, 400))
def test_staff_are_alerted_on_the_named_days_and_daily_once_overdue(due, offset):
    on = due + timedelta(days=offset)
    expected = offset > 0 or -offset in {30, 14, 7, 3, 1}
    assert calendars.alert_is_due(due, on) is expected
    if offset <= 0:
        assert (on in calendars.alert_dates(due)) is expected


def test_reminders_come_seven_days_and_one_day_before_a_reply_date():
    assert calendars.reminder_dates(date(2026, 12, 20)) == (date(2026, 12, 13), date(2026, 12, 19))


def test_a_request_can_be_filed_to_the_end_of_the_first_of_october_2032():
    assert calendars.filed_before_sunset(calendars.civil_date(datetime(2032, 10, 2, 3, 59, 59, tzinfo=UTC)))
    assert not calendars.filed_before_sunset(calendars.civil_date(datetime(2032, 10, 2, 4, tzinfo=UTC)))
