"""The test clock: real time, and how far a call has moved it ahead. Production has none."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Flaw, Invalid
from app.store import test_clock
from app.store.database import Database

FURTHEST: Final = timedelta(days=400)  # that one call moves it


class StoreIsAhead(Exception):
    """A store whose clock was moved lives in the future: on real time its records would go backwards."""

    def __init__(self) -> None:
        super().__init__(
            "The test clock of this store was moved, so real time would date new records before older ones. "
            "Serve it with AMTDP_TEST_CLOCK=true, or take another store."
        )


class MovedClock:
    """Goes on like the real clock it is given, ahead of it; while it is being moved it stands still."""

    def __init__(self, real: Callable[[], datetime]) -> None:
        self.real = real
        self.ahead = timedelta(0)
        self._held: datetime | None = None

    def __call__(self) -> datetime:
        return self.real() + self.ahead if self._held is None else self._held

    def resume(self, ahead: timedelta) -> None:
        """Takes up where the store says it was."""
        self.ahead = max(self.ahead, ahead)

    def stand(self) -> datetime:
        """Goes no further by itself; where it stands."""
        self._held = self()
        return self._held

    def leap(self, to: datetime) -> None:
        """From where it stands to an instant that is not before."""
        if self._held is None or to < self._held:
            raise ValueError("time does not go backwards")
        self._held, self.ahead = to, to - self.real()

    def go_on(self) -> None:
        """Goes on from where it stands."""
        if self._held is not None:
            self.ahead = self._held - self.real()
            self._held = None


@dataclass(frozen=True, slots=True)
class Moved:
    """From where to where, whether that is where it was to go, and how often what kind of thing was done on the way."""

    begun: datetime
    now: datetime
    reached: bool
    did: Mapping[str, int] = field(default_factory=Counter)


class Mover(Protocol):
    async def move(self, way: datetime | timedelta) -> Moved:
        """Lets time pass up to an instant, or for so long. Raises Conflict while another call does so."""


async def take_up(database: Database, now: Callable[[], datetime]) -> None:
    """Sets the clock as the store has it. Raises StoreIsAhead where this clock cannot be set."""
    async with database.reading() as db:
        ahead = await test_clock.ahead(db)
    if isinstance(now, MovedClock):
        now.resume(ahead)
    elif ahead:
        raise StoreIsAhead


async def time_of(db: AsyncConnection, real: datetime) -> datetime:
    """The present by the clock of a store, for commands, which run beside the process that serves it."""
    return real + await test_clock.ahead(db)


def check(way: datetime | timedelta, now: datetime) -> None:
    """Raises Invalid where time would go backwards, or further than a call may move it."""
    by = way if isinstance(way, timedelta) else way - now
    pointer = "/days" if isinstance(way, timedelta) else "/to"
    if by < timedelta(0):
        raise Invalid(flaws=[Flaw(pointer, "goes-backwards", "Time does not go backwards.")])
    if by > FURTHEST:
        raise Invalid(flaws=[Flaw(pointer, "too-far", f"One call moves it {FURTHEST.days} days at most.")])
