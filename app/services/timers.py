"""Things to be done at an instant: set in the transaction that causes them, computed from the live state when due."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import exact_json
from app.store import deliveries
from app.store.deliveries import Due

KIND = "timer"


async def start(
    db: AsyncConnection, name: str, facts: Mapping[str, Any], at: datetime, now: datetime, *, once: str
) -> None:
    """Has the timer `name` run at `at`, once for this key. The facts are ids: what they stand for may change."""
    payload = exact_json.stored({"name": name, "facts": dict(facts)})
    await deliveries.put(db, [Due(KIND, payload, lane=KIND, once=f"{KIND}:{once}", run_at=at)], now)


async def cancel(db: AsyncConnection, once: str, now: datetime) -> bool:
    """Takes a timer back; False where it has run, is running or was never set."""
    return await deliveries.cancel(db, f"{KIND}:{once}", now)


def opened(payload: str) -> tuple[str, dict[str, Any]]:
    """Name and facts of a queued timer."""
    tree = exact_json.decode(payload)
    return tree["name"], tree["facts"]
