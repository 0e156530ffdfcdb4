"""When a row was touched last, in an order that a reader of changes can trust.

On PostgreSQL it is the id of the transaction, and a reader takes only what lies below the oldest that still runs: what
commits later has touched its rows with no lower number. On SQLite, where one writes at a time, it counts on.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, func, literal_column, select

_OWN = "pg_current_xact_id()::text::bigint"
_OLDEST = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


def touch(dialect: str, owner: Column[Any], value: ColumnElement[Any]) -> ColumnElement[int]:
    """The number for rows that are written now; they are read by their owner, and `value` is whose they are."""
    if dialect == "postgresql":
        return literal_column(_OWN, BigInteger).label("touched")
    before = owner.table.alias("before")
    last = select(func.coalesce(func.max(before.c.touched), literal_column("0")) + literal_column("1")).where(
        before.c[owner.name] == value
    )
    return last.scalar_subquery().label("touched")


def settled_below(dialect: str) -> ColumnElement[int] | None:
    """Below which nothing can appear any more; None: all that is there has settled."""
    return literal_column(_OLDEST, BigInteger) if dialect == "postgresql" else None
