"""The short cut to PostgreSQL: what psycopg has prepared on a connection, sent there without a cursor.

A cursor is made for one query of any kind: it finds out anew how to write its values and read its rows, and has its
socket put into and taken out of the event loop at every wait. For a statement that a connection has run before, all
that is known. What psycopg has prepared, when, and when it forgets it stays psycopg's; what it has not prepared yet, or
does not take at once, goes its own way.
"""

import asyncio
import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import psycopg
from psycopg import abc, generators
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.waiting import READY_R, WAIT_R
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

KEPT: Final = 200  # statements whose ways to write and read are remembered, of one connection
NOTE: Final = "short_cut"  # under which a connection keeps its own
CANCEL: Final = 5.0  # seconds that a statement has to end in when nobody waits for it any more


class Answered(NamedTuple):
    """What a statement came to: its rows, and how many it returned or touched."""

    rows: Sequence[Sequence[Any]]
    touched: int


@dataclass(slots=True)
class _Known:
    """A statement as this connection knows it."""

    query: bytes
    formats: list[PyFormat]
    transformer: abc.Transformer


class ShortCut:
    """Of one connection, for one user at a time."""

    def __init__(self, driver: psycopg.AsyncConnection[Any]) -> None:
        self.driver = driver
        self._loop = asyncio.get_running_loop()
        # a number of its own for the same socket: psycopg puts the other one into the loop and takes it out
        self._socket = os.dup(driver.pgconn.socket)
        self._known: dict[str, _Known] = {}
        self._waiter: asyncio.Future[None] | None = None
        self._is_watched = False

    async def ask(self, sql: str, sent: Sequence[Any]) -> Answered:
        """Runs SQL with numbered places; begins a transaction where one is needed. Raises psycopg.Error."""
        known = self._known.get(sql) or self._remember(sql, sent)
        written = known.transformer.dump_sequence(sent, known.formats)
        names = self.driver._prepared._names  # noqa: SLF001 - only it knows; it forgets them all at a rollback
        key = (known.query, known.transformer.types or ())
        name = names.get(key)
        if name is None:
            return await self._by_cursor(sql, sent)
        names.move_to_end(key)
        result = await self._wait(self._asking(name, written, known.transformer.formats))
        return _answered(known.transformer, result)

    async def commit(self) -> None:
        """Raises psycopg.Error."""
        if self.driver.pgconn.transaction_status != TransactionStatus.IDLE:
            await self._wait(self._commanding(b"COMMIT"))

    def let_go(self) -> None:
        """The connection is about to be closed."""
        self._unwatch()
        os.close(self._socket)

    def _remember(self, sql: str, sent: Sequence[Any]) -> _Known:
        if len(self._known) >= KEPT:
            self._known.clear()
        known = _Known(sql.encode(), [PyFormat.AUTO] * len(sent), Transformer(self.driver))
        self._known[sql] = known
        return known

    async def _by_cursor(self, sql: str, sent: Sequence[Any]) -> Answered:
        cursor = await psycopg.AsyncRawCursor(self.driver).execute(sql, sent)
        rows = [] if cursor.description is None else await cursor.fetchall()
        return Answered(rows, cursor.rowcount)

    def _asking(self, name: bytes, written: Sequence[Any], formats: Any) -> Generator[Any, Any, Any]:
        pgconn = self.driver.pgconn
        if self.driver.autocommit or pgconn.transaction_status != TransactionStatus.IDLE:
            pgconn.send_query_prepared(name, written, param_formats=formats)
            return _checked((yield from generators.execute(pgconn)))
        # BEGIN and what comes after it go together and are answered together
        pgconn.enter_pipeline_mode()
        pgconn.send_query_params(b"BEGIN", None)
        pgconn.send_query_prepared(name, written, param_formats=formats)
        pgconn.pipeline_sync()
        yield from generators.send(pgconn)
        begun = yield from generators.fetch_many(pgconn)
        found = yield from generators.fetch_many(pgconn)
        yield from generators.fetch_many(pgconn)  # the end of both
        pgconn.exit_pipeline_mode()
        _checked(begun)
        return _checked(found)

    def _commanding(self, command: bytes) -> Generator[Any, Any, Any]:
        self.driver.pgconn.send_query(command)
        return _checked((yield from generators.execute(self.driver.pgconn)))

    async def _wait(self, steps: Generator[Any, Any, Any]) -> Any:
        """Runs steps that wait for the socket, in the loop all the while."""
        try:
            wanted = next(steps)
            while wanted == WAIT_R:
                await self._heard()
                wanted = steps.send(READY_R)
        except StopIteration as end:
            return end.value
        except asyncio.CancelledError:
            await self._cancel(steps)
            raise
        # too long for the socket to take at once
        return await self.driver.wait(_going_on(steps, wanted))

    async def _heard(self) -> None:
        if not self._is_watched:
            self._loop.add_reader(self._socket, self._hear)
            self._is_watched = True
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _hear(self) -> None:
        if self._waiter is None:
            self._unwatch()  # the end of the connection, or a notice: to be found by whoever asks next
        elif not self._waiter.done():
            self._waiter.set_result(None)

    def _unwatch(self) -> None:
        if self._is_watched:
            self._loop.remove_reader(self._socket)
            self._is_watched = False

    async def _cancel(self, steps: Generator[Any, Any, Any]) -> None:
        """Has the server end the statement; a connection on which it does not end is of no more use."""
        try:
            await self.driver.cancel_safe(timeout=CANCEL)
            await self.driver.wait(_going_on(steps, WAIT_R), timeout=CANCEL)
        except psycopg.errors.QueryCanceled:
            pass
        except BaseException:  # noqa: BLE001 - raised is what cancelled
            self.driver.pgconn.finish()


def _going_on(steps: Generator[Any, Any, Any], wanted: Any) -> Generator[Any, Any, Any]:
    """The rest of steps that want this now, as one that begins."""
    try:
        while True:
            wanted = steps.send((yield wanted))
    except StopIteration as end:
        return end.value


def _checked(results: Sequence[Any]) -> Any:
    result = results[-1]
    if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        raise psycopg.errors.error_from_result(result)
    return result


def _answered(transformer: abc.Transformer, result: Any) -> Answered:
    if result.status != ExecStatus.TUPLES_OK:
        return Answered((), result.command_tuples or 0)
    transformer.set_pgresult(result)
    rows = transformer.load_rows(0, result.ntuples, tuple)
    transformer.set_pgresult(None)  # nor keep what may be large
    return Answered(rows, len(rows))


def let_go_at_close(engine: Engine) -> None:
    """Has the connections of an engine let go of their short cuts before they are closed."""

    def let_go(_: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        kept: ShortCut | None = record.info.pop(NOTE, None)
        if kept is not None:
            kept.let_go()

    event.listen(engine, "close", let_go)
