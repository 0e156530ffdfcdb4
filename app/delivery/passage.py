"""Time passes: the test clock is moved, and what falls due on the way happens at its own instant, in order.

One task works beside the calls and moves the clock in turn, so that neither finds what the other has begun.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from app.delivery import chores
from app.delivery.loop import SHORTEST, Worker
from app.domain.calendars import civil_date, start_of
from app.domain.errors import Conflict, Unavailable
from app.services import fan_out, post, timers
from app.services.moved_clock import Moved, MovedClock
from app.store import deliveries, test_clock
from app.store.database import Database

PATIENCE: Final = 20.0  # seconds that a move may take
GRACE: Final = 2.0  # seconds more for what is under way
AFTER_MIDNIGHT: Final = timedelta(minutes=5)  # New York's; then all chores come round once
DAY: Final = timedelta(days=1)
NAMES: Final = {timers.KIND: "timers", post.KIND: "letters", fan_out.KIND: "webhooks", chores.KIND: "chores"}
log = structlog.get_logger("amtdp.clock")


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the clock stands next, and whether chores come round there."""

    at: datetime
    has_chores: bool


@dataclass
class Passage:
    """`beside` is what this process does while the clock is left alone; `worker` makes one for a move."""

    database: Database
    clock: MovedClock
    worker: Callable[[], Worker]
    beside: Callable[[asyncio.Event], Awaitable[None]]
    patience: float = PATIENCE
    _asked: tuple[datetime | timedelta, asyncio.Future[Moved]] | None = field(default=None, init=False)
    _is_over: bool = field(default=False, init=False)
    _aside: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    async def move(self, way: datetime | timedelta) -> Moved:
        if self._is_over:
            raise Unavailable("The service is stopping.")
        if self._asked is not None:
            raise Conflict("The clock is being moved; ask again when that call has ended.")
        moved: asyncio.Future[Moved] = asyncio.get_running_loop().create_future()
        self._asked = way, moved
        self._aside.set()
        return await moved

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set: works beside the calls, and stands aside when one moves the clock."""
        watch, self._is_over = asyncio.create_task(self._stand_aside_at(stop)), False
        try:
            while not stop.is_set():
                if self._asked is None:
                    self._aside.clear()
                    await self.beside(self._aside)
                else:
                    await self._answer(*self._asked)
        finally:
            watch.cancel()
            self._is_over = True
            if self._asked is not None and not self._asked[1].done():
                self._asked[1].set_exception(Unavailable("The service is stopping."))

    async def _stand_aside_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._aside.set()

    async def _answer(self, way: datetime | timedelta, answer: asyncio.Future[Moved]) -> None:
        moved, fault = None, None
        try:
            moved = await self._pass(way)
        except Exception as raised:  # noqa: BLE001 - it is the call's to answer for
            fault = raised
        self._asked = None
        if answer.cancelled():
            return
        if moved is not None:
            answer.set_result(moved)
        elif fault is not None:
            answer.set_exception(fault)

    async def _pass(self, way: datetime | timedelta) -> Moved:
        worker = self.worker()
        worker.grace = GRACE
        begun = self.clock.stand()
        target = begun + way if isinstance(way, timedelta) else max(begun, way)
        until = asyncio.get_running_loop().time() + self.patience
        try:
            reached = await self._go(worker, target, until)
            now = self.clock()
        finally:
            self.clock.go_on()
            await self._keep()
            await worker.close()
        did = Counter(dict.fromkeys(NAMES.values(), 0))
        did.update({NAMES.get(kind, kind): count for kind, count in worker.attempts.tried.items()})
        log.info("clock moved", begun=str(begun), now=str(now), reached=reached, **did)
        return Moved(begun, now, reached, did)

    async def _go(self, worker: Worker, target: datetime, until: float) -> bool:
        while await worker.drain(until):
            stop = await self._next(worker, target)
            if stop is None:
                await asyncio.sleep(SHORTEST)  # due and not to be had: looked at again
            elif stop.at > self.clock():
                await self._stand_at(worker, stop)
            else:
                break
        return self.clock() == target

    async def _stand_at(self, worker: Worker, stop: Stop) -> None:
        self.clock.leap(stop.at)
        await self._keep()
        if stop.has_chores:
            await worker.keep_house()

    async def _next(self, worker: Worker, target: datetime) -> Stop | None:
        """The nearest of: what is queued, the chores, where it is to end. None where something is due already."""
        now = self.clock()
        async with self.database.reading() as db:
            queued = (await deliveries.look(db, now)).next_at
        if queued is not None and queued <= now:
            return None
        rounds = [_daily(now)]
        if worker.chores is not None and (ripe := await worker.chores.next_round(now)) is not None:
            rounds.append(ripe)
        at = min(target, *rounds, target if queued is None else queued)
        return Stop(at, has_chores=at in rounds)

    async def _keep(self) -> None:
        """Before anything is dated by it, so that no restart goes back behind it."""
        async with self.database.writing() as db:
            await test_clock.keep(db, self.clock.ahead)


def _daily(now: datetime) -> datetime:
    """The next time that all chores come round."""
    today = start_of(civil_date(now)) + AFTER_MIDNIGHT
    return today if today > now else start_of(civil_date(now) + DAY) + AFTER_MIDNIGHT
