"""Many rows as one parameter of a statement: JSON text, which both databases can read as a table.

A statement over such a table is written, compiled and planned once, however many rows a call brings.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from msgspec import defstruct
from msgspec.json import Encoder
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Dialect,
    FromClause,
    Integer,
    String,
    Text,
    Uuid,
    bindparam,
    cast,
    column,
    func,
    select,
    type_coerce,
)
from sqlalchemy.types import TypeEngine

from app.store.columns import Instant

_encoder = Encoder(uuid_format="canonical")


# not VARCHAR(n): a cast to it would cut what is too long, where an assignment refuses it
_KINDS: Final = (
    (Instant, "timestamptz"),
    (Uuid, "uuid"),
    (Boolean, "boolean"),
    (BigInteger, "bigint"),
    (Integer, "integer"),
    (Date, "date"),
    (String, "text"),
)


def kind_of(column: Column[Any]) -> str:
    """What PostgreSQL reads a cell of this column as."""
    return next(name for kind, name in _KINDS if isinstance(column.type, kind))


class Batch:
    """The columns of a table of parameters; `name` is its name in the statement and that of the parameter."""

    def __init__(self, name: str, **columns: TypeEngine[Any] | type[TypeEngine[Any]]) -> None:
        self.name = name
        self.columns = [Column(each, kind) for each, kind in columns.items()]
        self.names = tuple(columns)
        # written several times as fast as dicts
        self._row = defstruct(name, [(each, Any) for each in columns], gc=False)

    def table(self, dialect: str) -> FromClause:
        """What the statement reads from."""
        given = bindparam(self.name, type_=Text)
        if dialect == "postgresql":
            typed = [column(each.name, each.type) for each in self.columns]
            rows = func.json_to_recordset(cast(given, JSON)).table_valued(*typed, name=self.name)
            return rows.render_derived(name=self.name, with_types=True)
        entry = func.json_each(given).table_valued("value", name=f"{self.name}_entries")
        cells = [
            type_coerce(func.json_extract(entry.c.value, f"$.{each.name}"), each.type).label(each.name)
            for each in self.columns
        ]
        return select(*cells).subquery(self.name)

    def sent(self, dialect: Dialect, rows: Iterable[Sequence[Any]]) -> dict[str, str]:
        """The parameter: cells in the order of the columns."""
        if dialect.name != "postgresql":
            writing = [each.type.dialect_impl(dialect).bind_processor(dialect) for each in self.columns]
            rows = (
                [cell if write is None else write(cell) for cell, write in zip(row, writing, strict=True)]
                for row in rows
            )
        return {self.name: _encoder.encode([self._row(*row) for row in rows]).decode()}
