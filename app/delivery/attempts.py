"""What one worker holds: begun lane by lane, tried, and kept until what came of it is settled."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.delivery.crowds import Crowds
from app.delivery.lanes import Lane, Lanes
from app.delivery.sending import Outcome, Retry
from app.store.deliveries import Claimed

GATHER = 0.03  # seconds that what has ended waits for more to be settled with it
ENOUGH = 200  # that have ended wait no longer

Ended = list[tuple[Claimed, Outcome]]


@dataclass(slots=True)
class Held:
    claimed: Claimed
    lease_until: datetime


class Attempts:
    """`attempt` tries a row and never raises; `tell` is called when it is time to settle and to claim anew."""

    def __init__(self, attempt: Callable[[Claimed], Awaitable[Outcome]], tell: Callable[[], None]) -> None:
        self.lanes = Lanes()
        self.crowds = Crowds()
        self.held: dict[UUID, Held] = {}  # claimed and not ended
        self.running: set[asyncio.Task[None]] = set()
        self.tried: Counter[str] = Counter()  # by kind
        self.is_more = False  # probably, of what was claimed last
        self._attempt = attempt
        self._tell = tell
        self._ended: Ended = []
        self._untried: list[Claimed] = []  # to be handed back
        self._moving = 0  # lanes in which an attempt goes on
        self._gathering: asyncio.TimerHandle | None = None

    def begin(self, claimed: list[Claimed], lease_until: datetime) -> None:
        now = asyncio.get_running_loop().time()
        for row in claimed:
            self.held[row.id] = Held(row, lease_until)
            self.lanes.of(row.lane).take(row, now)
        for name in {row.lane for row in claimed}:
            lane = self.lanes.of(name)
            self.is_more |= lane.held >= lane.most  # it was given all it may hold
            self._fill(lane)

    def aging(self, soon: datetime) -> list[Held]:
        """What is held under a lease that ends before then."""
        return [each for each in self.held.values() if each.lease_until < soon]

    @property
    def has_ended(self) -> bool:
        """Something waits to be settled or handed back."""
        return bool(self._ended or self._untried)

    def over(self) -> tuple[Ended, list[Claimed]]:
        """Hands out what has ended, and what will not be tried here after all."""
        self._give_back(self.lanes.surplus(asyncio.get_running_loop().time()))
        ended, self._ended = self._ended, []
        untried, self._untried = self._untried, []
        return ended, untried

    def take_back(self, ended: Ended, untried: list[Claimed]) -> None:
        """What was handed out and could not be written is handed out again."""
        self._ended, self._untried = ended + self._ended, untried + self._untried

    async def stop(self, grace: float) -> None:
        """Begins nothing more, and waits so many seconds for what is under way; what is left was not tried."""
        self.lanes.drop_waiting()
        left = set(self.running)
        if left:
            await asyncio.wait(left, timeout=grace)
        cut = [each for each in left if not each.done()]
        for each in cut:
            each.cancel()
        await asyncio.gather(*cut, return_exceptions=True)
        self._wake()
        self._untried += [each.claimed for each in self.held.values()]

    def _fill(self, lane: Lane) -> None:
        for _ in range(min(lane.width - lane.runners, len(lane.waiting))):
            self._moving += not lane.runners
            lane.runners += 1
            task = asyncio.create_task(self._follow(lane))
            self.running.add(task)
            task.add_done_callback(self.running.discard)

    async def _follow(self, lane: Lane) -> None:
        """One attempt after the other, as long as the lane is wide enough for this one."""
        clock = asyncio.get_running_loop().time
        try:
            while lane.waiting and lane.runners <= lane.width:
                claimed, began = lane.waiting.popleft(), clock()
                outcome = await self._attempt(claimed)
                ended = clock()
                failed = isinstance(outcome, Retry)
                crowded = self.crowds.has_too_many(lane.width, self._moving)
                lane.ended(ended - began, ended, failed=failed, crowded=crowded)
                self._end(claimed, outcome)
                self._give_back(lane.surplus(ended))
                self._fill(lane)
        finally:
            lane.runners -= 1
            self._moving -= not lane.runners

    def _give_back(self, rows: Iterable[Claimed]) -> None:
        for each in rows:
            self._untried.append(each)
            del self.held[each.id]

    def _end(self, claimed: Claimed, outcome: Outcome) -> None:
        self._ended.append((claimed, outcome))
        self.tried[claimed.kind] += 1
        del self.held[claimed.id]
        few = len(self._ended) if self.is_more else 0
        if len(self._ended) >= ENOUGH or len(self.held) <= few:
            self._wake()
        elif self._gathering is None:
            self._gathering = asyncio.get_running_loop().call_later(GATHER, self._wake)

    def _wake(self) -> None:
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None
        self._tell()
