"""Transfers of a designation: an offer of its holder that the receiving applicant accepts, or not."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    String,
    Table,
    Uuid,
    and_,
    bindparam,
    or_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.applicants import applicants
from app.store.columns import Instant, Record, metadata
from app.store.prepared import Prepared

_OPEN: dict[str, Any] = {
    "postgresql_where": text("outcome IS NULL"),
    "sqlite_where": text("outcome IS NULL"),
}
transfers = Table(
    "designation_transfers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("designation_id", Uuid, ForeignKey("designations.id"), nullable=False),
    Column("from_id", Uuid, ForeignKey("applicants.id"), nullable=False),
    Column("to_id", Uuid, ForeignKey("applicants.id"), nullable=False),
    Column("offered_by", Uuid, ForeignKey("people.id"), nullable=False),
    Column("offered_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column(
        "outcome", String(10)
    ),  # accepted | withdrawn | declined | expired; an old offer may expire untold
    Column("closed_by", Uuid, ForeignKey("people.id")),
    Column("closed_at", Instant),
    Index("ix_designation_transfers_designation_id", "designation_id", "id"),
    Index("ix_designation_transfers_to_id", "to_id", "designation_id"),
    Index("uq_designation_transfers_open", "designation_id", unique=True, **_OPEN),
)
_row = transfers.c
_from, _to = applicants.alias("giver"), applicants.alias("receiver")
_WHOLE = (
    select(transfers, _from.c.name.label("from_name"), _to.c.name.label("to_name"))
    .join(_from, _from.c.id == _row.from_id)
    .join(_to, _to.c.id == _row.to_id)
)


def is_open(now: datetime) -> ColumnElement[bool]:
    return and_(_row.outcome.is_(None), _row.expires_at > now)


def seen_by(designation_id: UUID, own: Collection[UUID] | None) -> Select[*tuple[Any, ...]]:
    """Those that these applicants give or receive or (None) all."""
    query = _WHOLE.where(_row.designation_id == designation_id)
    return query if own is None else query.where(or_(_row.from_id.in_(own), _row.to_id.in_(own)))


async def page(
    db: AsyncConnection, designation_id: UUID, own: Collection[UUID] | None, after: UUID | None, limit: int
) -> Sequence[Record]:
    query = seen_by(designation_id, own).order_by(_row.id).limit(limit)
    return (await db.execute(query if after is None else query.where(_row.id > after))).all()


async def find(
    db: AsyncConnection, designation_id: UUID, own: Collection[UUID] | None, id: UUID
) -> Record | None:
    return (await db.execute(seen_by(designation_id, own).where(_row.id == id))).one_or_none()


async def offered(
    db: AsyncConnection, designation_ids: Collection[UUID], to: Collection[UUID], now: datetime
) -> Sequence[Record]:
    """Those of these designations that these applicants can accept now."""
    query = _WHOLE.where(_row.designation_id.in_(designation_ids), _row.to_id.in_(to), is_open(now))
    return (await db.execute(query)).all()


async def pending(db: AsyncConnection, designation_id: UUID) -> Record | None:
    """The one without an outcome, expired or not."""
    query = _WHOLE.where(_row.designation_id == designation_id, _row.outcome.is_(None))
    return (await db.execute(query)).one_or_none()


CLOSE = Prepared(transfers.update().where(_row.id == bindparam("the_id"), _row.outcome.is_(None)))
