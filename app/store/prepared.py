"""Hot statements: written in SQLAlchemy Core, compiled once, and sent by the short cut.

Between a compiled statement and psycopg stand a greenlet, an execution context and a result object, which together
cost some three times what the driver does. A statement that every call runs goes past them; transactions, pool and
everything that runs seldom stay SQLAlchemy's. On SQLite, the embedded store, a statement runs as any other.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import CompoundSelect, Delete, Dialect, Insert, Select, Update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler

from app.store.database import driver_of, is_idle, short_cut_of, told_as_ever
from app.store.short_cut import Answered

Statement = Select[Any] | CompoundSelect[Any] | Insert | Update | Delete
Values = Mapping[str, Any]
Convert = Callable[[Any], Any]
_NAMED = re.compile(r"%\(([^)]+)\)s|%%")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One place of a statement: the value's name, or a constant, and what it goes through on its way out."""

    name: str
    convert: Convert | None
    is_constant: bool = False
    constant: Any = None

    def of(self, values: Values) -> Any:
        if self.is_constant:
            return self.constant
        return values[self.name] if self.convert is None else self.convert(values[self.name])


@dataclass(frozen=True, slots=True)
class Compiled:
    """SQL with numbered places ($1 …), what goes there, and which columns need a look on their way in."""

    sql: str
    parameters: tuple[Parameter, ...]
    incoming: tuple[tuple[int, Convert], ...]

    def sent(self, values: Values) -> list[Any]:
        return [each.of(values) for each in self.parameters]

    def read(self, row: Sequence[Any]) -> Sequence[Any]:
        if not self.incoming:
            return row
        cells = list(row)
        for place, convert in self.incoming:
            cells[place] = convert(cells[place])
        return cells


def has_short_cut(db: AsyncConnection) -> bool:
    """Whether statements go straight to the driver on this connection."""
    return db.dialect.driver == "psycopg"


class Prepared:
    """One statement. The members of `values` are its parameters and, for INSERT and UPDATE, the columns it writes."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self._compiled: dict[tuple[str, ...], Compiled] = {}

    async def rows(self, db: AsyncConnection, values: Values) -> Sequence[Sequence[Any]]:
        if not has_short_cut(db):
            return (await db.execute(self.statement, values)).all()
        compiled = self.compiled(db.dialect, values)
        answered = await execute(db, compiled.sql, compiled.sent(values))
        return [compiled.read(row) for row in answered.rows]

    async def row(self, db: AsyncConnection, values: Values) -> Sequence[Any] | None:
        """The only row there is, or None; a statement that could find more is not for this."""
        if not has_short_cut(db):
            return (await db.execute(self.statement, values)).one_or_none()
        compiled = self.compiled(db.dialect, values)
        answered = await execute(db, compiled.sql, compiled.sent(values))
        return compiled.read(answered.rows[0]) if answered.rows else None

    async def run(self, db: AsyncConnection, values: Values) -> int:
        """Runs it and says how many rows it touched. Raises what SQLAlchemy would."""
        if not has_short_cut(db):
            touched: int = (await db.execute(self.statement, values)).rowcount
            return touched
        compiled = self.compiled(db.dialect, values)
        return (await execute(db, compiled.sql, compiled.sent(values))).touched

    def compiled(self, dialect: Dialect, values: Values) -> Compiled:
        names = tuple(values)
        found = self._compiled.get(names)
        if found is None:
            found = self._compiled[names] = _compile(self.statement, dialect, values)
        return found


async def execute(db: AsyncConnection, sql: str, sent: Sequence[Any]) -> Answered:
    """Runs SQL with numbered places past SQLAlchemy. Raises what it would."""
    driver, heard = driver_of(db), db.sync_engine.dispatch
    if heard.begin and not driver.autocommit and is_idle(db):
        for hear in heard.begin:  # the driver begins by itself
            hear(db.sync_connection)
    for hear in heard.before_cursor_execute:
        # whoever counts or traces statements hears of these too
        hear(db.sync_connection, None, sql, sent, None, False)
    try:
        return await short_cut_of(db, driver).ask(sql, sent)
    except psycopg.Error as fault:
        if driver.closed:
            await db.invalidate(fault)
        raise told_as_ever(sql, fault, lost=driver.closed) from fault


def _compile(statement: Statement, dialect: Dialect, values: Values) -> Compiled:
    # a literal that is rendered in place asks to see every value, though it needs none
    seen = statement.params(values) if isinstance(statement, Select | CompoundSelect) else statement
    compiled = seen.compile(
        dialect=dialect, column_keys=list(values), compile_kwargs={"render_postcompile": True}
    )
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 - statements are compiled by nothing else
    places: dict[str, int] = {}

    def numbered(found: re.Match[str]) -> str:
        name = found[1]
        return "%" if name is None else f"${places.setdefault(name, len(places) + 1)}"

    sql = _NAMED.sub(numbered, compiled.string)
    parameters = []
    for name in places:
        bind = compiled.binds[name]
        convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
        if name in values:
            parameters.append(Parameter(name, convert))
        else:
            constant = bind.effective_value if convert is None else convert(bind.effective_value)
            parameters.append(Parameter(name, None, is_constant=True, constant=constant))
    incoming = []
    for place, column in enumerate(compiled._result_columns):  # noqa: SLF001 - types of what comes back
        read = column.type.dialect_impl(dialect).result_processor(dialect, None)
        if read is not None:
            incoming.append((place, read))
    return Compiled(sql, tuple(parameters), tuple(incoming))
