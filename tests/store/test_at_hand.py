"""Connections kept at hand: never two users at once, never with somebody's transaction, replaced when they are lost."""

import asyncio

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.store import database as module
from app.store.database import Database, driver_of
from app.store.prepared import execute


@pytest.fixture
async def small(postgres_url: str):
    database = Database(postgres_url, pool_size=2)
    async with database.writing() as db:
        await db.execute(text("CREATE TABLE told (n int)"))
    yield database
    await database.close()


async def backend(db) -> int:
    return driver_of(db).info.backend_pid


async def count(database: Database) -> int:
    async with database.reading() as db:
        return (await db.execute(text("SELECT count(*) FROM told"))).scalar_one()


async def test_a_connection_is_used_again_and_by_one_at_a_time(small: Database):
    pids, inside = set(), []

    async def use() -> None:
        async with small.writing() as db:
            pid = await backend(db)
            assert pid not in inside
            inside.append(pid)
            pids.add(pid)
            await execute(db, "INSERT INTO told VALUES ($1)", [1])
            await asyncio.sleep(0.001)
            inside.remove(pid)

    await asyncio.gather(*(use() for _ in range(40)))
    assert len(pids) <= 2
    assert await count(small) == 40


@pytest.mark.parametrize("way", ["driver", "sqlalchemy"])
async def test_what_fails_is_rolled_back_and_the_next_user_finds_nothing_of_it(small: Database, way: str):
    async def insert(db) -> None:
        if way == "driver":
            await execute(db, "INSERT INTO told VALUES ($1)", [1])
        else:
            await db.execute(text("INSERT INTO told VALUES (1)"))

    async def fail(fault: type[BaseException]) -> None:
        async with small.writing() as db:
            await insert(db)
            raise fault

    for fault in (ValueError, asyncio.CancelledError):
        with pytest.raises(fault):
            await fail(fault)
        assert await count(small) == 0
    async with small.writing() as db:
        await insert(db)
    assert await count(small) == 1


async def test_one_that_is_cancelled_within_a_statement_leaves_no_lock_behind(small: Database):
    async def sleep() -> None:
        async with small.writing() as db:
            await execute(db, "INSERT INTO told VALUES ($1)", [1])
            await execute(db, "SELECT pg_sleep(30)", [])

    sleeping = asyncio.create_task(sleep())
    await asyncio.sleep(0.2)
    sleeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeping
    async with asyncio.timeout(10), small.writing() as db:
        await execute(db, "LOCK TABLE told IN ACCESS EXCLUSIVE MODE", [])
    assert await count(small) == 0


async def test_lost_connections_are_replaced_after_one_error(small: Database, postgres_url: str):
    async def pid_of() -> int:
        async with small.writing() as db:
            await execute(db, "SELECT 1", [])
            return await backend(db)

    async with small.writing(), small.writing():
        pass
    before = await pid_of()
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                      " AND datname = current_database()")  # fmt: skip
    with pytest.raises(DBAPIError):
        await pid_of()
    assert await pid_of() != before
    # the rest were let go with the first that was found lost
    async with small.writing() as one, small.writing() as two:
        await execute(one, "SELECT 1", [])
        await execute(two, "SELECT 1", [])


async def test_who_waits_too_long_for_a_connection_is_told(small: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    async with small.writing(), small.writing():
        with pytest.raises(TimeoutError):
            async with small.writing():
                pass
    async with small.writing() as db:
        await execute(db, "SELECT 1", [])


async def test_a_note_on_a_transaction_that_failed_tells_nobody(small: Database):
    told = []
    small.queued.append(lambda: told.append(1))

    async def fail() -> None:
        async with small.writing() as db:
            db.info[module.QUEUED] = True
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await fail()
    async with small.writing() as db:
        await execute(db, "SELECT 1", [])
    assert told == []
    async with small.writing() as db:
        db.info[module.QUEUED] = True
    assert told == [1]
