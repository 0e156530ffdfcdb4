"""Positions after commit: whatever order transactions commit in, and whoever dies, a consumer misses nothing."""

import asyncio
import os
import random
import sys
from contextlib import asynccontextmanager, contextmanager
from itertools import pairwise
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import event, func, select, text

from app.delivery import publishing
from app.delivery.hints import Hints
from app.delivery.publishing import publish
from app.domain.policy import Audience
from app.store import deliveries, feed
from app.store.database import Database
from app.store.journal import events
from tests.clock import START
from tests.delivery.given import Scripted, put, states, until, worker
from tests.events import BOTH, Consumer, CutOff, Told, kept, write_at_random
from tests.given import Given
from tests.statements import heard


async def _queued(database: Database) -> int:
    async with database.reading() as db:
        return await db.scalar(select(func.count()).select_from(feed.event_queue))


async def _published(database: Database) -> int:
    async with database.reading() as db:
        return await db.scalar(select(func.count()).select_from(feed.feed))


async def _overtaken(database: Database) -> int:
    """How many events have a place behind one that was inserted later."""
    async with database.reading() as db:
        ids = (await db.execute(select(feed.feed.c.event_id).order_by(feed.feed.c.position))).scalars().all()
    return sum(earlier > later for earlier, later in pairwise(ids))


@contextmanager
def faulty(database: Database, fails):
    """Each statement for which `fails` is true is cut off before it reaches the database."""

    def statement(_connection, _cursor, text, *_rest):
        if fails(text):
            raise CutOff

    target = database.engine.sync_engine
    event.listen(target, "before_cursor_execute", statement)
    try:
        yield
    finally:
        event.remove(target, "before_cursor_execute", statement)


async def test_a_later_commit_with_the_lower_number_is_not_missed(given: Given):
    """On PostgreSQL two connections interleave; on SQLite the second waits for the first."""
    database, consumer = given.runtime.database, Consumer(await given.staff("coordinator"))
    first, second = (Told(None, f"AMT-2026-0000{n}") for n in (1, 2))
    inserted, release = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with database.writing() as db:
            await first.announce(db, BOTH[1:])
            inserted.set()
            await release.wait()

    slowly = asyncio.create_task(slow())
    await inserted.wait()
    quickly = asyncio.create_task(second.tell(database, BOTH[1:]))
    interleave = not database.is_sqlite
    if interleave:
        await quickly
        await publish(database)
    await consumer.poll()
    assert [each["subject"] for each in consumer.seen] == ([second.number] if interleave else [])
    release.set()
    await asyncio.gather(slowly, quickly)
    await consumer.poll()
    await publish(database)
    await consumer.poll()
    order = [second, first] if interleave else [first, second]
    assert [each["subject"] for each in consumer.seen] == [each.number for each in order]
    async with database.reading() as db:
        by_id = (await db.execute(select(events.c.subject).order_by(events.c.id))).scalars().all()
    assert by_id == [first.number, second.number], "the earlier number was the later commit"


async def test_numbers_given_at_insert_would_lose_that_event(postgres_url):
    """The control: the same schedule, read by the number that the queue gives at insert."""
    database = Database(postgres_url)
    serial, passed, seen = feed.event_queue.c.serial, 0, []

    async def poll() -> None:
        nonlocal passed
        async with database.reading() as db:
            found = await db.execute(select(serial).where(serial > passed).order_by(serial))
        for number in found.scalars():
            passed = number
            seen.append(number)

    async with database.writing() as db:
        await Told(None, "AMT-2026-00001").announce(db, BOTH[1:])
        await Told(None, "AMT-2026-00002").tell(database, BOTH[1:])
        await poll()
    await poll()
    assert (len(seen), await _queued(database)) == (1, 2)
    await database.close()


