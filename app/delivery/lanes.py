"""What one worker holds, lane by lane: how many attempts go on at once, and what waits for its turn.

A lane widens with quick successes and halves with every failure, so that one whose peer hangs is soon down to one
attempt at a time, and one of which nothing is known holds little. Each attempt that ends in a crowd narrows its lane,
if that has more than its part: more at once would only wait for each other, each on a connection that must be opened,
and keep all else waiting with them, the next claim included. A lane that moves holds more than goes on at once,
several times what ended since the last claim: a turn then claims and settles many rows with the same few statements,
and nobody waits for it.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from app.store.claims import MOST, START, Share
from app.store.deliveries import Claimed

ROOM = 2000  # rows held at once, in all lanes
WIDEST = 25  # attempts of one lane at once
AHEAD = 4  # times what ended between two claims are held
QUICK = 1.0  # seconds; whose attempts take longer is not widened beyond START
ILL_AFTER = 3  # failures in a row
MOST_ILL = ROOM // 2  # rows held in all ill lanes: what fails leaves room for what does not
KNOWN = 500  # lanes remembered, those that hold something apart


@dataclass(slots=True)
class Lane:
    """One lane of one worker."""

    width: int = START
    quick: int = 0  # successes since it was widened
    pace: int = 0  # attempts that end between two claims, of late
    endings: int = 0  # since the last claim
    failures: int = 0  # in a row
    moved_at: float = 0.0  # when an attempt ended last, or the first of those held was taken
    held: int = 0  # rows, waiting or under way
    runners: int = 0  # tasks that take one waiting row after the other
    waiting: deque[Claimed] = field(default_factory=deque)

    @property
    def is_ill(self) -> bool:
        return self.failures >= ILL_AFTER

    @property
    def most(self) -> int:
        """The rows to hold."""
        return self.width if self.is_ill else max(self.width, min(AHEAD * self.pace, MOST))

    def take(self, claimed: Claimed, now: float) -> None:
        if not self.held:
            self.moved_at = now
        self.held += 1
        self.waiting.append(claimed)

    def ended(self, seconds: float, now: float, *, failed: bool, crowded: bool = False) -> None:
        """One attempt is over, and something was learned from it; `crowded`: with too many others."""
        self.held -= 1
        self.moved_at = now
        self.endings += 1
        self.failures = self.failures + 1 if failed else 0
        if failed:
            self.width = max(1, self.width // 2)
        elif crowded:
            self.width = max(1, self.width - 1)
        elif self.width < START or seconds < QUICK:
            self._widen()
        else:
            self.width = max(START, self.width - 1)

    def _widen(self) -> None:
        """By one for as many successes as it is wide."""
        self.quick += 1
        if self.quick >= self.width:
            self.width, self.quick = min(WIDEST, self.width + 1), 0

    def share(self) -> Share:
        """What may be claimed now."""
        self.pace = max(self.endings, self.pace * 3 // 4)
        self.endings = 0
        return Share(self.held, max(0, self.most - self.held))

    def surplus(self, now: float) -> Iterator[Claimed]:
        """Takes out what waits beyond the rows to hold, the youngest first; where nothing moves, they are few."""
        if now - self.moved_at > QUICK:
            self.pace = 0
        while self.waiting and self.held > self.most:
            self.held -= 1
            yield self.waiting.pop()


class Lanes:
    """The lanes that a worker knows; one that it does not know is as good as new."""

    def __init__(self) -> None:
        self._lanes: dict[str, Lane] = {}

    def of(self, name: str) -> Lane:
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = Lane()
        return lane

    def shares(self) -> Mapping[str, Share]:
        """What may be claimed of each known lane."""
        self._forget()
        ill = MOST_ILL - sum(lane.held for lane in self._lanes.values() if lane.is_ill)
        shares = {}
        for name, lane in self._lanes.items():
            share = lane.share()
            if lane.is_ill:
                share = Share(share.held, max(0, min(share.free, ill)))
                ill -= share.free
            shares[name] = share
        return shares

    def surplus(self, now: float) -> Iterator[Claimed]:
        """Takes out what waits in lanes that hold too much, since their receivers have stopped answering."""
        for lane in self._lanes.values():
            if lane.waiting:
                yield from lane.surplus(now)

    def drop_waiting(self) -> None:
        """Begins nothing more; the rows stay with whoever counts what is held."""
        for lane in self._lanes.values():
            lane.waiting.clear()

    def _forget(self) -> None:
        if len(self._lanes) > KNOWN:
            idle = [name for name, lane in self._lanes.items() if not lane.held]
            for name in idle[: len(self._lanes) - KNOWN]:
                del self._lanes[name]
