"""Settling: what ended is written, as far as the rows are still ours, together with what it means elsewhere."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from random import Random
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from app.delivery.backoff import next_attempt
from app.delivery.sending import Dead, Delivered, Outcome, Outcomes, Retry, Sender
from app.store import deliveries
from app.store.deliveries import Claimed

log = structlog.get_logger("amtdp.delivery")


class Settling:
    def __init__(self, senders: Mapping[str, Sender], random: Random) -> None:
        self.senders = senders
        self.random = random

    async def settle(self, db: AsyncConnection, ended: Outcomes, at: datetime) -> None:
        """Writes the outcomes; one of a row that another worker has taken over since is dropped."""
        ours = await self._delivered(db, ended, at)
        for claimed, outcome in ended:
            if isinstance(outcome, Retry | Dead) and await self._failed(db, claimed, outcome, at):
                ours.add(claimed.id)
        noted = defaultdict[str, list[tuple[Claimed, Outcome]]](list)
        for claimed, outcome in ended:
            if claimed.id in ours:
                noted[claimed.kind].append((claimed, outcome))
        for kind, outcomes in noted.items():
            if kind in self.senders:
                await self.senders[kind].note(db, outcomes)

    async def _delivered(self, db: AsyncConnection, ended: Outcomes, at: datetime) -> set[UUID]:
        done = [claimed for claimed, outcome in ended if isinstance(outcome, Delivered)]
        return await deliveries.settle(db, done, at) if done else set()

    async def _failed(
        self, db: AsyncConnection, claimed: Claimed, outcome: Retry | Dead, at: datetime
    ) -> bool:
        reason = outcome.reason
        log.warning(
            "delivery failed", id=str(claimed.id), kind=claimed.kind, attempt=claimed.attempts, reason=reason
        )
        again = next_attempt(claimed.attempts, at, self.random)
        if isinstance(outcome, Dead) or again is None:
            return await deliveries.give_up(db, claimed, at, reason)
        return await deliveries.put_off(db, claimed, max(again, outcome.at or again), reason)
