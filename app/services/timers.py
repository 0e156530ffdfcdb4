"""Things to be done at an instant: set in the transaction that causes them, computed from the live state when due."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import exact_json
from app.store import deliveries
from app.store.deliveries import Due

KIND = "timer"


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer to be set. The facts are ids: what they stand for may change."""

    name: str
    facts: Mapping[str, Any]
    at: datetime
    once: str

    @property
    def due(self) -> Due:
        return replace(at_once(self.name, self.facts), once=f"{KIND}:{self.once}", run_at=self.at)


def at_once(name: str, facts: Mapping[str, Any]) -> Due:
    """What is to be done right after the commit, for callers that are sure to ask for it only once."""
    return Due(KIND, exact_json.stored({"name": name, "facts": dict(facts)}), lane=KIND)


async def start(
    db: AsyncConnection, name: str, facts: Mapping[str, Any], at: datetime, now: datetime, *, once: str
) -> None:
    """Has the timer `name` run at `at`, once for this key."""
    await start_all(db, [Timer(name, facts, at, once)], now)


async def start_all(db: AsyncConnection, started: Iterable[Timer], now: datetime) -> None:
    """Sets them in one statement."""
    await deliveries.put(db, [each.due for each in started], now)


async def cancel(db: AsyncConnection, once: str, now: datetime) -> bool:
    """Takes a timer back; False where it has run, is running or was never set."""
    return await deliveries.cancel(db, f"{KIND}:{once}", now)


def opened(payload: str) -> tuple[str, dict[str, Any]]:
    """Name and facts of a queued timer."""
    tree = exact_json.decode(payload)
    return tree["name"], tree["facts"]
