"""Real processes, kill -9, real time: what the dead held is finished once its lease has ended."""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime

from app.delivery.loop import LEASE
from app.delivery.senders import SmtpServer
from app.services import post
from app.services.post import Letter
from tests.clock import Clock
from tests.delivery.given import ending, mail_worker, post_letters, states
from tests.delivery.test_smtp import Desk as Server
from tests.delivery.test_smtp import serving

TOTAL = 400


class Killing(Server):
    """Takes mail, and kills whoever hands over that many before it is answered."""

    child: asyncio.subprocess.Process | None = None
    mark = 0

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - its hook
        answer = await super().handle_DATA(server, session, envelope)
        if self.child is not None and len(self.taken) >= self.mark:
            self.child, dead = None, self.child
            dead.send_signal(signal.SIGKILL)
        return answer


async def test_workers_killed_in_the_middle_lose_nothing(database, settings):
    letters = [Letter(f"p{n}@b.example", "address_claimed", {}) for n in range(TOTAL)]
    await post_letters(database, settings, Clock(), *letters)
    command = [sys.executable, "-m", "app.cli", "worker", "--data-dir", str(settings.data_dir),
               "--database-url", settings.database_url]  # fmt: skip
    there = Killing()
    async with serving(there) as port:
        url = f"smtp://127.0.0.1:{port}"
        for there.mark in (40, 120):
            child = await asyncio.create_subprocess_exec(*command, env={**os.environ, "AMTDP_SMTP_URL": url})
            there.child = child
            async with ending(child):
                assert await child.wait() == -signal.SIGKILL
        left = await states(database, post.KIND)
        assert left["done"] < TOTAL, "the kills came too late to show anything"
        assert left["running"] > 0
        # a clock ahead of every lease the dead can hold
        desk = mail_worker(database, settings, SmtpServer(url), Clock(datetime.now(UTC) + 2 * LEASE))
        await desk.work()
        await desk.drain()
    assert await states(database, post.KIND) == {"done": TOTAL}
    assert set(there.recipients) == {each.to for each in letters}
