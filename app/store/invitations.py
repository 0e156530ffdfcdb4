"""Invitations to join an applicant: mailed tokens, kept as keyed hashes, that bind nobody until accepted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Index, String, Table, Uuid, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.applicants import applicants
from app.store.columns import Instant, Record, metadata

invitations = Table(
    "invitations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("applicant_id", Uuid, ForeignKey("applicants.id"), nullable=False),
    Column("email", String(254), nullable=False),
    Column("email_key", String(254), nullable=False),
    Column("role", String(10), nullable=False),
    Column("token_digest", String(64), nullable=False, unique=True),  # keyed hash, never the token
    Column("invited_by", Uuid, ForeignKey("people.id")),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("accepted_at", Instant),
    Column("revoked_at", Instant),
    Index("ix_invitations_applicant_id", "applicant_id", "created_at"),
    Index("ix_invitations_email_key", "email_key", "created_at"),
)
_row = invitations.c
_pending = _row.accepted_at.is_(None) & _row.revoked_at.is_(None)


async def add(db: AsyncConnection, values: Mapping[str, Any]) -> None:
    await db.execute(invitations.insert(), dict(values))


async def pending(
    db: AsyncConnection, applicant_id: UUID, now: datetime, after: UUID | None, limit: int
) -> Sequence[Record]:
    """Those that can still be accepted, oldest first."""
    query = select(invitations).where(_row.applicant_id == applicant_id, _pending, _row.expires_at > now)
    if after is not None:
        query = query.where(_row.id > after)
    return (await db.execute(query.order_by(_row.id).limit(limit))).all()


async def find(db: AsyncConnection, applicant_id: UUID, id: UUID, now: datetime) -> Record | None:
    """The invitation, while it can be accepted."""
    query = select(invitations).where(
        _row.applicant_id == applicant_id, _row.id == id, _pending, _row.expires_at > now
    )
    return (await db.execute(query)).one_or_none()


async def by_token(db: AsyncConnection, token_digest: str, now: datetime) -> Record | None:
    """The invitation that can still be accepted, locked, with its applicant's name and type."""
    query = (
        select(invitations, applicants.c.name.label("applicant_name"), applicants.c.type)
        .join(applicants, applicants.c.id == _row.applicant_id)
        .where(_row.token_digest == token_digest, _pending, _row.expires_at > now)
        .with_for_update(of=invitations)
    )
    return (await db.execute(query)).one_or_none()


async def sent_since(
    db: AsyncConnection, applicant_id: UUID, email_key: str, since: datetime
) -> tuple[int, int]:
    """How many this applicant sent, and how many this address got from anybody."""
    ours = func.count().filter(_row.applicant_id == applicant_id)
    theirs = func.count().filter(_row.email_key == email_key)
    query = select(ours, theirs).where(
        _row.created_at > since, (_row.applicant_id == applicant_id) | (_row.email_key == email_key)
    )
    found = (await db.execute(query)).one()
    return int(found[0]), int(found[1])


async def revoke(
    db: AsyncConnection,
    applicant_id: UUID,
    now: datetime,
    *,
    id: UUID | None = None,
    email_key: str | None = None,
) -> int:
    """Ends what is pending under this id or for this address; how many there were."""
    which = _row.id == id if id is not None else _row.email_key == email_key
    ended = invitations.update().where(_row.applicant_id == applicant_id, _pending, which)
    return (await db.execute(ended.values(revoked_at=now))).rowcount


async def accept(db: AsyncConnection, id: UUID, now: datetime) -> None:
    await db.execute(invitations.update().where(_row.id == id).values(accepted_at=now))
