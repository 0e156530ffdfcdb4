"""The delivery loop: claim in one transaction, send in none, settle in another."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import structlog

from app.delivery import housekeeping
from app.delivery.backoff import next_attempt
from app.delivery.letters import message
from app.delivery.senders import MailSender
from app.domain.keyring import Keyring
from app.services import post
from app.storage.blobs import Blobs
from app.storage.scanning import Scanner
from app.store import deliveries
from app.store.database import Database
from app.store.deliveries import Claimed

LEASE = timedelta(minutes=2)  # longer than the longest send
BATCH = 20
IDLE = 0.5  # seconds between looks when nothing was due
TICK = timedelta(minutes=1)
log = structlog.get_logger("amtdp.delivery")


@dataclass
class Worker:
    database: Database
    keyring: Keyring
    mail: MailSender
    mail_from: str
    now: Callable[[], datetime]
    public_url: str
    blobs: Blobs
    scanner: Scanner
    random: Random = field(default_factory=Random)
    ticked_at: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set; what is being sent then is still settled."""
        while not stop.is_set():
            try:
                await self.keep_house()
                busy = await self.work()
            except Exception as fault:
                log.exception("delivery loop", exc_info=fault)
                busy = 0
            if not busy:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), IDLE)

    async def work(self) -> int:
        """One round: how many rows were claimed and tried."""
        async with self.database.reading() as db:
            if not await deliveries.any_due(db, self.now()):
                return 0
        async with self.database.writing() as db:
            claimed = await deliveries.claim(db, self.now(), LEASE, BATCH)
        await asyncio.gather(*(self._deliver(each) for each in claimed))
        return len(claimed)

    async def drain(self) -> None:
        """Works until nothing is due; for commands and tests."""
        while await self.work():
            pass

    async def keep_house(self) -> None:
        now = self.now()
        if self.ticked_at is not None and now - self.ticked_at < TICK:
            return
        self.ticked_at = now
        await housekeeping.tick(self.database, self.keyring, self.public_url, now)
        await housekeeping.tick_files(self.database, self.blobs, self.scanner, now)

    async def _deliver(self, claimed: Claimed) -> None:
        try:
            await self._senders()[claimed.kind](claimed)
        except Exception as fault:  # noqa: BLE001 - whatever a peer does ends in an outcome
            await self._failed(claimed, type(fault).__name__)
            return
        async with self.database.writing() as db:
            # the payload has served: what it held is not kept
            done = {"state": "done", "payload": "", "settled_at": self.now(), "last_error": None}
            await deliveries.settle(db, claimed, done)

    def _senders(self) -> dict[str, Callable[[Claimed], Awaitable[None]]]:
        return {post.KIND: self._send_mail}

    async def _send_mail(self, claimed: Claimed) -> None:
        letter = post.opened(self.keyring, claimed.payload)
        mail = message(letter, claimed.id, self.mail_from, claimed.created_at)
        name = f"{claimed.created_at:%Y%m%dT%H%M%S.%f}-{claimed.id}"
        await self.mail.send(mail, name)

    async def _failed(self, claimed: Claimed, reason: str) -> None:
        log.warning(
            "delivery failed", id=str(claimed.id), kind=claimed.kind, attempt=claimed.attempts, reason=reason
        )
        again = next_attempt(claimed.attempts, self.now(), self.random)
        values = {"last_error": reason[:300], "state": "ready", "run_at": again}
        if again is None:
            values = {"last_error": reason[:300], "state": "dead", "settled_at": self.now()}
        async with self.database.writing() as db:
            await deliveries.settle(db, claimed, values)
