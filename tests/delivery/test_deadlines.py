"""Deadlines of answers: every one is kept, by one timer, and what was lifted is left alone."""

import asyncio
import selectors

import pytest

from app.delivery.deadlines import Deadlines


class Leaping(asyncio.SelectorEventLoop):
    """A loop whose time passes only where it has nothing to do: to the next timer at once, and no further."""

    def __init__(self) -> None:
        self.at = 1000.0
        super().__init__(_Nothing(self))

    def time(self) -> float:
        return self.at


class _Nothing(selectors.DefaultSelector):
    """Waits for nothing: the time that it was to wait is over."""

    def __init__(self, loop: Leaping) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list:
        self._loop.at += timeout or 0.0
        return super().select(0)


def on_time(story) -> None:
    """Runs it where no machine is too slow to keep a deadline."""
    with asyncio.Runner(loop_factory=Leaping) as runner:
        runner.run(story)


class Reader:
    """In a protocol's place: notes when it was told that time is up."""

    def __init__(self) -> None:
        self.told: list[float] = []

    def set_exception(self, fault: BaseException) -> None:
        assert isinstance(fault, TimeoutError)
        self.told.append(asyncio.get_running_loop().time())


class Held:
    """In a line's place."""

    def __init__(self) -> None:
        self.protocol = Reader()


@pytest.mark.parametrize("order", [(0.05, 0.15, 0.1), (0.15, 0.1, 0.05), (0.1, 0.1, 0.1), (0.05, 0.15, -1.0)])
def test_each_deadline_is_kept_in_whatever_order_they_were_set(order):
    async def story() -> None:
        deadlines, now = Deadlines(), asyncio.get_running_loop().time()
        lines = [Held() for _ in order]
        for line, after in zip(lines, order, strict=True):
            deadlines.set(line, now + after)
        await asyncio.sleep(0.3)
        for line, after in zip(lines, order, strict=True):
            assert line.protocol.told[0] == pytest.approx(now + max(after, 0), rel=0, abs=1e-6)
            deadlines.lift(line)

    on_time(story())


def test_a_deadline_that_was_lifted_is_none_and_the_next_is_kept_all_the_same():
    async def story() -> None:
        deadlines, now = Deadlines(), asyncio.get_running_loop().time()
        first, second = Held(), Held()
        deadlines.set(first, now + 0.03)
        deadlines.lift(first)
        deadlines.set(second, now + 0.08)
        await asyncio.sleep(0.2)
        assert first.protocol.told == []
        assert second.protocol.told == [pytest.approx(now + 0.08, rel=0, abs=1e-6)]
        third = Held()
        deadlines.set(third, asyncio.get_running_loop().time() + 0.03)
        deadlines.close()
        await asyncio.sleep(0.1)
        assert third.protocol.told == []

    on_time(story())
