"""Hints that there is something to do: within the process at once, between processes by NOTIFY. None is relied on."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import psycopg
import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.store import deliveries
from app.store.database import Database
from app.store.prepared import execute, has_short_cut

CHANNEL = "amtdp_deliveries"
NOTIFY = f"NOTIFY {CHANNEL}"
GATHER = 0.01  # seconds: commits in quick succession are one hint
AGAIN = 5.0  # seconds before a lost connection is tried anew
log = structlog.get_logger("amtdp.delivery")


class Hints:
    """Wakes whoever waits; polling finds what a lost hint does not."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._woken = asyncio.Event()
        self._to_tell = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    async def wait(self, seconds: float) -> None:
        """Until woken, or so long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)
        self._woken.clear()

    async def run(self, stop: asyncio.Event) -> None:
        """For a process that queues and does not deliver: tells those that do, until `stop` is set."""
        async with self.passed_on(listen=False):
            await stop.wait()

    @contextlib.asynccontextmanager
    async def passed_on(self, *, listen: bool = True) -> AsyncIterator[None]:
        """While open, this process's commits wake it and other processes and, if it listens, theirs wake it.

        NOTIFY is sent beside the transactions, not in them: inside, it would have their commits queue at one lock.
        """
        end = deliveries.when_queued(self.database, self._queued)
        tasks = []
        if not self.database.is_sqlite:
            tasks = [asyncio.create_task(self._tell())]
            tasks += [asyncio.create_task(self._listen())] if listen else []
        try:
            yield
        finally:
            end()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _queued(self) -> None:
        self._woken.set()
        self._to_tell.set()

    async def _tell(self) -> None:
        while True:
            await self._to_tell.wait()
            self._to_tell.clear()
            try:
                async with self.database.reading() as db:
                    await (execute(db, NOTIFY, []) if has_short_cut(db) else db.execute(text(NOTIFY)))
            except (SQLAlchemyError, OSError) as fault:
                log.warning("hint not sent", fault=type(fault).__name__)
            await asyncio.sleep(GATHER)

    async def _listen(self) -> None:
        url = self.database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self.wake()  # what was queued before we listened
                    async for _ in connection.notifies():
                        self.wake()
            except (psycopg.Error, OSError) as fault:
                log.warning("not listening", fault=type(fault).__name__)
            await asyncio.sleep(AGAIN)
