"""Bringing a database to the newest schema, or to any other."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from app.store.database import Database

ROOT = Path(__file__).parents[2]


def configuration(connection: Connection) -> Config:
    config = Config(ROOT / "alembic.ini")
    config.attributes["connection"] = connection
    return config


async def upgrade(database: Database, revision: str = "head") -> None:
    await _run(database.engine, lambda connection: command.upgrade(configuration(connection), revision))


async def downgrade(database: Database, revision: str) -> None:
    await _run(database.engine, lambda connection: command.downgrade(configuration(connection), revision))


async def _run(engine: AsyncEngine, step: Callable[[Connection], None]) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(step)
