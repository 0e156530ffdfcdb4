"""Attachments of designation requests: what they are, where their bytes lie, and what the scanner said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text, Uuid, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.columns import Instant, metadata

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
    query = (
        select(attachments)
        .where(attachments.c.request_id == request_id, attachments.c.removed_at.is_(None))
        .order_by(attachments.c.created_at, attachments.c.id)
    )
    return [Attachment.of(row) for row in await db.execute(query)]
