"""Bringing a database to the newest schema, or to any other."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.store.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

LOCK: Final = 506_181  # of PostgreSQL's advisory locks
ROOT = Path(__file__).parents[2]


def configuration(connection: Connection) -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - 10 MB and a third of a second, for who migrates

    config = Config(ROOT / "alembic.ini")
    config.attributes["connection"] = connection
    return config


def newest() -> str:
    """The revision of the last migration there is; they are numbered in one line."""
    return max(path.name[:4] for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))


async def upgrade(database: Database, revision: str = "head") -> None:
    """Does nothing, and loads nothing, where the database is at the newest schema, as at nearly every start."""
    await _run(database.engine, lambda connection: _upgrade(connection, revision))


async def downgrade(database: Database, revision: str) -> None:
    await _run(database.engine, lambda connection: _downgrade(connection, revision))


def _upgrade(connection: Connection, revision: str) -> None:
    if revision == "head" and _present(connection) == newest():
        return
    _take_turn(connection)
    from alembic import command  # noqa: PLC0415 - as above

    command.upgrade(configuration(connection), revision)


def _downgrade(connection: Connection, revision: str) -> None:
    _take_turn(connection)
    from alembic import command  # noqa: PLC0415 - as above

    command.downgrade(configuration(connection), revision)


def _take_turn(connection: Connection) -> None:
    """Nodes that start at the same moment migrate one after the other; whoever comes later finds it done."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))


def _present(connection: Connection) -> str | None:
    """The revision that the database is at; None where it has none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


async def _run(engine: AsyncEngine, step: Callable[[Connection], None]) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(step)
