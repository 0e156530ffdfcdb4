"""What every kind of delivery has in common: a sender, and the outcomes in which an attempt can end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias, runtime_checkable

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
class Cancelled:
    """Is not wanted any more, or may not be had any more; never tried again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Settled:
    """The sender has settled the row itself, in the transaction of what it did."""


Outcome: TypeAlias = Delivered | Retry | Dead | Cancelled | Settled
Outcomes: TypeAlias = Sequence[tuple[Claimed, Outcome]]


class Sender(Protocol):
    """Carries out one kind of delivery. What it raises is a Retry by the name of its type."""

    @property
    def limit(self) -> timedelta | None:
        """An attempt that takes longer is cut off and has failed; None: the sender sees to that itself."""

    async def send(self, claimed: Claimed) -> Outcome:
        """One attempt, outside any transaction; the same row may come again with the same id."""

    async def note(self, db: AsyncConnection, outcomes: Outcomes) -> None:
        """Writes what the outcomes mean for other tables, in the transaction that settles them."""


@runtime_checkable
class Loads(Protocol):
    """A sender that wants to see all rows of its kind that a claim brought, in the claim's transaction."""

    async def load(self, db: AsyncConnection, claimed: Sequence[Claimed], at: datetime) -> None:
        """Puts on each row, as its cargo, what sending it will need."""


@runtime_checkable
class Closes(Protocol):
    """A sender that keeps something open between attempts."""

    async def close(self) -> None: ...
