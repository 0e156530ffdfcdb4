"""How far the test clock of this store was moved ahead of real time: one row, and none where it never was."""

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import psycopg
from sqlalchemy import BigInteger, Column, Integer, Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.columns import metadata
from app.store.database import Database

LOCK: Final = 506_180  # of PostgreSQL's advisory locks
_UNIT = timedelta(microseconds=1)


class NotAlone(Exception):
    """Another process serves the store: it would not see that time has passed."""

    def __init__(self) -> None:
        super().__init__(
            "With AMTDP_TEST_CLOCK one process serves a store, and another serves this one already."
        )


test_clock = Table(
    "test_clock",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # 1
    Column("ahead", BigInteger, nullable=False),  # microseconds
)


async def ahead(db: AsyncConnection) -> timedelta:
    """Nothing, where it was never moved."""
    kept = (await db.execute(select(test_clock.c.ahead))).scalar_one_or_none()
    return (kept or 0) * _UNIT


async def keep(db: AsyncConnection, ahead: timedelta) -> None:
    dialect: Any = postgresql if db.dialect.name == "postgresql" else sqlite
    row = {"id": 1, "ahead": ahead // _UNIT}
    query = dialect.insert(test_clock).values(row)
    await db.execute(query.on_conflict_do_update(index_elements=["id"], set_={"ahead": row["ahead"]}))


@contextlib.asynccontextmanager
async def alone(database: Database) -> AsyncIterator[None]:
    """While open, no other process has this store's clock. Raises NotAlone.

    An embedded store belongs to one process anyhow.
    """
    if database.is_sqlite:
        yield
        return
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        found = await connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not (await found.fetchone() or (False,))[0]:
            raise NotAlone
        yield
