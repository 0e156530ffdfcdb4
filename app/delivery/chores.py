"""The sender of chores: what comes round by the clock, done by one worker a round however many there are."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from app.delivery.sending import Delivered, Outcome, Outcomes, Retry
from app.store import deliveries
from app.store.database import Database
from app.store.deliveries import Claimed, Due

KIND = "chore"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
House = TypeVar("House")


@dataclass(frozen=True, slots=True)
class Chore(Generic[House]):
    """Done once in each round of `every`; it can be repeated, and may have been cut off in the middle before."""

    every: timedelta
    act: Callable[[House, datetime], Awaitable[None]]
    ripe_at: Callable[[House, datetime], Awaitable[datetime | None]] | None = None  # when there is more to do


class Chores(Generic[House]):
    """A table of chores, and the house they are done in."""

    limit = timedelta(hours=1)

    def __init__(
        self,
        database: Database,
        table: Mapping[str, Chore[House]],
        house: House,
        now: Callable[[], datetime],
    ) -> None:
        self.database = database
        self.table = table
        self.house = house
        self.now = now
        self._queued: dict[str, int] = {}

    async def plan(self) -> None:
        """Queues each chore whose round has come; the key lets one of many workers do so."""
        now = self.now()
        rounds = {name: (now - EPOCH) // chore.every for name, chore in self.table.items()}
        new = {name: turn for name, turn in rounds.items() if self._queued.get(name) != turn}
        if not new:
            return
        due = [Due(KIND, name, lane=KIND, once=f"{KIND}:{name}:{turn}") for name, turn in new.items()]
        async with self.database.writing() as db:
            await deliveries.put(db, due, now)
        self._queued.update(new)

    async def next_round(self, now: datetime) -> datetime | None:
        """The next round in which one of them that knows will have something to do, for a clock that leaps there."""
        rounds = [
            _round_at_or_after(ripe_at, now, chore.every)
            for chore in self.table.values()
            if chore.ripe_at is not None and (ripe_at := await chore.ripe_at(self.house, now)) is not None
        ]
        return min(rounds, default=None)

    async def send(self, claimed: Claimed) -> Outcome:
        chore = self.table.get(claimed.payload)
        if chore is None:
            return Retry("no such chore here")
        await chore.act(self.house, self.now())
        return Delivered()

    async def note(self, db: AsyncConnection, outcomes: Outcomes) -> None:
        """A chore has written what there is to write."""


def _round_at_or_after(at: datetime, now: datetime, every: timedelta) -> datetime:
    """The beginning of a round; of one that is still to come."""
    begins = EPOCH - (EPOCH - at) // every * every
    return begins if begins > now else EPOCH + ((now - EPOCH) // every + 1) * every
