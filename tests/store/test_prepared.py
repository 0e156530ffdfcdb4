"""Prepared statements: they give what SQLAlchemy gives, fail as it fails, and are heard by whoever listens."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import bindparam, event, select
from sqlalchemy.exc import IntegrityError, OperationalError

from app.domain.identity import new_id
from app.store.applicants import applicants
from app.store.database import Database
from app.store.prepared import Prepared

AT = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)
INSERT = Prepared(applicants.insert())
BY_ID = select(applicants).where(applicants.c.id == bindparam("wanted"))
RENAME = Prepared(applicants.update().where(applicants.c.id == bindparam("wanted")))


def row(applicant_id: UUID) -> dict[str, object]:
    return {
        "id": applicant_id,
        "name": "Naïve 'Bio' %s :x",
        "type": "cdmo",
        "country": "US",
        "created_at": AT.astimezone(timezone(timedelta(hours=5))),
        "updated_at": AT,
    }


async def test_a_prepared_statement_returns_what_the_plain_one_returns(database: Database):
    applicant_id = new_id()
    async with database.writing() as db:
        assert await INSERT.run(db, row(applicant_id)) == 1
    async with database.reading() as db:
        plain = (await db.execute(BY_ID, {"wanted": applicant_id})).one()
        assert tuple(await Prepared(BY_ID).row(db, {"wanted": applicant_id}) or ()) == tuple(plain)
        assert [tuple(each) for each in await Prepared(BY_ID).rows(db, {"wanted": applicant_id})] == [
            tuple(plain)
        ]
        assert await Prepared(BY_ID).row(db, {"wanted": new_id()}) is None
    assert plain.created_at == AT
    assert plain.created_at.utcoffset() == timedelta(0)


async def test_an_update_writes_the_columns_it_is_given_and_counts_the_rows(database: Database):
    applicant_id = new_id()
    async with database.writing() as db:
        await INSERT.run(db, row(applicant_id))
        assert await RENAME.run(db, {"name": "B", "wanted": applicant_id}) == 1
        assert await RENAME.run(db, {"country": "DE", "name": "C", "wanted": applicant_id}) == 1
        assert await RENAME.run(db, {"name": "D", "wanted": new_id()}) == 0
        found = (await db.execute(BY_ID, {"wanted": applicant_id})).one()
    assert (found.name, found.country) == ("C", "DE")


async def test_a_refused_row_is_an_integrity_error_and_leaves_nothing(database: Database):
    applicant_id = new_id()

    async def twice() -> None:
        async with database.writing() as db:
            await INSERT.run(db, row(applicant_id))
            await INSERT.run(db, row(applicant_id))

    with pytest.raises(IntegrityError) as raised:
        await twice()
    assert "Naïve" not in str(raised.value)
    async with database.reading() as db:
        assert await Prepared(BY_ID).row(db, {"wanted": applicant_id}) is None


async def test_an_instant_without_a_zone_is_refused(database: Database):
    async with database.writing() as db:
        with pytest.raises(Exception, match="an instant needs a zone"):
            await INSERT.run(db, {**row(new_id()), "updated_at": AT.replace(tzinfo=None)})


async def test_who_listens_for_statements_hears_of_it(database: Database):
    heard: list[str] = []

    def hear(_connection, _cursor, statement, *_rest) -> None:
        heard.append(statement)

    event.listen(database.reader.sync_engine, "before_cursor_execute", hear)
    async with database.reading() as db:
        await Prepared(BY_ID).row(db, {"wanted": new_id()})
    assert len(heard) == 1


async def test_a_lost_connection_is_told_and_not_kept(postgres_url: str):
    database = Database(postgres_url, pool_size=1)
    statement = Prepared(BY_ID)

    async def look() -> None:
        async with database.reading() as db:
            await statement.row(db, {"wanted": new_id()})

    await look()
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with pytest.raises(OperationalError) as raised:
        await look()
    assert raised.value.connection_invalidated
    await look()
    await database.close()
