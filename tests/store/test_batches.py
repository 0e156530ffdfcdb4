"""Rows as one parameter: what goes in comes out, on both databases, whatever the cells hold."""

from datetime import timedelta, timezone
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Boolean, Integer, Text, Uuid, select

from app.store.batches import Batch
from app.store.columns import Instant
from app.store.prepared import Prepared
from tests.clock import START

ROWS = Batch("given_rows", id=Uuid, at=Instant, number=Integer, flag=Boolean, words=Text)
# PostgreSQL's text holds every character but NUL; lone surrogates are no text
WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
INSTANTS = st.builds(lambda n: START + timedelta(microseconds=n), st.integers(-(10**15), 10**15))
ROW = st.tuples(
    st.uuids(),
    st.none() | INSTANTS,
    st.none() | st.integers(-(2**31), 2**31 - 1),
    st.booleans(),
    st.none() | WORDS,
)


async def _back(database, rows):
    async with database.reading() as db:
        table = ROWS.table(db.dialect.name)
        found = await Prepared(select(*table.c)).rows(db, ROWS.sent(db.dialect, rows))
        return [tuple(row) for row in found]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, max_size=8))
async def test_what_goes_in_comes_out(database, rows):
    assert await _back(database, rows) == rows


@pytest.mark.parametrize("count", [0, 1, 1000])
async def test_any_number_of_rows_is_one_parameter(database, count):
    rows = [(UUID(int=n), START, n, n % 2 == 0, "'; DROP TABLE deliveries; --") for n in range(count)]
    assert await _back(database, rows) == rows


async def test_an_instant_of_another_zone_is_the_same_instant(database):
    at = START.astimezone(timezone(timedelta(hours=5, minutes=30)))
    ((_, back, *_),) = await _back(database, [(uuid4(), at, 1, True, "x")])
    assert (back, back.utcoffset()) == (START, timedelta(0))
