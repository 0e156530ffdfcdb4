"""A watch over every event that the code under test records: each must be as the catalogue publishes it.

It stands where writes are gathered, which every event passes on its way to either database (a test holds the code to
that); `tests/conftest.py` fails the test whose code recorded something else. It watches and changes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import jsonschema_rs
from sqlalchemy import Table

from app.domain import exact_json, published
from app.domain.event_types import EVENT_TYPES
from app.services.journal import instant
from app.store.journal import events
from app.store.writes import Writes

faults: list[str] = []
types: set[str] = set()


@cache
def validator(name: str) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(published.closed_event_schema(name), validate_formats=True)


def faults_of(row: Mapping[str, Any]) -> Iterator[str]:
    """Where the row of an event and its body differ from each other, or from the catalogue."""
    body, known = exact_json.decode(row["body"]), EVENT_TYPES.get(row["type"])
    if known is None:
        yield f"{row['type']}: not in the catalogue"
        return
    for found in validator(known.name).iter_errors(body):
        yield f"{known.name}: {found.message} at /{'/'.join(map(str, found.instance_path))}"
    if row["audience"] not in known.audiences:
        yield f"{known.name}: not for {row['audience']}"
    columns = (row["type"], str(row["id"]), row["subject"], row["sequence"], instant(row["at"]))
    said = [body.get(name) for name in ("type", "id", "subject")]
    if columns != (*said, body.get("data", {}).get("sequence"), body.get("time")):
        yield f"{known.name}: the columns of its row say something else than its body"


def _watched_insert(self: Writes, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    kept = list(rows)
    if table is events:
        types.update(row["type"] for row in kept)
        faults.extend(fault for row in kept for fault in faults_of(row))
    _insert(self, table, kept)


_insert = Writes.insert
Writes.insert = _watched_insert


@contextmanager
def watched() -> Iterator[None]:
    """Fails where anything recorded in the block is not as published."""
    before = len(faults)
    try:
        yield
    finally:
        found = faults[before:]
        del faults[before:]
    assert not found, found
