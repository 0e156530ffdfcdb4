"""The delivery loop: nothing lost, nothing settled by a stranger, and what cannot be sent ends somewhere."""

import asyncio
from datetime import timedelta
from email import message_from_bytes
from uuid import uuid4

import pytest

from app.delivery.backoff import WAITS
from app.delivery.loop import LEASE
from app.delivery.senders import EmlFolder
from app.delivery.sending import Dead, Delivered, Retry
from app.services.post import Letter
from app.store import claims, deliveries, settlements
from app.store.claims import Terms
from app.store.database import Database
from app.store.settlements import CANCELLED, DEAD, DONE, READY, Ending
from tests.delivery.given import Scripted, mail_worker, post_letters, put, rows, states, until, worker


async def _claim(database, clock, room=10):
    async with database.writing() as db:
        return await claims.claim(db, clock(), Terms(uuid4(), clock() + LEASE, room))


async def test_a_letter_is_written_whole_and_its_secret_is_not_kept(database, settings, clock, tmp_path):
    letter = Letter("ana@northfield.example", "confirmation_code", {"code": "493817", "link": "http://t/x"})
    await post_letters(database, settings, clock, letter)
    waiting = repr(await rows(database))
    assert "493817" not in waiting
    assert "northfield" not in waiting
    await mail_worker(database, settings, EmlFolder(tmp_path / "mail"), clock).drain()
    (written,) = (tmp_path / "mail").iterdir()
    mail = message_from_bytes(written.read_bytes())
    assert (written.suffix, mail["To"]) == (".eml", "ana@northfield.example")
    assert "493817" in mail.get_payload(0).get_payload()
    (row,) = await rows(database)
    assert (row.state, row.payload, row.attempts, row.token) == ("done", "", 1, None)


async def test_a_key_that_is_told_once_is_told_once(database, settings, clock, tmp_path):
    for _ in range(3):
        letter = Letter("a@b.example", "address_claimed", {}, once="the-same")
        await post_letters(database, settings, clock, letter)
    await mail_worker(database, settings, EmlFolder(tmp_path / "mail"), clock).drain()
    assert len(list((tmp_path / "mail").iterdir())) == 1


async def test_what_fails_is_tried_again_by_the_table_and_then_given_up(database, clock):
    def refuse(_):
        raise ConnectionRefusedError("with a secret in it")

    desk = worker(database, Scripted(refuse), clock)
    await put(database, clock, {"a": 1})
    for attempt in range(1, len(WAITS) + 2):
        assert await desk.work() == 1, f"attempt {attempt}"
        assert await desk.work() == 0, "not before its time"
        clock.move(days=2)
    assert await states(database) == {"dead": 1}
    async with database.reading() as db:
        (row,) = await deliveries.dead(db)
    assert (row.attempts, row.last_error) == (len(WAITS) + 1, "ConnectionRefusedError")


async def test_the_dead_can_be_brought_back_and_begin_anew(database, clock):
    answers = {"first": Dead("gone"), "second": Delivered()}
    sender = Scripted(lambda _: answers["first" if len(sender.given) == 1 else "second"])
    desk = worker(database, sender, clock)
    await put(database, clock, {"a": 1})
    await desk.drain()
    (row,) = await rows(database)
    assert (row.state, row.last_error, row.attempts) == ("dead", "gone", 1)
    async with database.writing() as db:
        assert await deliveries.revive(db, clock(), kind="other") == 0
        assert await deliveries.revive(db, clock(), ids=[row.id]) == 1
    await desk.drain()
    (row,) = await rows(database)
    assert (row.state, row.attempts) == ("done", 1)


async def test_a_peer_that_names_a_time_is_not_asked_before_it(database, clock):
    desk = worker(database, Scripted(lambda row: Retry("busy", clock() + timedelta(hours=1))), clock)
    await put(database, clock, {"a": 1})
    await desk.work()
    clock.move(minutes=59)
    assert await desk.work() == 0
    clock.move(minutes=2)
    assert await desk.work() == 1


async def test_outcomes_are_noted_in_the_transaction_that_settles_them(database, clock):
    sender = Scripted(lambda row: Retry("no") if row.payload == "a:1" else Delivered())
    await put(database, clock, {"a": 3})
    await worker(database, sender, clock).work()
    noted = {claimed.payload: type(outcome) for claimed, outcome in sender.noted}
    assert noted == {"a:0": Delivered, "a:1": Retry, "a:2": Delivered}


async def test_what_a_dead_worker_held_is_taken_over_after_its_lease_and_settled_only_by_its_holder(
    database, clock
):
    desk = worker(database, Scripted(), clock)
    await put(database, clock, {"a": 1})
    (held,) = await _claim(database, clock)
    assert await desk.work() == 0
    clock.move(seconds=LEASE.total_seconds() + 1)
    assert await desk.work() == 0, "the sweep frees it"
    (taken,) = await _claim(database, clock)
    async with database.writing() as db:
        for state in (DONE, READY, DEAD, CANCELLED):
            assert await settlements.settle(db, [Ending(held, state, clock(), "late")], clock()) == set()
        await deliveries.hand_back(db, [held])
        assert await settlements.settle(db, [Ending(taken, DONE)], clock()) == {taken.id}
    assert taken.attempts == 2


async def test_a_row_that_outlives_too_many_workers_is_given_up(database, clock):
    await put(database, clock, {"a": 1})
    for _ in range(len(WAITS) + 1):
        assert len(await _claim(database, clock)) == 1
        clock.move(seconds=LEASE.total_seconds() + 1)
        assert await worker(database, Scripted(), clock, kind="other").work() == 0
    assert await states(database) == {"dead": 1}


