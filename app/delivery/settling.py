"""Settling: what ended is written, as far as the rows are still ours, together with what it means elsewhere."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from random import Random

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from app.delivery.backoff import next_attempt
from app.delivery.sending import Cancelled, Dead, Outcome, Outcomes, Retry, Sender, Settled
from app.store import settlements
from app.store.deliveries import Claimed
from app.store.settlements import CANCELLED, DEAD, DONE, READY, Ending

log = structlog.get_logger("amtdp.delivery")


class Settling:
    def __init__(self, senders: Mapping[str, Sender], random: Random) -> None:
        self.senders = senders
        self.random = random

    async def settle(self, db: AsyncConnection, ended: Outcomes, at: datetime) -> None:
        """Writes the outcomes; one of a row that another worker has taken over since is dropped."""
        endings = [
            self._ending(claimed, outcome, at)
            for claimed, outcome in ended
            if not isinstance(outcome, Settled)
        ]
        ours = await settlements.settle(db, endings, at) if endings else set()
        noted = defaultdict[str, list[tuple[Claimed, Outcome]]](list)
        for each in ended:
            if each[0].id in ours:
                noted[each[0].kind].append(each)
        for kind, outcomes in noted.items():
            if kind in self.senders:
                await self.senders[kind].note(db, outcomes)

    def _ending(self, claimed: Claimed, outcome: Outcome, at: datetime) -> Ending:
        match outcome:
            case Cancelled(reason):
                return Ending(claimed, CANCELLED, error=reason)
            case Dead(reason):
                _log_failure(claimed, reason)
                return Ending(claimed, DEAD, error=reason)
            case Retry(reason, not_before):
                _log_failure(claimed, reason)
                again = next_attempt(claimed.attempts, at, self.random)
                if again is None:
                    return Ending(claimed, DEAD, error=reason)
                return Ending(claimed, READY, max(again, not_before or again), reason)
            case _:
                return Ending(claimed, DONE)


def _log_failure(claimed: Claimed, reason: str) -> None:
    log.warning(
        "delivery failed", id=str(claimed.id), kind=claimed.kind, attempt=claimed.attempts, reason=reason
    )
