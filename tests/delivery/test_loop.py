"""The delivery loop: nothing lost, nothing settled by a stranger, and what cannot be sent ends somewhere."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.delivery.backoff import JITTER, WAITS, next_attempt
from app.delivery.loop import LEASE, Worker
from app.delivery.senders import EmlFolder
from app.keystore import keyring_of
from app.services import post
from app.services.post import Letter
from app.settings import Settings
from app.storage.blobs import Blobs
from app.storage.scanning import NoScanner
from app.store import deliveries
from app.store.database import Database
from tests.clock import START, Clock


class Refusing:
    """A mail server that takes nothing."""

    async def send(self, mail, name):
        raise ConnectionRefusedError(mail["To"])


def _worker(database: Database, settings: Settings, mail, clock: Clock) -> Worker:
    keyring, blobs = keyring_of(settings), Blobs(settings.storage)
    return Worker(
        database, keyring, mail, "desk@amtdp.example", clock, "http://test", blobs, NoScanner(), random.Random(1)
    )


async def _states(database: Database) -> Counter[str]:
    async with database.reading() as db:
        query = select(deliveries.deliveries.c.state, func.count()).group_by(deliveries.deliveries.c.state)
        return Counter({state: n for state, n in await db.execute(query)})


async def test_a_letter_is_written_whole_and_its_secret_is_not_kept(database, settings, clock, tmp_path):
    worker = _worker(database, settings, EmlFolder(tmp_path / "mail"), clock)
    letter = Letter(
        "ana@northfield.example", "confirmation_code", {"code": "493817", "link": "http://test/x"}
    )
    async with database.writing() as db:
        await post.queue(db, worker.keyring, [letter], clock())
    table = deliveries.deliveries
    async with database.reading() as db:
        waiting = (await db.execute(select(table))).one()
    assert "493817" not in repr(waiting)
    assert "northfield" not in repr(waiting)
    await worker.drain()
    (written,) = (tmp_path / "mail").glob("*.eml")
    mail = message_from_bytes(written.read_bytes())
    assert mail["To"] == "ana@northfield.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "493817" in mail.get_payload(0).get_payload()
    async with database.reading() as db:
        row = (await db.execute(select(table))).one()
    assert (row.state, row.payload, row.attempts) == ("done", "", 1)


async def test_a_key_that_is_told_once_is_told_once(database, settings, clock, tmp_path):
    worker = _worker(database, settings, EmlFolder(tmp_path / "mail"), clock)
    letter = Letter("a@b.example", "address_claimed", {}, once="the-same")
    for _ in range(3):
        async with database.writing() as db:
            await post.queue(db, worker.keyring, [letter], clock())
    await worker.drain()
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 1


async def test_a_server_that_refuses_is_asked_again_by_the_table_and_then_given_up(database, settings, clock):
    worker = _worker(database, settings, Refusing(), clock)
    async with database.writing() as db:
        await post.queue(db, worker.keyring, [Letter("a@b.example", "address_claimed", {})], clock())
    for attempt in range(1, len(WAITS) + 2):
        assert await worker.work() == 1, f"attempt {attempt}"
        assert await worker.work() == 0, "not before its time"
        clock.move(days=2)
    assert await _states(database) == {"dead": 1}
    async with database.reading() as db:
        (row,) = await deliveries.dead(db)
    assert (row.attempts, row.last_error) == (len(WAITS) + 1, "ConnectionRefusedError")


async def test_what_a_dead_worker_held_is_taken_over_after_its_lease_and_settled_only_by_its_holder(
    database, settings, clock, tmp_path
):
    worker = _worker(database, settings, EmlFolder(tmp_path / "mail"), clock)
    async with database.writing() as db:
        await post.queue(db, worker.keyring, [Letter("a@b.example", "address_claimed", {})], clock())
    async with database.writing() as db:
        (held,) = await deliveries.claim(db, clock(), LEASE, 10)
    assert await worker.work() == 0
    clock.move(seconds=LEASE.total_seconds() + 1)
    async with database.writing() as db:
        (taken,) = await deliveries.claim(db, clock(), LEASE, 10)
    async with database.writing() as db:
        assert not await deliveries.settle(db, held, {"state": "done"})
        assert await deliveries.settle(db, taken, {"state": "done"})
    assert taken.attempts == 2


async def test_two_workers_share_the_rows_and_no_row_goes_twice(database, settings, clock, tmp_path):
    first = _worker(database, settings, EmlFolder(tmp_path / "mail"), clock)
    other = Database(settings.database)
    second = _worker(other, settings, EmlFolder(tmp_path / "mail"), clock)
    async with database.writing() as db:
        letters = [Letter(f"p{n}@b.example", "address_claimed", {}) for n in range(90)]
        await post.queue(db, first.keyring, letters, clock())
    await asyncio.gather(first.drain(), second.drain())
    await other.close()
    async with database.reading() as db:
        attempts = set((await db.execute(select(deliveries.deliveries.c.attempts))).scalars())
    assert attempts == {1}
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 90


async def test_workers_killed_in_the_middle_lose_nothing(database, settings, tmp_path):
    """Real processes, kill -9, real time: what the dead held is finished once its lease has ended."""
    total, clock = 300, Clock(START)
    keyring = keyring_of(settings)
    async with database.writing() as db:
        letters = [Letter(f"p{n}@b.example", "address_claimed", {}) for n in range(total)]
        await post.queue(db, keyring, letters, clock())
    folder = settings.data_dir / "mail"
    command = [sys.executable, "-m", "app.cli", "worker", "--data-dir", str(settings.data_dir),
               "--database-url", settings.database_url]  # fmt: skip
    for written in (40, 120):
        child = subprocess.Popen(command, env={**os.environ, "AMTDP_MODE": "development"})
        async with asyncio.timeout(60):
            while len(list(folder.glob("*.eml"))) < written and child.poll() is None:
                await asyncio.sleep(0.005)
        child.send_signal(signal.SIGKILL)
        child.wait()
    left = await _states(database)
    assert left["done"] < total, "the kills came too late to show anything"
    # a clock ahead of every lease the dead can hold
    from datetime import UTC, datetime

    late = Clock(datetime.now(UTC) + 2 * LEASE)
    await _worker(database, settings, EmlFolder(folder), late).drain()
    assert await _states(database) == {"done": total}
    assert len(list(folder.glob("*.eml"))) == total


@pytest.mark.parametrize("attempts", range(1, len(WAITS) + 2))
def test_the_wait_after_each_attempt_is_the_tables_give_or_take_the_jitter(attempts):
    if attempts > len(WAITS):
        assert next_attempt(attempts, START, random.Random(0)) is None
        return
    waits = [next_attempt(attempts, START, random.Random(seed)) - START for seed in range(50)]
    planned = WAITS[attempts - 1]
    assert all(planned * (1 - JITTER) <= wait <= planned * (1 + JITTER) for wait in waits)
    assert len(set(waits)) > 1
    assert planned > timedelta(0)


def test_a_fact_with_a_line_break_begins_no_header():
    from uuid import UUID

    from app.delivery.letters import message

    letter = Letter(
        "a@b.example", "access_lost", {"applicant": "X\r\nBcc: all@b.example", "change": "removed"}
    )
    mail = message(letter, UUID(int=1), "desk@amtdp.example", START)
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Your access to X Bcc: all@b.example has changed"


def test_every_template_is_filled_by_its_facts(tmp_path: Path):
    from importlib import resources
    from string import Template
    from uuid import UUID

    from app.delivery.letters import message

    names = [
        entry.name
        for entry in resources.files("app.delivery.templates").iterdir()
        if entry.name.endswith(".txt")
    ]
    assert names
    for name in names:
        text = resources.files("app.delivery.templates").joinpath(name).read_text()
        facts = {fact: f"<{fact}>" for fact in Template(text).get_identifiers()}
        mail = message(
            Letter("a@b.example", name.removesuffix(".txt"), facts), UUID(int=1), "d@x.example", START
        )
        html = mail.get_body(("html",)).get_content()
        assert "$" not in mail.get_body(("plain",)).get_content()
        assert not any(f"<{fact}>" in html for fact in facts), "facts are escaped in HTML"
