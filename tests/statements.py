"""Counts what a call asks of the database: statements, and BEGIN, COMMIT and ROLLBACK with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import event

from app.store.database import Database

APART: Final = 9  # parts of what a call writes that travel alone where a database takes one at a time


def budget(database: Database, most: int) -> int:
    """What a call that tells somebody may take: embedded, the parts of what is written run one by one."""
    return most + APART if database.is_sqlite else most


@contextmanager
def heard(database: Database) -> Iterator[list[str]]:
    """Each statement that reaches the driver while the block runs, in order.

    Reading is in autocommit: what SQLAlchemy calls its begin and rollback there never leaves the process.
    On SQLite BEGIN is a statement like any other.
    """
    found: list[str] = []

    def statement(_connection: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        if not text.startswith("NOTIFY"):  # sent beside the calls, whenever the last one is over
            found.append(text)

    listening = [(engine.sync_engine, "before_cursor_execute", statement) for engine in database.engines]
    writer = database.engine.sync_engine
    control = ("commit", "rollback") if database.is_sqlite else ("begin", "commit", "rollback")
    # the name is bound now: each has its own listener
    listening += [
        (writer, name, lambda _connection, name=name: found.append(name.upper())) for name in control
    ]
    for target, name, listener in listening:
        event.listen(target, name, listener)
    try:
        yield found
    finally:
        for target, name, listener in listening:
            event.remove(target, name, listener)
