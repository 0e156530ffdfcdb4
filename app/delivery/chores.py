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

    async def send(self, claimed: Claimed) -> Outcome:
        chore = self.table.get(claimed.payload)
        if chore is None:
            return Retry("no such chore here")
        await chore.act(self.house, self.now())
        return Delivered()

    async def note(self, db: AsyncConnection, outcomes: Outcomes) -> None:
        """A chore has written what there is to write."""
