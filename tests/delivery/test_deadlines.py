"""Deadlines of answers: every one is kept, by one timer, and what was lifted is left alone."""

import asyncio

import pytest

from app.delivery.deadlines import Deadlines


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
async def test_each_deadline_is_kept_in_whatever_order_they_were_set(order):
    deadlines, now = Deadlines(), asyncio.get_running_loop().time()
    lines = [Held() for _ in order]
    for line, after in zip(lines, order, strict=True):
        deadlines.set(line, now + after)
    await asyncio.sleep(0.3)
    for line, after in zip(lines, order, strict=True):
        assert line.protocol.told[0] >= now + after - 0.002  # as early as a loop's timer may go off
        assert line.protocol.told[0] < now + max(after, 0) + 0.1
        deadlines.lift(line)


async def test_a_deadline_that_was_lifted_is_none_and_the_next_is_kept_all_the_same():
    deadlines, now = Deadlines(), asyncio.get_running_loop().time()
    first, second = Held(), Held()
    deadlines.set(first, now + 0.03)
    deadlines.lift(first)
    deadlines.set(second, now + 0.08)
    await asyncio.sleep(0.2)
    assert (first.protocol.told, len(second.protocol.told)) == ([], 1)
    third = Held()
    deadlines.set(third, asyncio.get_running_loop().time() + 0.03)
    deadlines.close()
    await asyncio.sleep(0.1)
    assert third.protocol.told == []
