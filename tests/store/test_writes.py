"""Writes gathered and sent at once: what one statement writes is what one statement a part would, or nothing at all."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import bindparam, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.domain.errors import Conflict
from app.domain.identity import new_id
from app.store.applicants import applicants, members
from app.store.database import Database
from app.store.people import people
from app.store.prepared import Prepared
from app.store.writes import Writes
from tests.statements import heard

AT = datetime(2026, 6, 1, 15, 0, 0, 123456, tzinfo=UTC)
AWKWARD = "Naïve 'Bio' %s :x \\ \" \n\t $1 {} \U0001f600 \u2028"
RENAME = Prepared(
    applicants.update().where(applicants.c.id == bindparam("wanted"), applicants.c.name == bindparam("was"))
)


def applicant(applicant_id: UUID, name: str = AWKWARD) -> dict[str, object]:
    return {
        "id": applicant_id,
        "name": name,
        "type": "cdmo",
        "country": None,
        "created_at": AT,
        "updated_at": AT,
    }


def person(person_id: UUID) -> dict[str, object]:
    return {
        "id": person_id, "kind": "member", "name": AWKWARD, "email": "a@b.example", "email_key": "a@b.example",
        "email_confirmed_at": AT, "created_at": AT, "active": True, "signing_failures": 3,
    }  # fmt: skip


async def names(database: Database) -> dict[UUID, str]:
    async with database.reading() as db:
        return {row.id: row.name for row in await db.execute(select(applicants.c.id, applicants.c.name))}


async def test_rows_of_several_tables_and_a_change_are_written_as_they_were_gathered(database: Database):
    first, second, ana = new_id(), new_id(), new_id()
    async with database.writing() as db:
        await db.execute(applicants.insert(), applicant(first, "before"))
    writes = Writes()
    writes.insert(applicants, [applicant(second)])
    writes.insert(people, [person(ana)])
    # a member names rows that are written beside it
    writes.insert(
        members,
        [
            {"applicant_id": each, "person_id": ana, "role": "signer", "created_at": AT}
            for each in (first, second)
        ],
    )
    writes.change(RENAME, {"name": "after", "wanted": first, "was": "before"}, Conflict("missed"))
    with heard(database) as found:
        async with database.writing() as db:
            await writes.send(db)
    if not database.is_sqlite:
        assert len(found) == 3, "BEGIN, one statement, COMMIT"
    assert await names(database) == {first: "after", second: AWKWARD}
    async with database.reading() as db:
        kept = (await db.execute(select(people))).one()
        assert len((await db.execute(select(members))).all()) == 2
    assert (kept.name, kept.email_confirmed_at, kept.active, kept.signing_failures) == (AWKWARD, AT, True, 3)
    assert kept.password_hash is None


async def test_a_change_that_finds_no_row_undoes_everything(database: Database):
    there = new_id()
    writes = Writes()
    writes.insert(applicants, [applicant(there)])
    writes.change(RENAME, {"name": "x", "wanted": new_id(), "was": "y"}, Conflict("missed"))
    with pytest.raises(Conflict, match="missed"):
        async with database.writing() as db:
            await writes.send(db)
    assert await names(database) == {}


async def test_a_row_that_is_refused_undoes_everything_and_names_no_value(database: Database):
    there = new_id()
    writes = Writes()
    writes.insert(applicants, [applicant(new_id()), applicant(there), applicant(there)])
    with pytest.raises(IntegrityError) as refused:
        async with database.writing() as db:
            await writes.send(db)
    assert "Naïve" not in str(refused.value)
    assert await names(database) == {}


async def test_a_text_that_is_too_long_is_refused_and_never_cut(postgres_url: str):
    database = Database(postgres_url)
    writes = Writes()
    writes.insert(applicants, [{**applicant(new_id()), "type": "x" * 1000}])
    with pytest.raises(DBAPIError):
        async with database.writing() as db:
            await writes.send(db)
    assert await names(database) == {}
    await database.close()


async def test_an_instant_without_a_zone_is_refused(database: Database):
    writes = Writes()
    writes.insert(applicants, [{**applicant(new_id()), "created_at": AT.replace(tzinfo=None)}])
    with pytest.raises(Exception, match="an instant needs a zone"):
        async with database.writing() as db:
            await writes.send(db)
    assert await names(database) == {}


async def test_nothing_gathered_is_nothing_asked(database: Database):
    async with database.writing() as db:
        with heard(database) as found:
            await Writes().send(db)
    assert found == []
