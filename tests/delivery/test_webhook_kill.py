"""Real workers. Kill -9, five thousand deliveries, one answer in twenty an error: nothing is lost.

One that is told to end does so in order: what is under way is settled, and all else is anybody's at once.
"""

import asyncio
import os
import signal
import sys
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from random import Random

from app.delivery.loop import LEASE
from app.domain.identity import new_id
from app.domain.policy import Audience
from app.services import announcements, fan_out
from app.services.announcements import Announcement, Subject
from tests.api.hooks import PATH
from tests.clock import Clock
from tests.delivery.given import ending, rows, states
from tests.delivery.peers import OK, Got, listening, sending
from tests.given import Given, Person

ENDPOINTS, EVENTS = 10, 500
TOTAL = ENDPOINTS * EVENTS
REFUSED = b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"
EVENT = "designation_request.withdrawn"


async def _tell(given: Given, applicant_id, count: int) -> None:
    """So many events about as many requests, each with a delivery for every endpoint."""
    runtime = given.runtime
    for place in range(count):
        number = f"AMT-2026-{place + 1:05d}"
        thin = {"number": number, "status": "withdrawn"}
        about = Subject(
            new_id(),
            number,
            f"/v1/designation-requests/{number}",
            applicant_id,
            thin,
            {Audience.APPLICANT: 0},
        )
        async with runtime.database.writing() as db:
            await announcements.announce(
                db,
                about,
                runtime.now(),
                runtime.settings.public_url,
                [Announcement(EVENT, Audience.APPLICANT)],
            )


def _command(given: Given) -> list[str]:
    settings = given.runtime.settings
    return [sys.executable, "-m", "app.cli", "worker", "--data-dir", str(settings.data_dir),
            "--database-url", settings.database_url]  # fmt: skip


async def _hooks(given: Given, port: int, count: int) -> Person:
    """Somebody with so many endpoints there."""
    person = await given.member()
    for place in range(count):
        body = {"url": f"http://127.0.0.1:{port}/{place}", "event_types": [EVENT]}
        assert (await person.post(PATH, json=body)).status_code == 201
    return person


async def test_workers_killed_in_the_middle_of_five_thousand_lose_nothing(given: Given, clock):
    clock.at = datetime.now(UTC) - timedelta(minutes=1)
    random, database = Random(7), given.runtime.database
    taken: dict[tuple[str, str], set[bytes]] = defaultdict(set)
    doomed: list[tuple[int, asyncio.subprocess.Process]] = []

    async def behave(got: Got, writer: asyncio.StreamWriter) -> None:
        if doomed and len(taken) >= doomed[0][0]:  # before the answer: somebody is in the middle of it
            doomed.pop(0)[1].send_signal(signal.SIGKILL)
        if random.random() < 0.05:
            writer.write(REFUSED)
        else:
            taken[got.head, got.headers["webhook-id"]].add(got.body)
            writer.write(OK)
        await writer.drain()

    async with listening(behave) as peer:
        person = await _hooks(given, peer.port, ENDPOINTS)
        await _tell(given, person.applicant_id, EVENTS)
        assert (await states(database, fan_out.KIND))["ready"] == TOTAL
        # three beside each other on PostgreSQL; SQLite has one process at a time
        waves = [(300,), (1200,), (2400,)] if database.is_sqlite else [(300, 1200, 2400)]
        for marks in waves:
            children = [await asyncio.create_subprocess_exec(*_command(given), env=os.environ) for _ in marks]
            doomed += zip(marks, children, strict=True)
            async with ending(*children):
                assert {await child.wait() for child in children} == {-signal.SIGKILL}
        left = await states(database, fan_out.KIND)
        assert left["done"] < TOTAL, "the kills came too late to show anything"
        assert left["running"] > 0, "nobody was in the middle of anything"
        # a clock ahead of every lease the dead can hold, and of the first waits of the retry table
        given.runtime.now = Clock(datetime.now(UTC) + 2 * LEASE + timedelta(hours=1))
        async with sending(given.runtime) as worker:
            await worker.work()
            for _ in range(9):
                await worker.drain()
                given.runtime.now.move(hours=30)
    assert await states(database, fan_out.KIND) == {"done": TOTAL}
    assert len(taken) == TOTAL
    assert all(len(bodies) == 1 for bodies in taken.values()), "an id is one event, however often it comes"


async def test_a_worker_told_to_end_settles_what_is_under_way_and_gives_the_rest_back(given: Given, clock):
    clock.at = datetime.now(UTC) - timedelta(minutes=1)
    database, total = given.runtime.database, 4 * 100
    child: list[asyncio.subprocess.Process] = []
    taken, late = list[tuple[str, str]](), list[str]()

    async def behave(got: Got, writer: asyncio.StreamWriter) -> None:
        taken.append((got.head, got.headers["webhook-id"]))
        if len(taken) == 100:
            child[0].send_signal(signal.SIGTERM)
        if len(taken) >= 100 and child[0].returncode is None:
            late.append(got.headers["webhook-id"])
            await asyncio.sleep(0.5)  # the signal is there before the answer
        writer.write(OK)
        await writer.drain()

    async with listening(behave) as peer:
        person = await _hooks(given, peer.port, 4)
        await _tell(given, person.applicant_id, 100)
        started = await asyncio.create_subprocess_exec(*_command(given), env=os.environ)
        child.append(started)
        async with ending(started):
            assert await started.wait() == 0
        found = [each for each in await rows(database) if each.kind == fan_out.KIND]
        settled = [each for each in found if each.state == "done"]
        ready = [each for each in found if each.state == "ready"]
        assert len(settled) + len(ready) == total
        assert late, "nothing was under way"
        assert len(settled) == len(taken) < total, "each that was sent is settled, and others were left"
        assert {(each.attempts, each.token, each.lease_until) for each in ready} == {(0, None, None)}
        given.runtime.now = Clock(datetime.now(UTC))  # anybody's at once: no lease is waited for
        async with sending(given.runtime) as worker:
            await worker.drain()
    assert await states(database, fan_out.KIND) == {"done": total}
    assert len(taken) == len(set(taken)) == total, "and each was sent once"
