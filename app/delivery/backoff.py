"""When to try again: a table of waits, with jitter so that what failed together does not come back together."""

from datetime import datetime, timedelta
from random import Random

# after the n-th failed attempt (Standard Webhooks' recommended schedule)
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
JITTER = 0.2


def next_attempt(attempts: int, at: datetime, random: Random) -> datetime | None:
    """When to try after `attempts` tries have failed; None: given up."""
    if attempts > len(WAITS):
        return None
    return at + WAITS[attempts - 1] * random.uniform(1 - JITTER, 1 + JITTER)
