"""The delivery loop: claim in one transaction, send in none, settle in the next that claims."""

import asyncio
import contextlib
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from app.delivery import publishing
from app.delivery.backoff import WAITS
from app.delivery.chores import Chores
from app.delivery.hints import Hints
from app.delivery.lanes import ROOM, Lane, Lanes
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
GATHER = 0.03  # seconds that what has ended waits for more to be settled with it
ENOUGH = 200  # that have ended wait no longer
GRACE = 10.0  # seconds that attempts have to end in when the loop stops
TICK = timedelta(minutes=1)
log = structlog.get_logger("amtdp.delivery")


@dataclass(slots=True)
class Held:
    claimed: Claimed
    lease_until: datetime


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
    tried: Counter[str] = field(default_factory=Counter, init=False)  # by kind
    _lanes: Lanes = field(default_factory=Lanes, init=False)
    _held: dict[UUID, Held] = field(default_factory=dict, init=False)  # claimed and not ended
    _running: set[asyncio.Task[None]] = field(default_factory=set, init=False)
    _ended: list[tuple[Claimed, Outcome]] = field(default_factory=list, init=False)
    _untried: list[Claimed] = field(default_factory=list, init=False)  # to be handed back
    _gathering: asyncio.TimerHandle | None = field(default=None, init=False)
    _ahead: timedelta = field(default=timedelta(0), init=False)  # of our clock, the database's
    _planned_at: datetime | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.hints = Hints(self.database)
        self.settling = Settling(self.senders, self.random)

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set; what is under way then has a while to end, and is settled or handed back."""
        watch = asyncio.create_task(self._wake_at(stop))
        clock, pause = asyncio.get_running_loop().time, 0.0
        async with self.hints.passed_on():
            while not stop.is_set():
                seen, began = None, clock()
                try:
                    await self.keep_house()
                    seen = await self._look()
                    if await self._turn(seen):
                        pause = SHORTEST
                    else:
                        pause = min(max(2 * pause, SHORTEST), POLL) if seen.is_due else 0.0
                    await self._publish(seen)
                except Exception as fault:  # a database that is away comes back; the loop must be there
                    log.exception("delivery loop", exc_info=fault)
                    pause = POLL
                await self.hints.wait(self._rest(seen, pause))
                await asyncio.sleep(began + APART - clock())
        watch.cancel()
        await self._finish()
        await self.close()

    async def work(self, until: float = math.inf) -> int:
        """One round, settled: how many rows were tried. `until`, of the loop's clock: then it waits for none longer."""
        clock = asyncio.get_running_loop().time
        seen = await self._look()
        claimed = await self._turn(seen)
        await self._publish(seen)
        while self._running and clock() < until:
            await asyncio.wait(self._running, timeout=None if until == math.inf else until - clock())
        await self._turn(await self._look(), room=0)
        return claimed

    async def drain(self, until: float = math.inf) -> bool:
        """Works until nothing is due; False: that took too long, and what was under way is handed back."""
        clock = asyncio.get_running_loop().time
        while clock() < until:
            if not await self.work(until) and not self._running:
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

    async def _publish(self, seen: Look) -> None:
        """After the claim, so that no attempt waits for it."""
        if seen.unpublished:
            await publishing.publish(self.database)

    async def _turn(self, seen: Look, room: int = ROOM) -> int:
        """Settles what has ended and claims what there is room for, in one transaction; how many were claimed."""
        at = seen.at
        room = max(0, room - len(self._held))
        is_due = room > 0 and seen.is_due
        soon = at + LEASE / 2
        aging = [each for each in self._held.values() if each.lease_until < soon]
        ended, self._ended = self._ended, []
        self._give_back(self._lanes.surplus(asyncio.get_running_loop().time()))
        untried, self._untried = self._untried, []
        if not (is_due or aging or ended or untried or seen.lost):
            return 0
        lease_until, claimed = at + LEASE, list[Claimed]()
        try:
            async with self.database.writing() as db:
                if seen.lost:
                    await deliveries.sweep(db, at, len(WAITS))
                if ended:
                    await self.settling.settle(db, ended, at)
                if untried:
                    await deliveries.hand_back(db, untried)
                if aging:
                    await deliveries.renew(db, [each.claimed for each in aging], lease_until)
                if is_due:
                    terms = Terms(self.token, lease_until, room, self._lanes.shares())
                    claimed = await self._claim(db, at, terms)
        except BaseException:
            self._ended, self._untried = ended + self._ended, untried + self._untried
            raise
        for each in aging:
            each.lease_until = lease_until
        self._begin(claimed, lease_until)
        return len(claimed)

    async def _claim(self, db: AsyncConnection, at: datetime, terms: Terms) -> list[Claimed]:
        claimed = await claims.claim(db, at, terms)
        for kind in {each.kind for each in claimed}:
            sender = self.senders.get(kind)
            if isinstance(sender, Loads):
                await sender.load(db, [each for each in claimed if each.kind == kind], at)
        return claimed

    def _begin(self, claimed: list[Claimed], lease_until: datetime) -> None:
        now = asyncio.get_running_loop().time()
        for row in claimed:
            self._held[row.id] = Held(row, lease_until)
            self._lanes.of(row.lane).take(row, now)
        for name in {row.lane for row in claimed}:
            self._fill(self._lanes.of(name))

    def _fill(self, lane: Lane) -> None:
        for _ in range(min(lane.width - lane.runners, len(lane.waiting))):
            lane.runners += 1
            task = asyncio.create_task(self._follow(lane))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _follow(self, lane: Lane) -> None:
        """One attempt after the other, as long as the lane is wide enough for this one."""
        clock = asyncio.get_running_loop().time
        try:
            while lane.waiting and lane.runners <= lane.width:
                claimed, began = lane.waiting.popleft(), clock()
                outcome = await self._outcome(claimed)
                ended = clock()
                lane.ended(ended - began, ended, failed=isinstance(outcome, Retry))
                self._end(claimed, outcome)
                self._give_back(lane.surplus(ended))
                self._fill(lane)
        finally:
            lane.runners -= 1

    def _give_back(self, rows: Iterable[Claimed]) -> None:
        for each in rows:
            self._untried.append(each)
            del self._held[each.id]

    def _end(self, claimed: Claimed, outcome: Outcome) -> None:
        self._ended.append((claimed, outcome))
        self.tried[claimed.kind] += 1
        del self._held[claimed.id]
        if len(self._ended) >= ENOUGH or not self._held:
            self._wake()
        elif self._gathering is None:
            self._gathering = asyncio.get_running_loop().call_later(GATHER, self._wake)

    def _wake(self) -> None:
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None
        self.hints.wake()

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
        self._lanes.drop_waiting()
        left = set(self._running)
        if left:
            await asyncio.wait(left, timeout=self.grace)
        cut = [each for each in left if not each.done()]
        for each in cut:
            each.cancel()
        await asyncio.gather(*cut, return_exceptions=True)
        self._wake()
        self._untried += [each.claimed for each in self._held.values()]
        with contextlib.suppress(Exception):  # what cannot be written now is found when its lease ends
            await self._turn(await self._look(), room=0)