@pytest.mark.parametrize("seed", range(4))
async def test_consumers_see_every_event_once_and_subjects_in_order_whatever_dies(
    given: Given, settings, seed
):
    chance, database = random.Random(seed), given.runtime.database
    owner, staff = await given.member(), await given.staff("coordinator")
    subjects = [Told(owner.applicant_id, f"AMT-2026-0000{n}") for n in range(4)]
    consumers = {Audience.APPLICANT: Consumer(owner, limit=3), Audience.PROGRAM: Consumer(staff, limit=7)}
    publishers, over = [Database(settings.database) for _ in range(3)], asyncio.Event()
    deaths = 0

    def dies(text: str) -> bool:
        nonlocal deaths
        mid_batch = text.startswith(("INSERT INTO feed", "DELETE FROM event_queue"))
        deaths += (dead := mid_batch and (not deaths or chance.random() < 0.3))
        return dead

    async def go_on(step) -> None:
        while not over.is_set():
            await step()
            await asyncio.sleep(chance.random() / 200)

    with faulty(publishers[0], dies), faulty(publishers[1], dies):
        await subjects[0].tell(database)
        assert await publish(publishers[0]) == 0, "it died in the middle of its batch"
        reading = [asyncio.create_task(go_on(each.poll)) for each in consumers.values()]
        working = [asyncio.create_task(go_on(lambda of=each: publish(of, batch=5))) for each in publishers]
        writing = (write_at_random(database, subjects, random.Random(f"{seed}{n}"), 12) for n in range(6))
        await asyncio.gather(*writing)
        over.set()
        await asyncio.gather(*reading, *working)
    while await publish(publishers[2], batch=50):
        pass
    assert await _queued(database) == 0
    assert database.is_sqlite or await _overtaken(database), "commits came in the order of their numbers"
    for audience, consumer in consumers.items():
        await consumer.drain()
        bodies = await kept(database, audience)
        assert sorted(consumer.ids) == sorted(bodies), "all, and none twice"
        assert len(bodies) > 30
        for sequences in consumer.sequences().values():
            assert sequences == list(range(1, len(sequences) + 1))
    for each in publishers:
        await each.close()


async def test_what_is_committed_while_a_batch_is_written_waits_for_the_next(postgres_url):
    """Even with a number below those of the batch."""
    database, early = Database(postgres_url), psycopg.connect(postgres_url)
    early.execute(
        "INSERT INTO events (id, type, audience, subject_id, subject, sequence, at, body) VALUES"
        " (gen_random_uuid(), 'x', 'program', gen_random_uuid(), 'AMT-2026-00001', 1, now(), '{}')"
    )
    await Told(None, "AMT-2026-00002").tell(database, BOTH[1:])

    def commits(text: str) -> bool:
        if text.startswith("INSERT INTO feed"):
            early.commit()
        return False

    with faulty(database, commits):
        assert await publish(database) == 1
    early.close()
    assert (await _queued(database), await _published(database)) == (1, 1)
    assert await publish(database) == 1
    assert (await _queued(database), await _published(database)) == (0, 2)
    await database.close()


@asynccontextmanager
async def no_further_than(database: Database, place: int):
    """Whoever publishes the event at this place of the queue stays in the middle of its batch."""
    async with database.writing() as db:
        serial = feed.event_queue.c.serial
        its = (await db.execute(select(serial).order_by(serial).offset(place).limit(1))).scalar_one()
        if not database.is_sqlite:
            await db.execute(select(serial).where(serial == its).with_for_update())
            yield
            return
        await db.execute(
            text(
                f"CREATE TRIGGER stays BEFORE DELETE ON event_queue WHEN OLD.serial = {its} BEGIN"
                " SELECT count(*) FROM events a, events b, events c; END"  # for hours
            )
        )
    yield
    async with database.writing() as db:
        await db.execute(text("DROP TRIGGER stays"))


