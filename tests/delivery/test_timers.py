"""Timers and chores: at their time, once, and together with what they do."""

from datetime import timedelta

from sqlalchemy import select

from app.delivery.chores import KIND as CHORE
from app.delivery.chores import Chore, Chores
from app.delivery.loop import Worker
from app.delivery.timers import Timers
from app.services import timers
from app.store import deliveries
from app.store.deliveries import Due
from tests.delivery.given import rows, states, table, worker


async def _start(database, clock, once="k", **by):
    async with database.writing() as db:
        await timers.start(db, "write", {"id": "x"}, clock() + timedelta(**by), clock(), once=once)


def _worker(database, clock, act) -> Worker:
    return worker(database, Timers(database, {"write": act}, clock), clock, timers.KIND)


async def test_a_timer_runs_at_its_time_with_its_facts_and_once(database, clock):
    ran = []

    async def act(db, facts, now):
        ran.append((dict(facts), now))

    desk = _worker(database, clock, act)
    await _start(database, clock, hours=1)
    await _start(database, clock, hours=2)  # the same key: one timer
    await desk.drain()
    assert ran == []
    clock.move(hours=3)
    await desk.drain()
    assert ran == [({"id": "x"}, clock())]


async def test_a_timer_that_fails_leaves_nothing_behind_and_is_tried_again(database, clock):
    tries = []

    async def act(db, facts, now):
        await deliveries.put(db, [Due("trace", "", "trace")], now)
        tries.append(now)
        if len(tries) == 1:
            raise RuntimeError("the first time")

    desk = _worker(database, clock, act)
    await _start(database, clock)
    await desk.drain()
    assert await states(database, "trace") == {}
    assert await states(database, timers.KIND) == {"ready": 1}
    clock.move(minutes=1)
    await desk.work()
    assert await states(database, "trace") == {"ready": 1}
    assert await states(database, timers.KIND) == {"done": 1}


async def test_a_timer_that_is_taken_back_does_not_run(database, clock):
    async def act(db, facts, now):
        raise AssertionError

    await _start(database, clock, hours=1)
    async with database.writing() as db:
        assert await timers.cancel(db, "k", clock())
        assert not await timers.cancel(db, "other", clock())
    clock.move(hours=2)
    await _worker(database, clock, act).drain()
    assert await states(database) == {"cancelled": 1}


async def test_a_timer_of_a_newer_version_waits_for_its_worker(database, clock):
    await _start(database, clock)
    await worker(database, Timers(database, {}, clock), clock, timers.KIND).work()
    (row,) = await rows(database)
    assert (row.state, row.last_error) == ("ready", "no timer write here")


async def test_a_chore_is_done_once_a_round_however_many_workers_there_are(database, clock):
    done = []

    async def act(house, now):
        done.append((house, now))

    def desk() -> Worker:
        chores = Chores(database, {"dust": Chore(timedelta(hours=1), act)}, "house", clock)
        return Worker(database, {CHORE: chores}, clock, chores)

    workers = [desk(), desk()]
    for _ in range(3):
        for _ in range(4):  # rounds begin on the hour, so a quarter is well inside
            for each in workers:
                await each.keep_house()
                await each.drain()
            clock.move(minutes=15)
    assert [house for house, _ in done] == ["house"] * 3
    async with database.reading() as db:
        keys = set((await db.execute(select(table.c.unique_key))).scalars())
    assert len(keys) == 3
