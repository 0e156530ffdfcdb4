"""The versions of a request's content: what was superseded, and what became part of the record."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    Uuid,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.lifecycle import State
from app.store.columns import Instant, metadata
from app.store.requests import DesignationRequest

request_versions = Table(
    "request_versions",
    metadata,
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("content", Text, nullable=False),
    Column("content_digest", String(64), nullable=False),
    Column("filed", Boolean, nullable=False),  # part of the record; the database refuses to delete it
    Column("created_by", Uuid),
    Column("created_at", Instant, nullable=False),
)


def version_row(
    found: DesignationRequest, by: UUID | None, at: datetime, *, filed: bool = False
) -> dict[str, Any]:
    """The content that is about to be superseded or, `filed`, that has become a record, as a version kept."""
    return {
        "request_id": found.id,
        "version": found.version,
        "content": found.content,
        "content_digest": found.content_digest,
        "filed": filed,
        "created_by": by,
        "created_at": at,
    }


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a content; the newest of a draft is the draft itself."""

    version: int
    content: str
    content_digest: str
    filed: bool
    created_at: datetime


async def version(db: AsyncConnection, found: DesignationRequest, number: int) -> Version | None:
    if number == found.version and found.state is State.DRAFT:
        return _newest(found)
    listed = request_versions.c
    query = select(
        listed.version, listed.content, listed.content_digest, listed.filed, listed.created_at
    ).where(listed.request_id == found.id, listed.version == number)
    row = (await db.execute(query)).one_or_none()
    return None if row is None else Version(*row)


async def versions(db: AsyncConnection, found: DesignationRequest, before: int, limit: int) -> list[Version]:
    """The versions below `before`, newest first, without their content."""
    newest = [_newest(found)] if found.state is State.DRAFT and found.version < before else []
    listed = request_versions.c
    query = (
        select(listed.version, literal(""), listed.content_digest, listed.filed, listed.created_at)
        .where(listed.request_id == found.id, listed.version < before)
        .order_by(listed.version.desc())
        .limit(limit)
    )
    return (newest + [Version(*row) for row in await db.execute(query)])[:limit]


async def sized(db: AsyncConnection, found: DesignationRequest) -> list[tuple[Version, int]]:
    """Every version, the first one first, without its content but with how many bytes of UTF-8 that is."""
    listed = request_versions.c
    is_sqlite = db.dialect.name == "sqlite"
    # before 3.43 SQLite counts bytes in blobs alone
    octets = (
        func.length(cast(listed.content, LargeBinary)) if is_sqlite else func.octet_length(listed.content)
    )
    query = (
        select(listed.version, literal(""), listed.content_digest, listed.filed, listed.created_at, octets)
        .where(listed.request_id == found.id)
        .order_by(listed.version)
    )
    rows = [(Version(*row[:5]), row[5]) for row in await db.execute(query)]
    if found.state is not State.DRAFT:
        return rows
    return [*rows, (_newest(found), len(found.content.encode()))]


def _newest(found: DesignationRequest) -> Version:
    """The draft itself. What was filed has a row, whose instant no later step moves."""
    at = found.applicant_updated_at
    return Version(found.version, found.content, found.content_digest, filed=False, created_at=at)


async def erase_versions(db: AsyncConnection, request_id: UUID) -> None:
    await db.execute(request_versions.delete().where(request_versions.c.request_id == request_id))
