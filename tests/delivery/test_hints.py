"""Hints: what is committed is seen at once, here and in other processes; what is rolled back or lost does no harm."""

import asyncio
import time

import pytest

from app.delivery.hints import Hints
from app.store import deliveries
from app.store.database import Database
from app.store.deliveries import Due
from tests.delivery.given import Scripted, put, states, until, worker

LONG = 20.0  # far beyond what a hint takes


async def _told_within(hints: Hints, cause) -> bool:
    await hints.wait(0.01)
    waiting = asyncio.create_task(hints.wait(LONG))
    begun = time.monotonic()
    await cause()
    await waiting
    return time.monotonic() - begun < LONG / 2


async def test_a_commit_that_queues_something_wakes_this_process(database, clock):
    hints = Hints(database)
    async with hints.passed_on():
        assert await _told_within(hints, lambda: put(database, clock, {"a": 1}))


async def test_a_commit_is_told_when_it_can_be_seen_and_not_before(database, clock):
    told = []
    end = deliveries.when_queued(database, lambda: told.append(1))
    async with database.writing() as db:
        await deliveries.put(db, [Due("test", "", "a")], clock())
        assert told == []
    assert told == [1]
    async with database.writing():
        pass
    assert told == [1], "a transaction that queued nothing wakes nobody"
    end()
    await put(database, clock, {"a": 1})
    assert told == [1]


async def test_a_commit_in_one_process_wakes_another_on_postgresql(postgres_url, clock):
    here, there = Database(postgres_url), Database(postgres_url)
    queues, delivers = Hints(here), Hints(there)
    stop = asyncio.Event()
    async with delivers.passed_on():
        telling = asyncio.create_task(queues.run(stop))
        await delivers.wait(5)  # listening is itself a hint
        assert await _told_within(delivers, lambda: put(here, clock, {"a": 1}))
        stop.set()
        await telling
    await here.close()
    await there.close()


async def test_the_loop_finds_what_no_hint_told_it_of(settings, database, clock):
    other = Database(settings.database)  # nobody watches what this one commits
    stop, sender = asyncio.Event(), Scripted()
    running = asyncio.create_task(worker(database, sender, clock).run(stop))
    await put(other, clock, {"a": 1})

    async def is_done() -> bool:
        return await states(database) == {"done": 1}

    await until(is_done)
    stop.set()
    await running
    await other.close()


@pytest.mark.parametrize("times", [1, 50])
async def test_many_commits_at_once_are_delivered_once_each(database, clock, times):
    stop, sender = asyncio.Event(), Scripted()
    running = asyncio.create_task(worker(database, sender, clock).run(stop))
    await asyncio.gather(*(put(database, clock, {f"lane{n % 7}": 1}) for n in range(times)))

    async def is_done() -> bool:
        return await states(database) == {"done": times}

    await until(is_done)
    stop.set()
    await running
    assert len(sender.given) == times
