"""The two ways to reach the database: `writing` (one transaction, committed at the end) and `reading` (autocommit).

SQLite: the driver's own transaction handling loses updates silently, so it is switched off and every write begins with
BEGIN IMMEDIATE, one at a time behind a lock in the process (cheaper than the database's busy wait).

What a statement carried is in no error and so in no log: contents are confidential.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from app.store import short_cut
from app.store.short_cut import ShortCut

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA synchronous=FULL",
    # without it INSERT OR REPLACE deletes a row past its DELETE trigger
    "PRAGMA recursive_triggers=ON",
    "PRAGMA busy_timeout=10000",
)
QUEUED = "queued"  # a note on a connection: its transaction has queued something
PATIENCE = 10  # seconds to wait for a connection that others use
DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


def with_driver(url: str) -> URL:
    """The URL with this service's driver where none is named."""
    parsed = make_url(url)
    return parsed.set(drivername=DRIVERS.get(parsed.drivername, parsed.drivername))


class Database:
    """An engine, the lock that SQLite's writers queue at, and the two ways in.

    `queued` are called after each transaction that has queued something (see `store.deliveries`).
    """

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = with_driver(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writer_turn = asyncio.Lock()
        self.queued: list[Callable[[], None]] = []
        if self.is_sqlite:
            self.engine = _sqlite_engine(self.url, pool_size=1, begin="BEGIN IMMEDIATE")
            self.reader = _sqlite_engine(self.url, pool_size=pool_size, begin=None)
        else:
            self.engine = _postgresql_engine(self.url, pool_size)
            # a pool of its own: one that switched to and fro would pay for it on every read
            self.reader = _postgresql_engine(
                self.url, pool_size, isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True
            )
        self._writers, self._readers = AtHand(self.engine, pool_size), AtHand(self.reader, pool_size)

    @property
    def engines(self) -> tuple[AsyncEngine, AsyncEngine]:
        """Both engines; each has a pool of its own."""
        return self.engine, self.reader

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        if self.is_sqlite:
            async with self._writer_turn, self.engine.connect() as connection:
                async with connection.begin():
                    yield connection
                self._tell(connection)
        else:
            connection = await self._writers.take()
            try:
                connection.info.pop(QUEUED, None)  # of a transaction that came to nothing
                try:
                    yield connection
                except BaseException:
                    await end(connection, "rollback")
                    raise
                await end(connection, "commit")
                self._tell(connection)
            finally:
                await self._writers.put_back(connection)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Statements that each stand alone; nothing is held open between them."""
        if self.is_sqlite:
            async with self.reader.connect() as connection:
                yield connection
        else:
            connection = await self._readers.take()
            try:
                yield connection
            finally:
                try:
                    if connection.in_transaction():  # by SQLAlchemy's account; the driver knows of none
                        await connection.rollback()
                finally:
                    await self._readers.put_back(connection)

    def _tell(self, connection: AsyncConnection) -> None:
        if connection.info.pop(QUEUED, False):
            for tell in self.queued:
                tell()

    async def close(self) -> None:
        for held in (self._writers, self._readers):
            await held.let_go()
        for engine in self.engines:
            await engine.dispose()


@asynccontextmanager
async def one_moment(connection: AsyncConnection) -> AsyncIterator[None]:
    """On a connection of `reading`: all that the block reads is the record as it was at its first statement."""
    is_sqlite = connection.dialect.name == "sqlite"
    await connection.exec_driver_sql(
        "BEGIN" if is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    )
    try:
        yield
    finally:
        # nothing was written, and after a failed statement COMMIT is a ROLLBACK
        if not connection.invalidated:
            await connection.exec_driver_sql("COMMIT")


class AtHand:
    """Connections that stay open between uses; a pool's check-out and check-in cost more than a statement."""

    def __init__(self, engine: AsyncEngine, most: int) -> None:
        self.engine = engine
        self._idle: list[AsyncConnection] = []
        self._turns = asyncio.Semaphore(most)

    async def take(self) -> AsyncConnection:
        """A connection to use alone, until it is put back. Raises TimeoutError where none becomes free in time."""
        if self._turns.locked():
            async with asyncio.timeout(PATIENCE):
                await self._turns.acquire()
        else:
            await self._turns.acquire()
        try:
            return self._idle.pop() if self._idle else await self.engine.connect()
        except BaseException:
            self._turns.release()
            raise

    async def put_back(self, connection: AsyncConnection) -> None:
        try:
            await self._keep(connection)
        finally:
            self._turns.release()

    async def _keep(self, connection: AsyncConnection) -> None:
        if connection.invalidated or connection.closed:
            await connection.close()
            # one that was lost is seldom lost alone
            for other in self._idle:
                await other.invalidate()
            await self.let_go()
        elif is_idle(connection):
            self._idle.append(connection)
        else:
            await connection.close()  # the pool rolls back what was left open

    async def let_go(self) -> None:
        """Gives back what nobody uses."""
        while self._idle:
            await self._idle.pop().close()


def driver_of(connection: AsyncConnection) -> Any:
    """The driver's own connection under one of ours that is open."""
    inner = connection.sync_connection
    assert inner is not None  # noqa: S101 - it was opened by `writing` or `reading`
    return inner.connection.driver_connection


def short_cut_of(connection: AsyncConnection, driver: Any) -> ShortCut:
    """What sends statements past SQLAlchemy on this connection, a psycopg one, as long as it is open."""
    notes = connection.info
    found: ShortCut | None = notes.get(short_cut.NOTE)
    if found is None:
        found = notes[short_cut.NOTE] = ShortCut(driver)
    return found


def is_idle(connection: AsyncConnection) -> bool:
    """Whether no transaction is open on it, by SQLAlchemy's account and by the driver's."""
    if connection.in_transaction():
        return False
    driver = driver_of(connection)
    if not isinstance(driver, psycopg.AsyncConnection):
        return True
    return driver.info.transaction_status is TransactionStatus.IDLE


def told_as_ever(sql: str, fault: psycopg.Error, *, lost: bool) -> BaseException:
    """The error that SQLAlchemy would raise, without the values."""
    return DBAPIError.instance(
        sql, None, fault, psycopg.Error, hide_parameters=True, connection_invalidated=lost
    )


async def end(connection: AsyncConnection, how: Literal["commit", "rollback"]) -> None:
    """Commits or rolls back: on psycopg past SQLAlchemy, unless it began something itself."""
    if connection.invalidated or connection.closed:
        return
    driver = driver_of(connection)
    if connection.in_transaction() or not isinstance(driver, psycopg.AsyncConnection):
        await (connection.commit() if how == "commit" else connection.rollback())
        return
    for hear in getattr(connection.sync_engine.dispatch, how):
        hear(connection.sync_connection)  # whoever counts or breaks transactions hears of these too
    try:
        await (short_cut_of(connection, driver).commit() if how == "commit" else driver.rollback())
    except psycopg.Error as fault:
        if driver.closed:
            await connection.invalidate(fault)
        if how == "commit":
            raise told_as_ever("COMMIT", fault, lost=driver.closed) from fault


def _postgresql_engine(url: URL, pool_size: int, **more: Any) -> AsyncEngine:
    # no overflow: connections that come and go cost more than a call that waits its turn
    engine = create_async_engine(
        url, pool_size=pool_size, max_overflow=0, pool_timeout=10, hide_parameters=True, **more
    )
    short_cut.let_go_at_close(engine.sync_engine)
    return engine


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
