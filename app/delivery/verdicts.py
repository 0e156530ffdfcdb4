"""What an answer means for a delivery. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from app.delivery.posting import Answer
from app.delivery.sending import Cancelled, Delivered, Outcome, Retry

FURTHEST: Final = timedelta(hours=24)  # that a receiver can put the next attempt off
GONE: Final = "gone"
REDIRECT: Final = "redirect-not-followed"
TOO_MANY: Final = "too-many-requests"
UNAVAILABLE: Final = "unavailable"
NOT_TAKEN: Final = "status-not-2xx"
# plain numbers: members of HTTPStatus cost more than all else here
SUCCESS, REDIRECTION, ANSWERED_GONE = range(200, 300), range(300, 400), 410
WAITING: Final = {429: TOO_MANY, 503: UNAVAILABLE}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome, and what the log says of it."""

    outcome: Outcome
    logged: str  # delivered | failed
    reason: str | None = None


TAKEN = Verdict(Delivered(), "delivered")


def verdict(answer: Answer, at: datetime) -> Verdict:
    """2xx is a success and nothing else is. 410 ends the delivery, with all that waits for its endpoint."""
    status = answer.status
    if status in SUCCESS:
        return TAKEN
    if status == ANSWERED_GONE:
        return Verdict(Cancelled(GONE), "failed", GONE)
    if status in REDIRECTION:
        return _again(REDIRECT)
    if status in WAITING:
        return _again(WAITING[status], not_before(answer.headers.get("Retry-After", ""), at))
    return _again(NOT_TAKEN)


def not_before(text: str, at: datetime) -> datetime | None:
    """The instant of a Retry-After (RFC 9110 10.2.3): seconds from now, or an HTTP date; at most FURTHEST away."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        # ten digits are more than three centuries
        return at + min(timedelta(seconds=int(text[:10])), FURTHEST)
    try:
        told = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    told = told.replace(tzinfo=UTC) if told.tzinfo is None else told
    return min(told, at + FURTHEST) if told > at else None


def _again(reason: str, at: datetime | None = None) -> Verdict:
    return Verdict(Retry(reason, at), "failed", reason)