async def test_a_worker_killed_while_it_publishes_leaves_whole_batches(given: Given, settings):
    total, consumer = 10_000, Consumer(await given.staff("coordinator"), limit=200)
    whole = total // 2
    subject = Told(None, "AMT-2026-00001")
    rows = [
        {"id": UUID(int=n), "type": "designation_request.submitted", "audience": "program", "at": START,
         "subject_id": subject.id, "subject": subject.number, "applicant_id": None, "sequence": n,
         "body": f'{{"id":"{n}","subject":"{subject.number}","data":{{"sequence":{n}}}}}'}
        for n in range(1, total + 1)
    ]  # fmt: skip
    database = given.runtime.database
    async with database.writing() as db:
        await db.execute(events.insert(), rows)
    command = [sys.executable, "-m", "app.cli", "worker", "--data-dir", str(settings.data_dir),
               "--database-url", settings.database_url]  # fmt: skip
    async with no_further_than(database, whole + publishing.BATCH // 2):
        child = await asyncio.create_subprocess_exec(*command, env=os.environ)

        async def is_in_the_middle() -> bool:
            return await _published(database) >= whole or child.returncode is not None

        try:
            await until(is_in_the_middle)
        finally:
            child.kill()
            await child.wait()
        assert (await _queued(database), await _published(database)) == (total - whole, whole)
        await consumer.poll()

    async def is_published() -> bool:
        # on PostgreSQL the dead one's turn ends when the server finds that it is gone
        await publish(database)
        return await _queued(database) == 0

    await until(is_published)
    await consumer.drain()
    assert [each["data"]["sequence"] for each in consumer.seen] == list(range(1, total + 1))


async def test_a_worker_publishes_in_its_turn_and_an_idle_one_takes_no_lock(database, clock):
    desk = worker(database, Scripted(), clock)
    await Told(None, "AMT-2026-00001").tell(database, BOTH[1:])
    assert await desk.work() == 0
    assert (await _queued(database), await _published(database)) == (0, 1)
    with heard(database) as statements:
        await desk.work()
    assert not [text for text in statements if not text.startswith("SELECT")], "nothing was written"


async def test_events_wake_the_loop_even_where_nobody_listens_for_them(database):
    hints = Hints(database)
    async with hints.passed_on():
        await hints.wait(0.05)
        await Told(None, "AMT-2026-00001").tell(database, BOTH[1:])
        async with asyncio.timeout(5):
            await hints.wait(60)


async def test_deliveries_go_on_while_the_feed_cannot_be_written(database, clock):
    sender = Scripted()
    await Told(None, "AMT-2026-00001").tell(database, BOTH[1:])
    await put(database, clock, {"a": 3})
    desk = worker(database, sender, clock)
    with faulty(database, lambda text: text.startswith("INSERT INTO feed")):
        await desk.drain()
    assert await states(database) == {"done": 3}
    assert (await _queued(database), await _published(database)) == (1, 0)
    await desk.work()
    assert (await _queued(database), await _published(database)) == (0, 1)


async def test_turns_do_not_wait_for_a_feed_that_is_slow_to_write(postgres_url, clock):
    ours, slow = Database(postgres_url), Database(postgres_url)
    await Told(None, "AMT-2026-00001").tell(ours, BOTH[1:])
    desk, stop = worker(ours, Scripted(), clock), asyncio.Event()

    async def is_done() -> bool:
        return await states(ours) == {"done": 3}

    async with slow.writing() as db:
        await db.execute(select(feed.event_queue.c.serial).with_for_update())
        running = asyncio.create_task(desk.run(stop))
        async with asyncio.timeout(20):
            while not desk._publishes.goes_on:  # noqa: ASYNC110 - set by nothing that could be waited for
                await asyncio.sleep(0.002)
        await put(ours, clock, {"a": 3})
        await until(is_done)
        assert await _published(ours) == 0
        stop.set()
    await running
    assert (await _queued(ours), await _published(ours)) == (0, 1), "begun, and so ended before the loop"
    await ours.close()
    await slow.close()


async def test_whoever_comes_while_another_publishes_leaves_it_to_that_one(postgres_url):
    one, other = Database(postgres_url), Database(postgres_url)
    await Told(None, "AMT-2026-00001").tell(one, BOTH[1:])
    async with one.writing() as db:
        assert await feed.publish(db, 10) == 1
        async with asyncio.timeout(10):
            assert await publish(other) == 0
    assert await publish(other) == 0
    assert await _published(one) == 1
    await one.close()
    await other.close()


async def test_a_look_tells_of_the_queue(database, clock):
    async def unpublished() -> bool:
        async with database.reading() as db:
            return bool((await deliveries.look(db, clock())).unpublished)

    assert not await unpublished()
    await Told(None, "AMT-2026-00001").tell(database, BOTH[1:])
    assert await unpublished()
    await publish(database)
    assert not await unpublished()
