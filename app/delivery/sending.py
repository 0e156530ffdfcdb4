"""What every kind of delivery has in common: a sender, and the outcomes in which an attempt can end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.deliveries import Claimed


@dataclass(frozen=True, slots=True)
class Delivered:
    """Done; the row's payload is emptied."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Failed this time; `at` where the peer said when to come back, else by the table. No secrets in the reason."""

    reason: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Dead:
    """Will never succeed; kept for a person to see and to revive."""

    reason: str


@dataclass(frozen=True, slots=True)
class Settled:
    """The sender has settled the row itself, in the transaction of what it did."""


Outcome: TypeAlias = Delivered | Retry | Dead | Settled
Outcomes: TypeAlias = Sequence[tuple[Claimed, Outcome]]


class Sender(Protocol):
    """Carries out one kind of delivery. What it raises is a Retry by the name of its type."""

    limit: timedelta  # an attempt that takes longer is cut off and has failed

    async def send(self, claimed: Claimed) -> Outcome:
        """One attempt, outside any transaction; the same row may come again with the same id."""

    async def note(self, db: AsyncConnection, outcomes: Outcomes) -> None:
        """Writes what the outcomes mean for other tables, in the transaction that settles them."""
