"""Claims: fair between lanes, bounded in each, exclusive, and as cheap with a long past as with none."""

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.delivery.loop import LEASE
from app.store import claims, deliveries
from app.store.claims import START, Share, Terms
from app.store.deliveries import Due
from tests.delivery.given import put, rows


async def _claim(database, clock, *, room=100, shares=None):
    async with database.writing() as db:
        terms = Terms(uuid4(), clock() + LEASE, room, shares or {})
        return await claims.claim(db, clock(), terms)


async def _empty(database):
    async with database.writing() as db:
        await db.execute(deliveries.deliveries.delete())


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lanes=st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 40), min_size=1),
    shares=st.dictionaries(
        st.sampled_from("abcdef"), st.builds(Share, st.integers(0, 9), st.integers(0, 30))
    ),
    room=st.integers(1, 60),
)
async def test_room_is_shared_so_that_no_lane_has_two_more_than_one_that_still_waits(
    database, clock, lanes, shares, room
):
    await _empty(database)
    await put(database, clock, lanes)
    taken = Counter(row.lane for row in await _claim(database, clock, room=room, shares=shares))
    held = {lane: shares.get(lane, Share(0, START)).held for lane in lanes}
    most = {lane: min(count, shares.get(lane, Share(0, START)).free) for lane, count in lanes.items()}
    assert sum(taken.values()) == min(room, sum(most.values()))
    assert all(taken[lane] <= most[lane] for lane in lanes)
    for lane in lanes:
        if taken[lane] < most[lane]:
            assert all(held[each] + taken[each] <= held[lane] + taken[lane] + 1 for each in taken)


async def test_a_long_lane_keeps_no_other_waiting(database, clock):
    await put(database, clock, {"long": 300})
    clock.move(seconds=1)
    await put(database, clock, {"short": 1})
    assert "short" in {row.lane for row in await _claim(database, clock, room=2)}


async def test_a_lane_of_which_nothing_is_known_gives_a_few_rows_and_one_that_is_known_its_share(
    database, clock
):
    await put(database, clock, {"new": 50, "wide": 50, "ill": 50, "full": 50})
    shares = {"wide": Share(10, 30), "ill": Share(0, 1), "full": Share(200, 0), "gone": Share(0, 3)}
    taken = Counter(row.lane for row in await _claim(database, clock, shares=shares))
    assert taken == {"new": START, "wide": 30, "ill": 1}


async def test_the_oldest_of_a_lane_goes_first(database, clock):
    for _ in range(3):
        await put(database, clock, {"a": 1})
        clock.move(seconds=1)
    expected = [row.id for row in await rows(database)]
    assert [(await _claim(database, clock, room=1))[0].id for _ in range(3)] == expected


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
