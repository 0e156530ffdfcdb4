"""Attachments of designation requests: what they are, where their bytes lie, and what the scanner said."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    Uuid,
    bindparam,
    func,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.columns import Instant, metadata
from app.store.prepared import Prepared
from app.store.requests import WHOLE, DesignationRequest, requests


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}


attachments = Table(
    "attachments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), nullable=False),
    Column("filename", String(255), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("kind", String(30), nullable=False),
    Column("description", Text),
    Column("scan", String(10), nullable=False),  # clean | unscanned | pending | infected
    Column("blob", String(200), nullable=False),  # where its bytes lie in storage
    Column("created_by", Uuid),
    Column("created_at", Instant, nullable=False),
    Column("removed_at", Instant),  # deleted from a draft; the row stays until its blob is gone
    Index("ix_attachments_request_id", "request_id", "created_at"),
    # what the timers look for is little, however many files there are
    Index("ix_attachments_removed_at", "removed_at", **_where("removed_at IS NOT NULL")),
    Index("ix_attachments_pending", "id", **_where("scan = 'pending'")),
    # a content names files by name: no two of a request share one
    Index("uq_attachments_filename", "request_id", "filename", unique=True, **_where("removed_at IS NULL")),
)


@dataclass(frozen=True, slots=True)
class Attachment:
    id: UUID
    request_id: UUID
    filename: str
    size: int
    sha256: str
    media_type: str
    kind: str
    description: str | None
    scan: str
    blob: str
    created_by: UUID | None
    created_at: datetime
    removed_at: datetime | None

    @classmethod
    def of(cls, row: Sequence[Any]) -> "Attachment":
        return cls(*row)


async def of_request(db: AsyncConnection, request_id: UUID) -> Sequence[Attachment]:
    """The attachments a request has now, oldest first."""
    return [Attachment.of(row) for row in await _of_request.rows(db, {"request": request_id})]


async def insert(db: AsyncConnection, row: Attachment) -> None:
    await db.execute(attachments.insert(), asdict(row))


async def find(db: AsyncConnection, request_id: UUID, attachment_id: UUID) -> Attachment | None:
    query = select(attachments).where(
        attachments.c.request_id == request_id,
        attachments.c.id == attachment_id,
        attachments.c.removed_at.is_(None),
    )
    row = (await db.execute(query)).one_or_none()
    return None if row is None else Attachment.of(row)


async def count(db: AsyncConnection, request_id: UUID) -> int:
    query = select(func.count()).where(
        attachments.c.request_id == request_id, attachments.c.removed_at.is_(None)
    )
    return (await db.execute(query)).scalar_one()


async def mark_removed(db: AsyncConnection, attachment_id: UUID, at: datetime) -> None:
    await db.execute(attachments.update().where(attachments.c.id == attachment_id).values(removed_at=at))


async def remove_all(db: AsyncConnection, request_id: UUID, at: datetime) -> None:
    """Marks every file of a draft that is being deleted; the sweep takes their bytes."""
    await db.execute(attachments.update().where(attachments.c.request_id == request_id).values(removed_at=at))


async def page(db: AsyncConnection, request_id: UUID, after: UUID | None, limit: int) -> Sequence[Attachment]:
    """The next files after one of them, in the order their uploads began."""
    query = (
        select(attachments)
        .where(attachments.c.request_id == request_id, attachments.c.removed_at.is_(None))
        .order_by(attachments.c.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(attachments.c.id > after)
    return [Attachment.of(row) for row in await db.execute(query)]


async def known(db: AsyncConnection, ids: Sequence[UUID]) -> set[UUID]:
    """Those of the ids that have a row."""
    query = select(attachments.c.id).where(attachments.c.id.in_(ids))
    return set((await db.execute(query)).scalars())


async def removed(db: AsyncConnection, limit: int) -> Sequence[Attachment]:
    """Files that were taken out, or went with their draft, and whose row still stands."""
    query = select(attachments).where(attachments.c.removed_at.is_not(None)).limit(limit)
    return [Attachment.of(row) for row in await db.execute(query)]


async def erase(db: AsyncConnection, ids: Sequence[UUID]) -> None:
    """Forgets removed files, name and description included; the journal keeps their ids and digests."""
    await db.execute(
        attachments.delete().where(attachments.c.id.in_(ids), attachments.c.removed_at.is_not(None))
    )


async def holder(db: AsyncConnection, file: Attachment) -> DesignationRequest | None:
    """The request that has the file, locked, for what the system does by itself; None once it is deleted."""
    query = WHOLE.where(requests.c.id == file.request_id, requests.c.content.is_not(None))
    row = (await db.execute(query.with_for_update(of=requests))).one_or_none()
    return None if row is None else DesignationRequest.of(row)


async def pending(db: AsyncConnection, limit: int = 50) -> Sequence[Attachment]:
    """Files the scanner has not judged yet, the longest waiting first."""
    query = (
        select(attachments)
        .where(attachments.c.scan == "pending", attachments.c.removed_at.is_(None))
        .order_by(attachments.c.id)
        .limit(limit)
    )
    return [Attachment.of(row) for row in await db.execute(query)]


async def judged(db: AsyncConnection, attachment_id: UUID, scan: str) -> bool:
    """Writes the scanner's word; False where the file is gone, or was judged meanwhile."""
    waiting = attachments.update().where(
        attachments.c.id == attachment_id,
        attachments.c.scan == "pending",
        attachments.c.removed_at.is_(None),
    )
    return (await db.execute(waiting.values(scan=scan))).rowcount == 1


_of_request = Prepared(
    select(attachments)
    .where(attachments.c.request_id == bindparam("request"), attachments.c.removed_at.is_(None))
    .order_by(attachments.c.created_at, attachments.c.id)
)
