"""Reading at one moment: what others commit meanwhile is not seen, and whatever happens the connection is as before."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from app.domain.identity import new_id
from app.store.database import Database, one_moment
from app.store.requests import request_numbers

COUNT = select(func.count()).select_from(request_numbers)


async def _add(database: Database) -> None:
    async with database.writing() as db:
        await db.execute(request_numbers.insert(), {"request_id": new_id()})


async def test_what_is_committed_meanwhile_is_seen_afterwards(database: Database):
    seen = []
    async with database.reading() as db:
        async with one_moment(db):
            seen.append((await db.execute(COUNT)).scalar_one())
            await _add(database)
            seen.append((await db.execute(COUNT)).scalar_one())
        seen.append((await db.execute(COUNT)).scalar_one())
    assert seen == [0, 0, 1]


async def test_without_it_each_statement_sees_what_is_there(database: Database):
    """The control: reading alone shows what others commit."""
    async with database.reading() as db:
        before = (await db.execute(COUNT)).scalar_one()
        await _add(database)
        assert (before, (await db.execute(COUNT)).scalar_one()) == (0, 1)


@pytest.mark.parametrize("fault", [ValueError, DBAPIError])
async def test_a_fault_in_between_leaves_nothing_open(database: Database, fault: type[Exception]):
    async with database.reading() as db:
        with pytest.raises(fault):
            await _fail(db, fault)
        await _add(database)
        assert (await db.execute(COUNT)).scalar_one() == 1


async def _fail(db, fault):
    async with one_moment(db):
        await db.execute(COUNT)
        if fault is DBAPIError:
            await db.exec_driver_sql("SELECT nothing FROM nowhere")
        raise fault
