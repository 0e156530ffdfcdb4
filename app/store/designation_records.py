"""What a designation leaves behind: history, signatures under its acts, counsel's sign-offs. Append-only."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, Uuid, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.policy import Audience
from app.store.columns import Instant, Record, metadata

changes = Table(
    "designation_changes",
    metadata,
    Column("designation_id", Uuid, ForeignKey("designations.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("id", Uuid, nullable=False),  # for outsiders: the place would tell how much they do not see
    Column("holder_id", Uuid, ForeignKey("applicants.id"), nullable=False),  # once it was made
    Column("at", Instant, nullable=False),
    Column("audience", String(10), nullable=False),  # applicant: its holder may see it; program: staff only
    Column("what", String(40), nullable=False),
    Column("by_kind", String(10), nullable=False),  # person | program | system
    Column("by_id", Uuid),
    Column("facts", Text, nullable=False),  # JSON
    Index("uq_designation_changes_id", "id", unique=True),
)
signatures = Table(
    "designation_signatures",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("designation_id", Uuid, ForeignKey("designations.id"), nullable=False),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False),
    Column("printed_name", String(300), nullable=False),
    Column("meaning", String(20), nullable=False),
    Column("act", String(40), nullable=False),
    Column("manifest", Text, nullable=False),  # RFC 8785: what exactly was signed
    Column("digest", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_designation_signatures_designation_id", "designation_id", "at"),
)
sign_offs = Table(
    "designation_sign_offs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("designation_id", Uuid, ForeignKey("designations.id"), nullable=False),
    Column("purpose", String(20), nullable=False),  # ended_by_program | graduated
    Column("note", Text, nullable=False),
    Column("by", Uuid, ForeignKey("people.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_designation_sign_offs_designation_id", "designation_id", "id"),
)
_change = changes.c


async def history(
    db: AsyncConnection, designation_id: UUID, own: Collection[UUID] | None, after: UUID | None, limit: int
) -> Sequence[Record]:
    """What happened, in order: for staff (None) all, for a holder what it may see of the time when it held."""
    query = select(changes).where(_change.designation_id == designation_id)
    if own is not None:
        query = query.where(_change.audience == Audience.APPLICANT.value, _change.holder_id.in_(own))
    if after is not None:
        query = query.where(_change.seq > select(_change.seq).where(_change.id == after).scalar_subquery())
    return (await db.execute(query.order_by(_change.seq).limit(limit))).all()


async def is_signed_off(db: AsyncConnection, designation_id: UUID, purpose: str) -> bool:
    found = exists().where(sign_offs.c.designation_id == designation_id, sign_offs.c.purpose == purpose)
    return bool((await db.execute(select(found))).scalar_one())


async def sign_offs_of(
    db: AsyncConnection, designation_id: UUID, after: UUID | None, limit: int
) -> Sequence[Record]:
    row = sign_offs.c
    query = select(sign_offs).where(row.designation_id == designation_id).order_by(row.id).limit(limit)
    return (await db.execute(query if after is None else query.where(row.id > after))).all()
