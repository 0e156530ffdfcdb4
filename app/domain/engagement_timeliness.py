"""How timely engagements are: counts, medians and shares on time by format, beside the program's own targets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any, Final, get_args

from app.domain.engagement_lifecycle import EngagementState
from app.domain.vocabulary import EngagementFormat

PLACES: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Days:
    """The days of one engagement: what was meant, and what came of it."""

    format: EngagementFormat
    state: EngagementState
    received_on: date
    decide_by: date
    meet_by: date
    decided_on: date | None
    held_on: date | None


def of_one(each: Days) -> dict[str, int | bool | None]:
    """In how many days it was decided and held, and whether by its targets; nothing before it was."""
    return {
        "decided_in_days": _days(each.received_on, each.decided_on),
        "on_time": None if each.decided_on is None else each.decided_on <= each.decide_by,
        "held_in_days": _days(each.received_on, each.held_on),
        "held_on_time": None if each.held_on is None else each.held_on <= each.meet_by,
    }


def _days(first: date, last: date | None) -> int | None:
    return None if last is None else (last - first).days


def by_format(found: Sequence[Days], today: date) -> list[dict[str, Any]]:
    """A row for each format, and one for all of them."""
    rows = [
        {"format": format, **_told([each for each in found if each.format == format], today)}
        for format in get_args(EngagementFormat)
    ]
    return [*rows, {"format": "all", **_told(found, today)}]


def _told(found: Sequence[Days], today: date) -> dict[str, Any]:
    """Late counts what is still undecided after its day too, or the share would be better the more is left lying."""
    decided = [each for each in found if each.decided_on is not None]
    held = [each for each in found if each.held_on is not None]
    overdue = [each for each in found if each.state is EngagementState.REQUESTED and each.decide_by < today]
    in_time = sum(each.decided_on <= each.decide_by for each in decided if each.decided_on is not None)
    met = sum(each.held_on <= each.meet_by for each in held if each.held_on is not None)
    return {
        "received": len(found),
        "decided": len(decided),
        "declined": sum(each.state is EngagementState.DECLINED for each in found),
        "withdrawn": sum(each.state is EngagementState.WITHDRAWN for each in found),
        "held": len(held),
        "overdue": len(overdue),
        "median_days_to_decision": _median(_days(each.received_on, each.decided_on) for each in decided),
        "decided_on_time": _share(in_time, len(decided) + len(overdue)),
        "median_days_to_meeting": _median(_days(each.received_on, each.held_on) for each in held),
        "held_on_time": _share(met, len(held)),
    }


def _median(days: Iterable[int | None]) -> Decimal | None:
    known = [Decimal(each) for each in days if each is not None]
    return median(known) if known else None


def _share(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) / Decimal(whole)).quantize(PLACES) if whole else None
