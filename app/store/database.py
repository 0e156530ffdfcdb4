"""The two ways to reach the database: `writing` (one transaction, committed at the end) and `reading` (autocommit).

SQLite: the driver's own transaction handling loses updates silently, so it is switched off and every write begins with
BEGIN IMMEDIATE, one at a time behind a lock in the process (cheaper than the database's busy wait).

What a statement carried is in no error and so in no log: contents are confidential.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA synchronous=FULL",
    # without it INSERT OR REPLACE deletes a row past its DELETE trigger
    "PRAGMA recursive_triggers=ON",
    "PRAGMA busy_timeout=10000",
)
DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


def with_driver(url: str) -> URL:
    """The URL with this service's driver where none is named."""
    parsed = make_url(url)
    return parsed.set(drivername=DRIVERS.get(parsed.drivername, parsed.drivername))


class Database:
    """An engine, the lock that SQLite's writers queue at, and the two ways in."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = with_driver(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writer_turn = asyncio.Lock()
        if self.is_sqlite:
            self.engine = _sqlite_engine(self.url, pool_size=1, begin="BEGIN IMMEDIATE")
            self.reader = _sqlite_engine(self.url, pool_size=pool_size, begin=None)
        else:
            self.engine = _postgresql_engine(self.url, pool_size)
            # a pool of its own: one that switched to and fro would pay for it on every read
            self.reader = _postgresql_engine(
                self.url, pool_size, isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True
            )

    @property
    def engines(self) -> tuple[AsyncEngine, AsyncEngine]:
        """Both engines; each has a pool of its own."""
        return self.engine, self.reader

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        if not self.is_sqlite:
            async with self.engine.begin() as connection:
                yield connection
            return
        async with self._writer_turn, self.engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Statements that each stand alone; nothing is held open between them."""
        async with self.reader.connect() as connection:
            yield connection

    async def close(self) -> None:
        for engine in self.engines:
            await engine.dispose()


def _postgresql_engine(url: URL, pool_size: int, **more: Any) -> AsyncEngine:
    # no overflow: connections that come and go cost more than a call that waits its turn
    return create_async_engine(
        url, pool_size=pool_size, max_overflow=0, pool_timeout=10, hide_parameters=True, **more
    )


def _sqlite_engine(url: URL, *, pool_size: int, begin: str | None) -> AsyncEngine:
    engine = create_async_engine(
        url, pool_size=pool_size, max_overflow=0, pool_timeout=30, hide_parameters=True
    )

    def on_connect(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in SQLITE_PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    def on_begin(connection: Connection) -> Any:
        connection.exec_driver_sql(str(begin))

    event.listen(engine.sync_engine, "connect", on_connect)
    if begin is not None:
        event.listen(engine.sync_engine, "begin", on_begin)
    return engine
