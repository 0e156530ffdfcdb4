"""How many attempts go on at once where all answers are there at once, and what goes on beside the turns."""

import asyncio
import random

import pytest

from app.delivery.attempts import Attempts
from app.delivery.beside import Beside
from app.delivery.crowds import AT_ONCE, CROWD, Crowds
from app.delivery.lanes import WIDEST
from app.delivery.loop import Worker
from app.delivery.sending import Delivered
from app.store.claims import START
from tests.clock import START as AT
from tests.delivery.given import Scripted, put, states, until
from tests.delivery.test_lanes import _row


async def test_a_crowd_is_counted_anew_in_each_pass_of_the_event_loop():
    crowds = Crowds()
    for _ in range(3):
        told = [crowds.has_too_many(WIDEST, lanes=10) for _ in range(CROWD + 2)]
        assert told == [False] * CROWD + [True, True]
        # what has no more than its part stays as wide as it is
        assert [crowds.has_too_many(AT_ONCE // 10 + more, lanes=10) for more in (0, 1)] == [False, True]
        await asyncio.sleep(0)


@pytest.mark.parametrize("lanes", [1, 10, 50])
async def test_with_peers_that_answer_at_once_no_more_go_on_than_the_event_loop_takes_in_its_stride(lanes):
    """Each pass has all their answers: whatever else the event loop does waits for that many, not for all lanes."""
    names, answers = [f"lane {n}" for n in range(lanes)], []

    async def attempt(claimed):
        answers.append(asyncio.get_running_loop().create_future())
        await answers[-1]
        return Delivered()

    attempts, most = Attempts(attempt, lambda: None), []
    for _ in range(150):
        shares = attempts.lanes.shares()
        free = {name: shares[name].free if name in shares else START for name in names}
        attempts.begin([_row(name) for name in names for _ in range(free[name])], AT)
        await asyncio.sleep(0)
        most.append(len(answers))
        for each in answers:
            each.set_result(None)
        answers.clear()
        await asyncio.sleep(0)
    assert min(WIDEST, AT_ONCE // 2) <= max(most[75:]) <= max(AT_ONCE + lanes, 2 * lanes)
    await attempts.stop(0)
    assert attempts._moving == 0


async def test_one_thing_at_a_time_and_its_fault_is_told_to_whoever_begins_the_next():
    beside, gate, begun = Beside(), asyncio.Event(), []

    async def work() -> None:
        begun.append(1)
        await gate.wait()
        raise ConnectionError

    beside.begin(work)
    beside.begin(work)
    await asyncio.sleep(0)
    assert begun == [1]
    gate.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    with pytest.raises(ConnectionError):
        beside.begin(work)
    beside.begin(work)
    with pytest.raises(ConnectionError):
        await beside.end()
    await beside.end()
    assert begun == [1, 1]


async def test_what_could_not_be_settled_is_settled_with_a_later_turn(database, clock, monkeypatch):
    sender = Scripted()
    worker = Worker(database, {"test": sender}, clock, random=random.Random(1))
    await put(database, clock, {"a": 5})
    settle, faults = worker.settling.settle, [ConnectionError, ConnectionError]

    async def failing(*given):
        if faults:
            raise faults.pop()
        await settle(*given)

    monkeypatch.setattr(worker.settling, "settle", failing)
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))

    async def all_done() -> bool:
        return await states(database) == {"done": 5}

    await until(all_done)
    stop.set()
    await running
    assert not faults
    assert len(sender.given) == 5, "tried once, and settled from what was remembered"