async def test_a_late_outcome_is_dropped_and_noted_nowhere(database, clock):
    async def too_late(claimed):
        clock.move(seconds=LEASE.total_seconds() + 1)
        async with database.writing() as db:
            await deliveries.sweep(db, clock(), 10)
        (taken,) = await _claim(database, clock)
        assert taken.id == claimed.id
        return Delivered()

    sender = Scripted()
    sender.send = too_late
    await put(database, clock, {"a": 1})
    await worker(database, sender, clock).work()
    assert await states(database) == {"running": 1}
    assert sender.noted == []


async def test_an_attempt_that_hangs_is_cut_off_and_tried_later(database, clock):
    class Hanging(Scripted):
        async def send(self, claimed):
            await asyncio.sleep(60)

    sender = Hanging()
    sender.limit = timedelta(milliseconds=20)
    await put(database, clock, {"a": 1})
    await worker(database, sender, clock).work()
    (row,) = await rows(database)
    assert (row.state, row.last_error) == ("ready", "TimeoutError")


async def test_two_workers_share_the_rows_and_no_row_goes_twice(database, settings, clock):
    other, sender = Database(settings.database), Scripted()
    await put(database, clock, {f"lane{n}": 30 for n in range(4)})
    await asyncio.gather(
        worker(database, sender, clock).drain(),
        worker(other, sender, clock).drain(),
    )
    await worker(database, sender, clock).drain()
    await other.close()
    assert len({row.id for row in sender.given}) == len(sender.given) == 120
    assert await states(database) == {"done": 120}


async def test_a_loop_that_stops_settles_what_ends_and_hands_back_what_does_not(database, clock):
    stop, begun = asyncio.Event(), asyncio.Event()

    class Slow(Scripted):
        async def send(self, claimed):
            begun.set()
            # the quick one ends as the loop stops, with all of the grace before it
            await (stop.wait() if claimed.lane == "quick" else asyncio.sleep(60))
            return Delivered()

    await put(database, clock, {"quick": 1, "slow": 1})
    desk = worker(database, Slow(), clock)
    desk.grace = 0.3
    running = asyncio.create_task(desk.run(stop))
    await begun.wait()
    stop.set()
    await running
    found = {row.lane: (row.state, row.attempts, row.token) for row in await rows(database)}
    assert found == {"quick": ("done", 1, None), "slow": ("ready", 0, None)}


async def test_a_loop_goes_on_after_the_database_was_away(database, clock):
    stop, sender = asyncio.Event(), Scripted()
    desk = worker(database, sender, clock)
    looks = iter([OSError("away"), OSError("away")])
    look = desk._look

    async def sometimes():
        fault = next(looks, None)
        if fault is not None:
            raise fault
        return await look()

    desk._look = sometimes
    await put(database, clock, {"a": 1})
    running = asyncio.create_task(desk.run(stop))

    async def is_done() -> bool:
        return await states(database) == {"done": 1}

    await until(is_done)
    stop.set()
    await running


async def test_settled_rows_are_forgotten_in_their_time(database, clock):
    await put(database, clock, {"a": 2})
    await worker(database, Scripted(), clock).drain()
    await put(database, clock, {"b": 1})
    clock.move(days=3)
    async with database.writing() as db:
        assert await deliveries.settled_before(db, clock() - timedelta(days=4)) == []
        over = await deliveries.settled_before(db, clock() - timedelta(days=2))
        await deliveries.forget(db, over)
    assert await states(database) == {"ready": 1}


@pytest.mark.parametrize("length", [10, 5000])
async def test_an_error_is_kept_short(database, clock, length):
    await put(database, clock, {"a": 1})
    await worker(database, Scripted(lambda _: Retry("x" * length)), clock).work()
    (row,) = await rows(database)
    assert row.last_error == "x" * min(length, 300)


class Loading(Scripted):
    """Has faults happen as it loads what was claimed, or notes what has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.fails: set[str] = set()

    async def load(self, db, claimed, at) -> None:
        self._fail("load")

    async def note(self, db, outcomes) -> None:
        self._fail("note")
        await super().note(db, outcomes)

    def _fail(self, where: str) -> None:
        if where in self.fails:
            raise OSError(where)


@pytest.mark.parametrize(
    ("fails", "given", "found"),
    [
        ("load", 1, {"done": 1, "ready": 1}),  # what ended is settled though nothing can be claimed
        ("note", 2, {"running": 2}),  # what was claimed is sent though nothing can be settled
    ],
)
async def test_a_turn_that_cannot_settle_claims_and_one_that_cannot_claim_settles(
    database, clock, fails, given, found
):
    sender = Loading()
    desk = worker(database, sender, clock)
    await put(database, clock, {"a": 1})
    await desk._turn(await desk._look())
    await asyncio.gather(*desk.attempts.running)
    await put(database, clock, {"b": 1})
    sender.fails = {fails}

    async def turn() -> None:
        try:
            await desk._turn(await desk._look())
        finally:
            await desk._settles.end()

    with pytest.raises(OSError, match=fails):
        await turn()
    await asyncio.gather(*desk.attempts.running)
    assert (len(sender.given), await states(database)) == (given, found)
    sender.fails = set()
    await desk.drain()
    await desk.work()
    assert await states(database) == {"done": 2}
    assert len({row.id for row, _ in sender.noted}) == len(sender.noted) == len(sender.given) == 2
