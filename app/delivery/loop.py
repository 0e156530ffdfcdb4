"""The delivery loop: claim in one transaction, send in none, settle in another beside the claims that follow."""

import asyncio
import contextlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import structlog

from app.delivery import publishing
from app.delivery.attempts import Attempts
from app.delivery.backoff import WAITS
from app.delivery.beside import Beside
from app.delivery.chores import Chores
from app.delivery.hints import Hints
from app.delivery.lanes import ROOM
from app.delivery.sending import Closes, Loads, Outcome, Retry, Sender
from app.delivery.settling import Settling
from app.store import claims, deliveries
from app.store.claims import Terms
from app.store.database import Database
from app.store.deliveries import Claimed, Look

LEASE = timedelta(minutes=2)  # renewed at half time while a row is held
POLL = 0.5  # seconds between looks where nobody gives a hint
SHORTEST = 0.02  # seconds before looking again at rows that could not be had
APART = 0.005  # seconds at least from one turn to the next: commits in quick succession share one
LOT = 1000  # rows claimed at once, or as many as are held: a claim must not outlast what is sent meanwhile
GRACE = 10.0  # seconds that attempts have to end in when the loop stops
TICK = timedelta(minutes=1)
log = structlog.get_logger("amtdp.delivery")


@dataclass
class Worker:
    """Any number of them share one store. `by_database`: it tells the time, so that nodes need not agree on theirs."""

    database: Database
    senders: Mapping[str, Sender]
    now: Callable[[], datetime]
    chores: Chores[Any] | None = None
    by_database: bool = False
    random: Random = field(default_factory=Random)
    grace: float = GRACE
    token: UUID = field(default_factory=uuid4, init=False)
    _ahead: timedelta = field(default=timedelta(0), init=False)  # of our clock, the database's
    _planned_at: datetime | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.hints = Hints(self.database)
        self.settling = Settling(self.senders, self.random)
        self.attempts = Attempts(self._outcome, self.hints.wake)
        self._settles, self._publishes = Beside(), Beside()

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set; what is under way then has a while to end, and is settled or handed back."""
        watch = asyncio.create_task(self._wake_at(stop))
        clock, pause = asyncio.get_running_loop().time, 0.0
        async with self.hints.passed_on():
            while not stop.is_set():
                seen, rests, began = None, True, clock()
                try:
                    await self.keep_house()
                    seen = await self._look()
                    taken = await self._turn(seen)
                    longer = min(max(2 * pause, SHORTEST), POLL) if seen.is_due else 0.0
                    pause = SHORTEST if taken else longer
                    # after a large claim there is likely more: waiting for what it brought would leave us idle
                    rests = min(taken, self._room()) < LOT // 2
                    if seen.unpublished:
                        self._publishes.begin(self._publish)
                except Exception as fault:  # a database that is away comes back; the loop must be there
                    log.exception("delivery loop", exc_info=fault)
                    pause = POLL
                if rests:
                    await self.hints.wait(self._rest(seen, pause))
                await asyncio.sleep(began + APART - clock())
        watch.cancel()
        await self._finish()
        await self._publishes.end()
        await self.close()

    async def work(self, until: float = math.inf) -> int:
        """One round, settled: how many rows were tried. `until`, of the loop's clock: then it waits for none longer."""
        clock = asyncio.get_running_loop().time
        seen = await self._look()
        try:
            claimed = await self._turn(seen)
            if seen.unpublished:  # after the claim, so that no attempt waits for it
                await self._publish()
            while (left := until - clock()) > 0 and self.attempts.running:
                await asyncio.wait(self.attempts.running, timeout=None if left == math.inf else left)
        finally:
            await self._settles.end()
        await self._settle(await self._look())
        return claimed

    async def drain(self, until: float = math.inf) -> bool:
        """Works until nothing is due; False: that took too long, and what was under way is handed back."""
        clock = asyncio.get_running_loop().time
        while clock() < until:
            if not await self.work(until) and not self.attempts.running:
                return True
        await self._finish()
        return False

    async def close(self) -> None:
        """Lets go of what the senders keep open."""
        for sender in self.senders.values():
            if isinstance(sender, Closes):
                await sender.close()

    async def keep_house(self) -> None:
        now = self.now()
        if self.chores is None or (self._planned_at is not None and now - self._planned_at < TICK):
            return
        await self.chores.plan()
        self._planned_at = now

    async def _look(self) -> Look:
        async with self.database.reading() as db:
            seen = await deliveries.look(db, None if self.by_database else self.now())
        self._ahead = seen.at - self.now()
        return seen

    async def _publish(self) -> None:
        await publishing.publish(self.database)

    async def _turn(self, seen: Look) -> int:
        """Claims what there is room for; how many. What has ended is settled beside it, for as long as that takes.

        One after the other they would take longer than what is held keeps this process busy.
        """
        self._settles.begin(lambda: self._settle(seen))
        return await self._take(seen, self._room())

    def _room(self) -> int:
        held = len(self.attempts.held)
        return min(max(LOT, held), ROOM - held)

    async def _settle(self, seen: Look) -> None:
        soon, lease_until = seen.at + LEASE / 2, seen.at + LEASE
        aging = self.attempts.aging(soon)
        ended, untried = self.attempts.over()
        if not (aging or ended or untried or seen.lost):
            return
        try:
            async with self.database.writing() as db:
                if seen.lost:
                    await deliveries.sweep(db, seen.at, len(WAITS))
                if ended:
                    await self.settling.settle(db, ended, seen.at)
                if untried:
                    await deliveries.hand_back(db, untried)
                if aging:
                    await deliveries.renew(db, [each.claimed for each in aging], lease_until)
        except BaseException:
            self.attempts.take_back(ended, untried)
            self.hints.wake()
            raise
        for each in aging:
            each.lease_until = lease_until
        if self.attempts.has_ended:
            self.hints.wake()

    async def _take(self, seen: Look, room: int) -> int:
        self.attempts.is_more = False
        if room <= 0 or not seen.is_due:
            return 0
        lease_until = seen.at + LEASE
        async with self.database.writing() as db:
            terms = Terms(self.token, lease_until, room, self.attempts.lanes.shares())
            claimed = await claims.claim(db, seen.at, terms)
            for kind in {each.kind for each in claimed}:
                sender = self.senders.get(kind)
                if isinstance(sender, Loads):
                    await sender.load(db, [each for each in claimed if each.kind == kind], seen.at)
        self.attempts.begin(claimed, lease_until)
        self.attempts.is_more |= len(claimed) == room
        return len(claimed)

    async def _outcome(self, claimed: Claimed) -> Outcome:
        sender = self.senders.get(claimed.kind)
        if sender is None:
            return Retry("no sender of this kind here")
        try:
            if sender.limit is None:
                return await sender.send(claimed)
            async with asyncio.timeout(sender.limit.total_seconds()):
                return await sender.send(claimed)
        except Exception as fault:  # noqa: BLE001 - whatever a peer does ends in an outcome
            return Retry(type(fault).__name__)

    def _rest(self, seen: Look | None, pause: float) -> float:
        """Seconds to the next look: when the next row is due, soon where it is but could not be had."""
        if seen is None or seen.next_at is None:
            return POLL
        until = (seen.next_at - self.now() - self._ahead).total_seconds()
        return min(max(until, pause), POLL)

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self.hints.wake()

    async def _finish(self) -> None:
        await self.attempts.stop(self.grace)
        with contextlib.suppress(Exception):
            await self._settles.end()
        with contextlib.suppress(Exception):  # what cannot be written now is found when its lease ends
            await self._settle(await self._look())
