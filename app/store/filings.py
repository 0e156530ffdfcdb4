"""Filings: the immutable snapshot of what was submitted, its receipt, and the signatures over it. Append-only."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Index, Integer, Row, String, Table, Text, Uuid, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.columns import Instant, metadata

snapshots = Table(
    "snapshots",
    metadata,
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("manifest", Text, nullable=False),  # RFC 8785: what exactly was signed
    Column("digest", String(64), nullable=False),  # SHA-256 of the manifest
    Column("report", Text, nullable=False),  # the readiness report that let it pass
    Column("receipt", Text, nullable=False),
    Column("receipt_signature", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)
signatures = Table(
    "signatures",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), nullable=False),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False),
    Column("printed_name", String(300), nullable=False),
    Column("meaning", String(20), nullable=False),
    Column("act", String(40), nullable=False),
    Column("snapshot_digest", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_signatures_request_id", "request_id", "at"),
)
accepted_gaps = Table(
    "accepted_gaps",
    metadata,
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), primary_key=True),
    Column("rule", String(10), primary_key=True),
    Column("kind", String(12), primary_key=True),  # acknowledged by the signer | waived by a coordinator
    Column("reason", Text, nullable=False),
    Column("by", Uuid, ForeignKey("people.id"), nullable=False),
    Column("at", Instant, nullable=False),
)


async def latest(db: AsyncConnection, request_id: UUID) -> Row[Any] | None:
    """The newest snapshot of a request."""
    query = (
        select(snapshots)
        .where(snapshots.c.request_id == request_id)
        .order_by(snapshots.c.version.desc())
        .limit(1)
    )
    return (await db.execute(query)).one_or_none()


async def all_of(db: AsyncConnection, request_id: UUID) -> Sequence[Row[Any]]:
    """Every snapshot of a request, the first one first."""
    query = select(snapshots).where(snapshots.c.request_id == request_id).order_by(snapshots.c.version)
    return (await db.execute(query)).all()


async def signatures_of(db: AsyncConnection, request_id: UUID) -> Sequence[Row[Any]]:
    query = select(signatures).where(signatures.c.request_id == request_id).order_by(signatures.c.at)
    return (await db.execute(query)).all()


async def keep_gaps(db: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        await db.execute(_insert_gap, rows)


async def gaps_of(db: AsyncConnection, request_id: UUID) -> Sequence[Row[Any]]:
    """The gaps of a request that were acknowledged or waived."""
    query = (
        select(accepted_gaps).where(accepted_gaps.c.request_id == request_id).order_by(accepted_gaps.c.rule)
    )
    return (await db.execute(query)).all()


_insert_gap = accepted_gaps.insert()
