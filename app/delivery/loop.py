"""The delivery loop: claim in one transaction, send in none, settle in the next that claims."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import structlog

from app.delivery import publishing
from app.delivery.backoff import WAITS
from app.delivery.chores import Chores
from app.delivery.hints import Hints
from app.delivery.sending import Outcome, Retry, Sender
from app.delivery.settling import Settling
from app.store import claims, deliveries
from app.store.claims import Terms
from app.store.database import Database
from app.store.deliveries import Claimed, Look

LEASE = timedelta(minutes=2)  # renewed at half time while an attempt lasts
ROOM = 200  # attempts under way at once
POLL = 0.5  # seconds between looks where nobody gives a hint
SHORTEST = 0.02  # seconds before looking again at rows that could not be had
GRACE = 10.0  # seconds that attempts have to end in when the loop stops
TICK = timedelta(minutes=1)
log = structlog.get_logger("amtdp.delivery")


@dataclass(slots=True)
class UnderWay:
    claimed: Claimed
    lease_until: datetime
    task: asyncio.Task[None]


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
    _under_way: dict[UUID, UnderWay] = field(default_factory=dict, init=False)
    _ended: list[tuple[Claimed, Outcome]] = field(default_factory=list, init=False)
    _narrow: set[str] = field(
        default_factory=set, init=False
    )  # lanes that failed last: one attempt at a time
    _ahead: timedelta = field(default=timedelta(0), init=False)  # of our clock, the database's
    _planned_at: datetime | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.hints = Hints(self.database)
        self.settling = Settling(self.senders, self.random)

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set; what is under way then has a while to end, and is settled or handed back."""
        watch = asyncio.create_task(self._wake_at(stop))
        pause = 0.0
        async with self.hints.passed_on():
            while not stop.is_set():
                seen = None
                try:
                    await self.keep_house()
                    seen = await self._look()
                    pause = 0.0 if await self._turn(seen) else min(max(2 * pause, SHORTEST), POLL)
                    await self._publish(seen)
                except Exception as fault:  # a database that is away comes back; the loop must be there
                    log.exception("delivery loop", exc_info=fault)
                    pause = POLL
                await self.hints.wait(self._rest(seen, pause))
        watch.cancel()
        await self._finish()

    async def work(self) -> int:
        """One round, settled: how many rows were tried."""
        seen = await self._look()
        claimed = await self._turn(seen)
        await self._publish(seen)
        await asyncio.gather(*(each.task for each in self._under_way.values()))
        await self._turn(await self._look(), room=0)
        return claimed

    async def drain(self) -> None:
        """Works until nothing is due; for commands and tests."""
        while await self.work():
            pass

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

    async def _publish(self, seen: Look) -> None:
        """After the claim, so that no attempt waits for it."""
        if seen.unpublished:
            await publishing.publish(self.database)

    async def _turn(self, seen: Look, room: int = ROOM) -> int:
        """Settles what has ended and claims what there is room for, in one transaction; how many were claimed."""
        at = seen.at
        room = max(0, room - len(self._under_way))
        is_due = room > 0 and seen.next_at is not None and seen.next_at <= at
        aging = [each for each in self._under_way.values() if each.lease_until - at < LEASE / 2]
        ended, self._ended = self._ended, []
        if not (is_due or aging or ended or seen.lost):
            return 0
        lease_until, claimed = at + LEASE, list[Claimed]()
        try:
            async with self.database.writing() as db:
                if seen.lost:
                    await deliveries.sweep(db, at, len(WAITS))
                if ended:
                    await self.settling.settle(db, ended, at)
                if aging:
                    await deliveries.renew(db, [each.claimed for each in aging], lease_until)
                if is_due:
                    claimed = await claims.claim(db, at, Terms(self.token, lease_until, room, self._narrow))
        except BaseException:
            self._ended = ended + self._ended
            raise
        for each in aging:
            each.lease_until = lease_until
        for row in claimed:
            task = asyncio.create_task(self._attempt(row))
            self._under_way[row.id] = UnderWay(row, lease_until, task)
        return len(claimed)

    async def _attempt(self, claimed: Claimed) -> None:
        outcome = await self._outcome(claimed)
        (self._narrow.add if isinstance(outcome, Retry) else self._narrow.discard)(claimed.lane)
        self._ended.append((claimed, outcome))
        del self._under_way[claimed.id]
        self.hints.wake()

    async def _outcome(self, claimed: Claimed) -> Outcome:
        sender = self.senders.get(claimed.kind)
        if sender is None:
            return Retry("no sender of this kind here")
        try:
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
        left = list(self._under_way.values())
        if left:
            await asyncio.wait([each.task for each in left], timeout=self.grace)
        cut = [each for each in left if not each.task.done()]
        for each in cut:
            each.task.cancel()
        await asyncio.gather(*(each.task for each in cut), return_exceptions=True)
        with contextlib.suppress(Exception):  # what cannot be written now is found when its lease ends
            await self._turn(await self._look(), room=0)
            if cut:
                async with self.database.writing() as db:
                    await deliveries.hand_back(db, [each.claimed for each in cut])
