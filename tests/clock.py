"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)


class Clock:
    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


class Ticking(Clock):
    """One that goes on a little with every look at it, as a real one does."""

    def __call__(self) -> datetime:
        self.move(microseconds=1)
        return self.at
