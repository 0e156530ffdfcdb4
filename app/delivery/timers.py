"""The sender of timers: what a timer does and that it has run are committed together, so it has effect once."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from app.delivery.sending import Outcome, Outcomes, Retry, Settled
from app.services import timers
from app.store import settlements
from app.store.database import Database
from app.store.deliveries import Claimed
from app.store.settlements import DONE, Ending

Act: TypeAlias = Callable[[AsyncConnection, Mapping[str, Any], datetime], Awaitable[None]]


class Timers:
    """Acts by name; each gets the facts it was set with and reads the rest from the live rows."""

    limit = timedelta(seconds=60)

    def __init__(self, database: Database, acts: Mapping[str, Act], now: Callable[[], datetime]) -> None:
        self.database = database
        self.acts = acts
        self.now = now

    async def send(self, claimed: Claimed) -> Outcome:
        name, facts = timers.opened(claimed.payload)
        act = self.acts.get(name)
        if act is None:
            return Retry(
                f"no timer {name} here"
            )  # set by a newer version: a worker of that version will come
        at = self.now()
        async with self.database.writing() as db:
            # first, since it locks the row: whoever is late finds that it is no longer theirs
            if await settlements.settle(db, [Ending(claimed, DONE)], at):
                await act(db, facts, at)
        return Settled()

    async def note(self, db: AsyncConnection, outcomes: Outcomes) -> None:
        """The act has written what there is to write."""
