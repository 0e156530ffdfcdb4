"""The program's calendar: New York civil dates, the statutory day, federal holidays, milestones, alert days.

All days are calendar days counted from the receipt day, which is day 0 (21 U.S.C. 356l(c)(2)). No function
reads a clock.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

PROGRAM_ZONE: Final = ZoneInfo("America/New_York")
STATUTORY_DAYS: Final = 180
SUNSET: Final = date(2032, 10, 1)
SUNSET_WARNING_FROM: Final = date(2032, 4, 1)

# internal targets of the program, shown to staff only; none of them is law
MILESTONES: Final = {
    "intake": 14,
    "assignment": 21,
    "first_questions": 60,
    "last_questions": 120,
    "recommendation": 150,
    "sign_off": 170,
}
ALERT_DAYS_BEFORE_DUE: Final = (30, 14, 7, 3, 1)
REMINDER_DAYS_BEFORE_REPLY: Final = (7, 1)

LAST_DAY_FOR_QUESTIONS: Final = 150  # a reply date after it needs a reason
REVIEW_DAYS_AFTER_SET_ASIDE: Final = 60  # the program's own target, where none is named
MOST_DAYS_AFTER_SET_ASIDE: Final = (
    730  # a target beyond it is a slip of the pen, and may have no day after it
)

_SATURDAY: Final = 5
_SUNDAY: Final = 6
_MONDAY: Final = 0
_THURSDAY: Final = 3
_JUNETEENTH_FROM: Final = 2021


def civil_date(instant: datetime) -> date:
    """The New York date on which an instant falls. Raises ValueError for an instant without a zone."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return instant.astimezone(PROGRAM_ZONE).date()


def start_of(day: date) -> datetime:
    """The instant, in UTC, at which a New York day begins; its end is the start of the next."""
    return datetime.combine(day, time.min, tzinfo=PROGRAM_ZONE).astimezone(UTC)


def end_of(day: date) -> datetime:
    """24:00 New York of a day, as an instant in UTC: a reply is in time before it."""
    return start_of(day + timedelta(days=1))


def statutory_due_on(received_on: date) -> date:
    """Receipt day + 180 calendar days.

    Source: 21 U.S.C. 356l(c)(2), which has no roll over a weekend, no stop and no extension.
    """
    return received_on + timedelta(days=STATUTORY_DAYS)


def internal_target_on(due_on: date) -> date:
    """The last business day on or before a due date: the program's own target."""
    day = due_on
    while not is_business_day(day):
        day -= timedelta(days=1)
    return day


def day_number(received_on: date, on: date) -> int:
    """Which day of the clock a date is; the receipt day is 0."""
    return (on - received_on).days


def days_left(due_on: date, on: date) -> int:
    """Days until a due date; negative once it has passed."""
    return (due_on - on).days


def milestones(received_on: date) -> dict[str, date]:
    """The internal milestone dates of a request received on a day."""
    return {name: received_on + timedelta(days=days) for name, days in MILESTONES.items()}


def alert_is_due(due_on: date, on: date) -> bool:
    """Whether staff are alerted on a day: 30, 14, 7, 3 and 1 days before, and daily once overdue."""
    left = days_left(due_on, on)
    return left < 0 or left in ALERT_DAYS_BEFORE_DUE


def alert_dates(due_on: date) -> tuple[date, ...]:
    """The days before a due date on which staff are alerted, earliest first."""
    return tuple(due_on - timedelta(days=days) for days in ALERT_DAYS_BEFORE_DUE)


def reminder_dates(reply_by: date) -> tuple[date, ...]:
    """The days before a reply date on which the applicant is reminded, earliest first."""
    return tuple(reply_by - timedelta(days=days) for days in REMINDER_DAYS_BEFORE_REPLY)


def filed_before_sunset(received_on: date) -> bool:
    """Whether a request of a day can be considered: to 1 October 2032. Source: 21 U.S.C. 356l(f)."""
    return received_on <= SUNSET


def is_business_day(day: date) -> bool:
    """Neither a weekend nor a legal public holiday as federal offices observe it."""
    return day.weekday() < _SATURDAY and day not in federal_holidays(day.year)


@lru_cache(maxsize=64)
def federal_holidays(year: int) -> frozenset[date]:
    """The days of a year on which federal offices are closed for a holiday.

    Source: 5 U.S.C. 6103(a), and subsection (b) with Executive Order 11582 for the day observed when one
    falls on a weekend. Inauguration Day (6103(c)) is left out: it closes offices in the Washington area only.
    New Year's Day of the next year is observed in this one when it falls on a Saturday.
    """
    fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25), date(year + 1, 1, 1)]
    if year >= _JUNETEENTH_FROM:
        fixed.append(date(year, 6, 19))
    moving = [
        _nth(year, 1, _MONDAY, 3),
        _nth(year, 2, _MONDAY, 3),
        _nth(year, 6, _MONDAY, 1) - timedelta(days=7),  # the last Monday of May
        _nth(year, 9, _MONDAY, 1),
        _nth(year, 10, _MONDAY, 2),
        _nth(year, 11, _THURSDAY, 4),
    ]
    return frozenset(day for day in (*map(_observed, fixed), *moving) if day.year == year)


def _observed(day: date) -> date:
    shift = {_SATURDAY: -1, _SUNDAY: 1}.get(day.weekday(), 0)
    return day + timedelta(days=shift)


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))
