"""Deadlines of answers, with one timer for all of them: one each, with its task, takes a tenth of a post's time."""

import asyncio
import math

from app.delivery.connections import Line


class Deadlines:
    """Has a connection's reader raise TimeoutError once an answer is due and has not come."""

    def __init__(self) -> None:
        self._due: dict[Line, float] = {}  # by the loop's clock
        self._timer: asyncio.TimerHandle | None = None
        self._at = math.inf  # when the timer goes off

    def set(self, line: Line, until: float) -> None:
        self._due[line] = until
        if until < self._at:
            self._go_off(until)

    def lift(self, line: Line) -> None:
        """The timer stays: until it goes off, most that it was set for is over."""
        del self._due[line]

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._at = None, math.inf

    def _go_off(self, at: float) -> None:
        self.close()
        self._timer, self._at = asyncio.get_running_loop().call_at(at, self._look), at

    def _look(self) -> None:
        now = max(self._at, asyncio.get_running_loop().time())  # timers may go off a moment early
        self.close()
        for line in [each for each, until in self._due.items() if until <= now]:
            line.protocol.set_exception(TimeoutError())
        following = min((each for each in self._due.values() if each > now), default=math.inf)
        if following < math.inf:
            self._go_off(following)
