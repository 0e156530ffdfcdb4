"""The short cut: what it sends is answered as by a cursor, however long, and connections stay as they should be."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError, OperationalError

from app.store import short_cut
from app.store.database import Database, driver_of
from app.store.prepared import execute
from app.store.short_cut import ShortCut

OFTEN = 9  # runs after which the driver has prepared a statement
VALUES = "SELECT $1::text, $2::int, $3::timestamptz, $4::uuid, $5::date, $6::bool"
AT = datetime(2026, 6, 1, 15, tzinfo=UTC)


@pytest.fixture
async def pg(postgres_url: str) -> AsyncIterator[Database]:
    database = Database(postgres_url, pool_size=1)
    yield database
    await database.close()


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def often(db: Any, sql: str, sent: list[Any]) -> list[Any]:
    return [(await execute(db, sql, sent)).rows for _ in range(OFTEN)]


@pytest.mark.parametrize(
    "sent",
    [
        ["a'b", 1, AT, UUID(int=7), date(2026, 6, 1), True],
        ["", 2**31 - 1, None, UUID(int=0), date(1, 1, 1), False],
        [None] * 6,
        ["x" * 10, -1, AT, None, None, None],
    ],
)
async def test_a_statement_is_answered_alike_before_and_after_it_is_prepared(pg: Database, sent: list[Any]):
    async with pg.reading() as db:
        answers = await often(db, VALUES, sent)
    assert all(list(each) == [tuple(sent)] for each in answers)


async def test_one_statement_may_be_sent_values_of_other_kinds(pg: Database):
    sql = "SELECT $1::text || $2::text"
    async with pg.reading() as db:
        await often(db, sql, ["a", "b"])
        assert (await execute(db, sql, [None, "b"])).rows[0] == (None,)
        assert [(await execute(db, "SELECT $1 + 1", [each])).rows[0][0] for each in (1, 10**6, 10**12) * 9] == [
            2, 10**6 + 1, 10**12 + 1,
        ] * 9  # fmt: skip


async def test_what_is_longer_than_a_socket_takes_arrives_whole(pg: Database):
    long = "y" * 8_000_000
    async with pg.reading() as db:
        for rows in await often(db, "SELECT $1::text", [long]):
            assert rows[0][0] == long


async def test_a_transaction_begins_with_its_first_statement_and_ends_with_the_block(pg: Database):
    async with pg.writing() as db:
        await db.execute(text("CREATE TABLE told (n int)"))
    for n in range(OFTEN):
        async with pg.writing() as db:
            assert (await execute(db, "INSERT INTO told VALUES ($1)", [n])).touched == 1
            if n == OFTEN - 1:
                with psycopg.connect(pg.url.set(drivername="postgresql").render_as_string(False)) as other:
                    assert other.execute("SELECT count(*) FROM told").fetchone() == (n,)
    async with pg.reading() as db:
        assert (await execute(db, "SELECT count(*) FROM told", [])).rows[0] == (OFTEN,)


async def test_after_a_rollback_all_goes_on(pg: Database):
    for _ in range(3):
        async with pg.writing() as db:
            await often(db, "SELECT 1 / $1::int", [1])
        with pytest.raises(DataError):
            async with pg.writing() as db:
                await execute(db, "SELECT 1 / $1::int", [0])
    async with pg.writing() as db:
        assert (await often(db, "SELECT 1 / $1::int", [1]))[-1][0] == (1,)


async def test_a_statement_that_nobody_waits_for_ends_and_its_connection_stays(pg: Database):
    async with pg.reading() as db:
        await often(db, "SELECT pg_sleep($1)", [0.0])
        asked = asyncio.create_task(execute(db, "SELECT pg_sleep($1)", [60.0]))
        await asyncio.sleep(0.1)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(asked, 5)
        assert (await execute(db, "SELECT 1", [])).rows[0] == (1,)
        assert (await often(db, "SELECT pg_sleep($1)", [0.0]))[-1][0] == ("",)


async def test_a_connection_that_ended_while_idle_is_told_at_the_next_statement(pg: Database):
    async with pg.reading() as db:
        await often(db, "SELECT 1", [])
        with psycopg.connect(pg.url.set(drivername="postgresql").render_as_string(False)) as other:
            other.execute(
                "SELECT pg_terminate_backend($1)".replace("$1", str(driver_of(db).info.backend_pid))
            )
        await asyncio.sleep(0.05)
        began = asyncio.get_running_loop().time()
        for _ in range(100):  # an ended connection must not keep the loop busy
            await asyncio.sleep(0.001)
        assert asyncio.get_running_loop().time() - began < 5
        with pytest.raises(OperationalError) as raised:
            await execute(db, "SELECT 1", [])
        assert raised.value.connection_invalidated


async def test_a_closed_connection_leaves_no_socket_behind(postgres_url: str):
    before = open_files()
    for _ in range(5):
        database = Database(postgres_url, pool_size=2)
        async with database.reading() as db, database.writing() as other:
            await often(db, "SELECT 1", [])
            await often(other, "SELECT 1", [])
        await database.close()
    assert open_files() <= before


async def test_what_is_known_of_statements_has_an_end(pg: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(short_cut, "KEPT", 5)
    async with pg.reading() as db:
        for n in range(20):
            assert (await execute(db, f"SELECT {n}", [])).rows[0] == (n,)
        kept: ShortCut = db.info[short_cut.NOTE]
        assert len(kept._known) <= 5
