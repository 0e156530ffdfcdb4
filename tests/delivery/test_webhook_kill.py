"""Real workers, kill -9, five thousand deliveries, one answer in twenty an error: nothing is lost."""

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
from tests.delivery.given import ending, states
from tests.delivery.peers import OK, Got, listening, sending
from tests.given import Given

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


async def test_workers_killed_in_the_middle_of_five_thousand_lose_nothing(given: Given, clock):
    clock.at = datetime.now(UTC) - timedelta(minutes=1)
    random, database, settings = Random(7), given.runtime.database, given.runtime.settings
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

    command = [sys.executable, "-m", "app.cli", "worker", "--data-dir", str(settings.data_dir),
               "--database-url", settings.database_url]  # fmt: skip
    async with listening(behave) as peer:
        person = await given.member()
        for place in range(ENDPOINTS):
            body = {"url": f"http://127.0.0.1:{peer.port}/{place}", "event_types": [EVENT]}
            assert (await person.post(PATH, json=body)).status_code == 201
        await _tell(given, person.applicant_id, EVENTS)
        assert (await states(database, fan_out.KIND))["ready"] == TOTAL
        # three beside each other on PostgreSQL; SQLite has one process at a time
        waves = [(300,), (1200,), (2400,)] if database.is_sqlite else [(300, 1200, 2400)]
        for marks in waves:
            children = [await asyncio.create_subprocess_exec(*command, env=os.environ) for _ in marks]
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
