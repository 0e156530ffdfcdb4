"""The schema: empty to head, one down and up, no drift from the code, and records that the database itself keeps."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, Executable, Integer, MetaData, Table, create_engine, inspect, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.services import verification
from app.store import append_only, migrations
from app.store.columns import Instant
from app.store.database import Database
from app.store.schema import metadata
from tests import postgres
from tests.given import Given


async def _on(database: Database, look):
    async with database.engine.connect() as connection:
        return await connection.run_sync(look)


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    found = compare_metadata(context, metadata)
    # an index over an expression cannot be reflected on SQLite, and PostgreSQL rewrites its text
    return [each for each in found if "ix_requests_words" not in str(each)]


@pytest.mark.filterwarnings("ignore:autogenerate skipping:UserWarning")
async def test_the_newest_schema_is_the_one_the_code_describes(database: Database):
    assert await _on(database, _differences) == []


async def test_migrations_are_numbered_in_one_line(database: Database):
    scripts = await _on(
        database, lambda connection: ScriptDirectory.from_config(migrations.configuration(connection))
    )
    numbers = [script.revision for script in scripts.walk_revisions()][::-1]
    assert numbers == [f"{n + 1:04d}" for n in range(len(numbers))]
    # a start that finds this revision leaves the migrations alone
    assert numbers[-1] == migrations.newest()


async def test_processes_that_start_at_the_same_moment_migrate_one_after_the_other(postgres_server: str):
    postgres.drop(postgres_server, "amtdp_at_once")
    url = postgres.create(postgres_server, "amtdp_at_once")
    nodes = [Database(url) for _ in range(4)]
    try:
        await asyncio.gather(*(migrations.upgrade(each) for each in nodes))
        for each in nodes:
            assert await _on(each, migrations._present) == migrations.newest()
    finally:
        for each in nodes:
            await each.close()
        postgres.drop(postgres_server, "amtdp_at_once")


async def test_what_bounds_the_waits_of_migrations_does_not_stay_on_the_connection(postgres_server: str):
    def bounds(connection: Connection) -> list[str]:
        names = ("lock_timeout", "statement_timeout")
        return [str(connection.execute(text(f"SHOW {name}")).scalar()) for name in names]

    postgres.drop(postgres_server, "amtdp_bounds")
    database = Database(postgres.create(postgres_server, "amtdp_bounds"))
    try:
        before = await _on(database, bounds)
        await migrations.upgrade(database)
        assert await _on(database, bounds) == before
    finally:
        await database.close()
        postgres.drop(postgres_server, "amtdp_bounds")


async def test_down_to_nothing_and_up_again_leaves_the_same_schema_with_its_triggers(database: Database):
    def shape(connection: Connection) -> dict[str, list[str]]:
        found = inspect(connection)
        return {
            name: sorted(str(column["name"]) for column in found.get_columns(name))
            + sorted(str(index["name"]) for index in found.get_indexes(name) if index["name"])
            for name in found.get_table_names()
        }

    before = await _on(database, shape)
    await _refused_everywhere(database)
    await migrations.downgrade(database, "base")
    left = await _on(database, lambda connection: inspect(connection).get_table_names())
    assert left == ["alembic_version"]
    await migrations.upgrade(database)
    assert await _on(database, shape) == before
    await _refused_everywhere(database)


async def _refused_everywhere(database: Database) -> None:
    """Tries to change each append-only table in every way its database knows."""
    for table in append_only.TABLES:
        column = next(iter(metadata.tables[table].columns)).name
        async with database.writing() as db:
            await _insert_any(db, table)
        attempts = [f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"]
        if database.is_sqlite:
            attempts.append(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
        else:
            attempts.append(f"TRUNCATE {table} CASCADE")
        for attempt in attempts:
            with pytest.raises(DBAPIError, match="append-only"):
                async with database.writing() as db:
                    await db.execute(text(attempt))


async def _insert_any(db: AsyncConnection, table: str) -> None:
    """One row of any values, after the rows that its foreign keys need."""
    insert_of = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    for statement in _with_parents(metadata.tables[table], insert_of):
        await db.execute(statement)


def _with_parents(table: Table, insert_of: Any) -> Iterator[Executable]:
    for key in table.foreign_keys:
        if not key.parent.nullable:
            yield from _with_parents(key.column.table, insert_of)
    values = {
        column.name: _any(column)
        for column in table.columns
        if not column.nullable and not _generated(column)
    }
    # a parent may be there already, from the table tried before
    yield insert_of(table).values(**values).on_conflict_do_nothing()


def _generated(column: Column) -> bool:
    return column.primary_key and column.autoincrement is True


def _any(column: Column) -> object:
    if isinstance(column.type, Instant):
        return datetime(2026, 1, 1, tzinfo=UTC)
    kinds = {str: "x", int: 1, bool: True, UUID: UUID(int=7), bytes: b"x", date: date(2026, 1, 1)}
    return kinds[column.type.python_type]


def test_every_gate_can_fail():
    """The drift check is no rubber stamp: a table the database lacks is reported."""
    extra = MetaData()
    Table("not_there", extra, Column("id", Integer, primary_key=True))
    with create_engine("sqlite://").connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), extra)


async def test_statements_of_a_migration_give_up_rather_than_queue_the_service(postgres_url: str):
    database = Database(postgres_url)
    seen: dict[str, str] = {}

    def look(connection: Connection) -> None:
        command.current(migrations.configuration(connection))
        for name in ("lock_timeout", "statement_timeout"):
            seen[name] = connection.exec_driver_sql(f"SHOW {name}").scalar_one()

    async with database.engine.begin() as connection:
        await connection.run_sync(look)
    await database.close()
    assert seen == {"lock_timeout": "5s", "statement_timeout": "5min"}


async def test_entries_written_before_there_were_two_chains_get_their_place_in_the_applicants(given: Given):
    person, staff = await given.member(), await given.staff("coordinator")
    filed = await given.submitted(person)
    waiver = {"rule": "SC-12", "reason": "Known."}
    await staff.post(f"/v1/designation-requests/{filed['number']}/waivers", json=waiver)
    await given.move(person, filed["number"], "withdraw")
    database = given.runtime.database
    await migrations.downgrade(database, "0002")
    await migrations.upgrade(database)
    async with database.reading() as db:
        chains = {number: fault async for number, fault in verification.broken_chains(db)}
    assert chains == {filed["number"]: None}
    shown = (await person.get(f"/v1/designation-requests/{filed['number']}/events")).json()["items"]
    assert [each["seq"] for each in shown] == [1, 2, 3]
