"""Proposals of engagements: the PDF that goes with one, where its bytes lie, and what the scanner said."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Uuid, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.files import PDF
from app.store.columns import Instant, metadata


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}


engagement_proposals = Table(
    "engagement_proposals",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("engagement_id", Uuid, ForeignKey("engagements.id"), nullable=False),
    Column("filename", String(255), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("pages", Integer, nullable=False),
    Column("scan", String(10), nullable=False),  # clean | unscanned | pending | infected
    Column("blob", String(200), nullable=False),
    Column("created_by", Uuid, ForeignKey("people.id")),
    Column("created_at", Instant, nullable=False),
    Column("removed_at", Instant),  # another took its place; the row stays until its blob is gone
    Index("uq_engagement_proposals_current", "engagement_id", unique=True, **_where("removed_at IS NULL")),
    Index("ix_engagement_proposals_removed_at", "removed_at", **_where("removed_at IS NOT NULL")),
    Index("ix_engagement_proposals_pending", "id", **_where("scan = 'pending'")),
)
_row = engagement_proposals.c


@dataclass(frozen=True, slots=True)
class Proposal:
    id: UUID
    engagement_id: UUID
    filename: str
    size: int
    sha256: str
    pages: int
    scan: str
    blob: str
    created_by: UUID | None
    created_at: datetime
    removed_at: datetime | None

    @property
    def media_type(self) -> str:
        return PDF


async def current(db: AsyncConnection, engagement_id: UUID) -> Proposal | None:
    query = select(engagement_proposals).where(_row.engagement_id == engagement_id, _row.removed_at.is_(None))
    row = (await db.execute(query)).one_or_none()
    return None if row is None else Proposal(*row)


async def replace(db: AsyncConnection, new: Proposal) -> None:
    """Puts it in the place of the one there is; the engagement is locked."""
    before = engagement_proposals.update().where(
        _row.engagement_id == new.engagement_id, _row.removed_at.is_(None)
    )
    await db.execute(before.values(removed_at=new.created_at))
    await db.execute(engagement_proposals.insert(), asdict(new))


async def known(db: AsyncConnection, ids: Sequence[UUID]) -> set[UUID]:
    """Those of the ids that have a row."""
    return set((await db.execute(select(_row.id).where(_row.id.in_(ids)))).scalars())


async def removed(db: AsyncConnection, limit: int) -> Sequence[Proposal]:
    """Those whose place another took, and whose row still stands."""
    query = select(engagement_proposals).where(_row.removed_at.is_not(None)).limit(limit)
    return [Proposal(*row) for row in await db.execute(query)]


async def erase(db: AsyncConnection, ids: Sequence[UUID]) -> None:
    await db.execute(engagement_proposals.delete().where(_row.id.in_(ids), _row.removed_at.is_not(None)))


async def pending(db: AsyncConnection, limit: int = 50) -> Sequence[Proposal]:
    """Those the scanner has not judged yet, the longest waiting first."""
    query = (
        select(engagement_proposals)
        .where(_row.scan == "pending", _row.removed_at.is_(None))
        .order_by(_row.id)
        .limit(limit)
    )
    return [Proposal(*row) for row in await db.execute(query)]


async def judged(db: AsyncConnection, proposal_id: UUID, scan: str) -> bool:
    """Writes the scanner's word; False where it is gone, or was judged meanwhile."""
    waiting = engagement_proposals.update().where(
        _row.id == proposal_id, _row.scan == "pending", _row.removed_at.is_(None)
    )
    return (await db.execute(waiting.values(scan=scan))).rowcount == 1
