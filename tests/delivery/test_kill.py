"""Real processes, kill -9, real time: what the dead held is finished once its lease has ended."""

import asyncio
import os
import sys
from datetime import UTC, datetime

from app.delivery.loop import LEASE
from app.delivery.senders import EmlFolder
from app.services import post
from app.services.post import Letter
from tests.clock import Clock
from tests.delivery.given import mail_worker, post_letters, states, until

TOTAL = 400


async def test_workers_killed_in_the_middle_lose_nothing(database, settings):
    letters = [Letter(f"p{n}@b.example", "address_claimed", {}) for n in range(TOTAL)]
    await post_letters(database, settings, Clock(), *letters)
    folder = settings.data_dir / "mail"
    command = [sys.executable, "-m", "app.cli", "worker", "--data-dir", str(settings.data_dir),
               "--database-url", settings.database_url]  # fmt: skip
    for written in (40, 120):
        child = await asyncio.create_subprocess_exec(*command, env=os.environ)

        async def is_in_the_middle(child=child, written=written) -> bool:
            return len(list(folder.glob("*.eml"))) >= written or child.returncode is not None

        await until(is_in_the_middle)
        child.kill()
        await child.wait()
    left = await states(database, post.KIND)
    assert left["done"] < TOTAL, "the kills came too late to show anything"
    assert left["running"] > 0
    # a clock ahead of every lease the dead can hold
    desk = mail_worker(database, settings, EmlFolder(folder), Clock(datetime.now(UTC) + 2 * LEASE))
    await desk.work()
    await desk.drain()
    assert await states(database, post.KIND) == {"done": TOTAL}
    assert len(list(folder.glob("*.eml"))) == TOTAL
