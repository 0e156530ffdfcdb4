"""What a transaction is about to write, gathered first and sent at once.

On PostgreSQL all of it becomes one statement (each part a WITH of its own): what a call costs does not grow with how
many tables it touches. Elsewhere the parts run one after the other, in the order in which they were gathered.
The parts must not depend on what each other writes: in one statement each sees the tables as they were before it.
Foreign keys may point from one part to another; they are looked at when all parts are written.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import Dialect, Table
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import exact_json
from app.store.batches import kind_of
from app.store.columns import Instant
from app.store.prepared import Prepared, Values, execute, has_short_cut
from app.store.tellings import Telling
from app.store.told import Told
from app.store.told_statements import Shape

_PLACE = re.compile(r"\$([0-9]+)")


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows for one table, all with the same columns."""

    table: Table
    rows: list[Values]

    @property
    def shape(self) -> tuple[Any, ...]:
        return (self.table, tuple(self.rows[0]))


@dataclass(frozen=True, slots=True)
class _Change:
    """A statement that must touch one row, else `missed` is raised."""

    statement: Prepared
    values: Values
    missed: Exception

    @property
    def shape(self) -> tuple[Any, ...]:
        return (self.statement, tuple(self.values))


_Part: TypeAlias = _Rows | _Change | Telling


@dataclass(slots=True)
class Writes:
    """Gathered parts; `send` runs them, once."""

    parts: list[_Part] = field(default_factory=list)

    def insert(self, table: Table, rows: Iterable[Values]) -> None:
        """Adds rows; those of one table travel together."""
        for row in rows:
            kept = next(
                (each for each in self.parts if isinstance(each, _Rows) and each.table is table), None
            )
            if kept is None:
                self.parts.append(_Rows(table, [row]))
            else:
                kept.rows.append(row)

    def change(self, statement: Prepared, values: Values, missed: Exception) -> None:
        """Adds an UPDATE that must touch exactly one row."""
        self.parts.append(_Change(statement, values, missed))

    def tell(self, told: Iterable[Told]) -> None:
        """Adds messages; all of a transaction travel together, since two may go to one thread."""
        for each in told:
            kept = next((part for part in self.parts if isinstance(part, Telling)), None)
            if kept is None:
                self.parts.append(Telling([each]))
            else:
                kept.told.append(each)

    async def send(self, db: AsyncConnection) -> None:
        """Writes everything. Raises what a change was given to raise, where its row is not as it was."""
        parts, self.parts = self.parts, []
        if not parts:
            return
        if not has_short_cut(db):
            await _one_by_one(db, parts)
            return
        sql = _fused(db.dialect, tuple(each.shape for each in parts))
        answered = await execute(db, sql, [value for each in parts for value in _sent(db.dialect, each)])
        changes = [each for each in parts if isinstance(each, _Change)]
        # without a change there is one cell, which says nothing
        for each, count in zip(changes, answered.rows[0], strict=False):
            if count != 1:
                raise each.missed


async def _one_by_one(db: AsyncConnection, parts: Sequence[_Part]) -> None:
    for each in parts:
        if isinstance(each, _Rows):
            await db.execute(each.table.insert(), each.rows)
        elif isinstance(each, Telling):
            await each.run(db)
        elif await each.statement.run(db, each.values) != 1:
            raise each.missed


def _sent(dialect: Dialect, part: _Part) -> list[Any]:
    """The values of one part, place by place; rows travel together as one JSON text."""
    if isinstance(part, _Change):
        return part.statement.compiled(dialect, part.values).sent(part.values)
    if isinstance(part, Telling):
        return part.sent(dialect)
    for name in _instants(part.table):
        if any((at := row.get(name)) is not None and at.tzinfo is None for row in part.rows):
            raise TypeError("an instant needs a zone")
    return [exact_json.encode(part.rows).decode()]


@lru_cache(maxsize=64)
def _instants(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns if isinstance(column.type, Instant))


@lru_cache(maxsize=256)
def _fused(dialect: Dialect, shapes: tuple[tuple[Any, ...], ...]) -> str:
    """One statement for parts of these shapes; it answers with how many rows each change touched."""
    texts, counts, places = [], [], 0
    for number, (of, names) in enumerate(shapes):
        if isinstance(of, Shape):
            texts += [f"{name} AS ({text})" for name, text in of.pieces(dialect, places + 1)]
            places += of.places
            continue
        if isinstance(of, Table):
            text, own = _insert(of, names, places + 1), 1
        else:
            compiled = of.compiled(dialect, dict.fromkeys(names))
            text, own = f"{_shifted(compiled.sql, places)} RETURNING 1", len(compiled.parameters)
            counts.append(f"(SELECT count(*) FROM part_{number})")  # noqa: S608 - a number of ours
        texts.append(f"part_{number} AS ({text})")
        places += own
    return f"WITH {', '.join(texts)} SELECT {', '.join(counts) or '0'}"


def _insert(table: Table, names: Sequence[str], place: int) -> str:
    columns = ", ".join(f'"{name}"' for name in names)
    typed = ", ".join(f'"{name}" {kind_of(table.columns[name])}' for name in names)
    # json, not jsonb: that would read every text twice
    rows = f"json_to_recordset(${place}::json) AS r({typed})"
    return f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {rows}"  # noqa: S608 - names of ours alone


def _shifted(sql: str, by: int) -> str:
    """The same statement with its places after those of the parts before it."""
    return _PLACE.sub(lambda found: f"${int(found[1]) + by}", sql)
