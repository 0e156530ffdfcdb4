"""Claims: fair between lanes, bounded in each, exclusive, and as cheap with a long past as with none."""

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.delivery.loop import LEASE
from app.store import claims, deliveries
from app.store.claims import WIDTH, Terms
from app.store.deliveries import Due
from tests.delivery.given import put, rows


async def _claim(database, clock, *, room=100, token=None, narrow=()):
    async with database.writing() as db:
        terms = Terms(token or uuid4(), clock() + LEASE, room, narrow)
        return await claims.claim(db, clock(), terms)


async def _empty(database):
    async with database.writing() as db:
        await db.execute(deliveries.deliveries.delete())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lanes=st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 40), min_size=1),
    room=st.integers(1, 60),
)
async def test_room_is_shared_so_that_no_lane_has_two_more_than_one_that_still_waits(
    database, clock, lanes, room
):
    await _empty(database)
    await put(database, clock, lanes)
    taken = Counter(row.lane for row in await _claim(database, clock, room=room))
    assert sum(taken.values()) == min(room, sum(min(count, WIDTH) for count in lanes.values()))
    for lane, count in lanes.items():
        if taken[lane] < min(count, WIDTH):
            assert max(taken.values()) <= taken[lane] + 1


async def test_a_long_lane_keeps_no_other_waiting(database, clock):
    await put(database, clock, {"long": 300})
    clock.move(seconds=1)
    await put(database, clock, {"short": 1})
    assert "short" in {row.lane for row in await _claim(database, clock, room=2)}


async def test_a_lane_has_at_most_its_width_under_way_in_one_worker(database, clock):
    await put(database, clock, {"a": 3 * WIDTH})
    me = uuid4()
    assert len(await _claim(database, clock, token=me)) == WIDTH
    assert await _claim(database, clock, token=me) == []
    assert len(await _claim(database, clock)) == WIDTH, "what another worker holds narrows no lane here"


async def test_a_narrow_lane_has_one_at_a_time(database, clock):
    await put(database, clock, {"a": 5, "b": 5})
    taken = Counter(row.lane for row in await _claim(database, clock, narrow=["a"]))
    assert taken == {"a": 1, "b": 5}


async def test_the_oldest_of_a_lane_goes_first(database, clock):
    for _ in range(3):
        await put(database, clock, {"a": 1})
        clock.move(seconds=1)
    expected = [row.id for row in await rows(database)]
    me = uuid4()
    assert [(await _claim(database, clock, room=1, token=me))[0].id for _ in range(3)] == expected


async def test_what_is_not_due_is_left_alone(database, clock):
    later = clock() + timedelta(minutes=1)
    async with database.writing() as db:
        await deliveries.put(db, [Due("test", "", "a", run_at=later)], clock())
    assert await _claim(database, clock) == []
    async with database.reading() as db:
        seen = await deliveries.look(db, clock())
    assert (seen.at, seen.next_at, seen.lost) == (clock(), later, False)
    clock.move(minutes=1)
    assert len(await _claim(database, clock)) == 1


async def test_what_is_cancelled_is_never_claimed_and_what_runs_is_not_cancelled(database, clock):
    async with database.writing() as db:
        due = [Due("test", "x", "a", once=key) for key in ("first", "second")]
        await deliveries.put(db, due, clock())
        assert await deliveries.cancel(db, "first", clock())
    (taken,) = await _claim(database, clock)
    assert taken.payload == "x"
    async with database.writing() as db:
        assert not await deliveries.cancel(db, "first", clock())
        assert not await deliveries.cancel(db, "second", clock())
    assert sorted(row.state for row in await rows(database)) == ["cancelled", "running"]


@pytest.mark.parametrize("by_database", [False, True])
async def test_the_time_is_the_databases_where_it_is_asked_for(database, clock, by_database):
    if database.is_sqlite and by_database:
        by_database = False  # an embedded store has one clock: the caller's
    async with database.reading() as db:
        seen = await deliveries.look(db, None if by_database else clock())
    assert (seen.at == clock()) is not by_database
