"""Many rows as one parameter of a statement: JSON text, which both databases can read as a table.

A statement over such a table is written, compiled and planned once, however many rows a call brings.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    JSON,
    Column,
    Dialect,
    FromClause,
    Text,
    bindparam,
    cast,
    column,
    func,
    select,
    type_coerce,
)
from sqlalchemy.types import TypeEngine

_encoder = msgspec.json.Encoder(uuid_format="canonical")


class Batch:
    """The columns of a table of parameters; `name` is its name in the statement and that of the parameter."""

    def __init__(self, name: str, **columns: TypeEngine[Any] | type[TypeEngine[Any]]) -> None:
        self.name = name
        self.columns = [Column(each, kind) for each, kind in columns.items()]
        self.names = tuple(columns)

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
        named = [dict(zip(self.names, row, strict=True)) for row in rows]
        return {self.name: _encoder.encode(named).decode()}
