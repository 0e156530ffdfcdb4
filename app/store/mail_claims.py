"""Claims to what came by mail: a mailed token, kept as a keyed hash, good once and for one address."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Index, String, Table, Uuid, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.applicants import applicants
from app.store.columns import Instant, Record, metadata
from app.store.incoming_mails import incoming_mails

mail_claims = Table(
    "mail_claims",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("token_digest", String(64), nullable=False, unique=True),
    Column("mail_id", Uuid, ForeignKey("incoming_mails.id"), nullable=False),
    Column("applicant_id", Uuid, ForeignKey("applicants.id"), nullable=False),
    Column("number", String(20), nullable=False),  # of the request or engagement it was filed as
    Column("email_key", String(254), nullable=False),  # whose it is to claim
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("used_by", Uuid, ForeignKey("people.id")),
    Index("ix_mail_claims_mail_id", "mail_id"),
    Index("ix_mail_claims_applicant_id", "applicant_id"),
)
_row = mail_claims.c


async def add(db: AsyncConnection, values: Mapping[str, Any]) -> None:
    await db.execute(mail_claims.insert(), dict(values))


async def open_one(db: AsyncConnection, token_digest: str, now: datetime) -> Record | None:
    """The claim that can still be made, locked, with its applicant's name and type."""
    query = (
        select(mail_claims, applicants.c.name.label("applicant_name"), applicants.c.type)
        .join(applicants, applicants.c.id == _row.applicant_id)
        .where(_row.token_digest == token_digest, _row.used_at.is_(None), _row.expires_at > now)
        .with_for_update(of=mail_claims)
    )
    return (await db.execute(query)).one_or_none()


async def use(db: AsyncConnection, id: UUID, person_id: UUID, now: datetime) -> None:
    await db.execute(mail_claims.update().where(_row.id == id).values(used_at=now, used_by=person_id))


async def unclaimed_sender(db: AsyncConnection, applicant_id: UUID) -> str | None:
    """The address from which something was mailed for this applicant, which nobody has claimed yet."""
    query = (
        select(incoming_mails.c.sender)
        .join(mail_claims, _row.mail_id == incoming_mails.c.id)
        .where(_row.applicant_id == applicant_id, _row.used_at.is_(None))
    )
    sender: str | None = (await db.execute(query.limit(1))).scalar_one_or_none()
    return sender


async def unclaimed(db: AsyncConnection, mail_id: UUID) -> Record | None:
    """The claim that came of a mail, locked, with the address it goes to, while nobody has made it."""
    query = (
        select(mail_claims, incoming_mails.c.sender)
        .join(incoming_mails, incoming_mails.c.id == _row.mail_id)
        .where(_row.mail_id == mail_id, _row.used_at.is_(None))
        .with_for_update(of=mail_claims)
    )
    found: Record | None = (await db.execute(query)).one_or_none()
    return found


async def renew(db: AsyncConnection, id: UUID, fresh: Mapping[str, Any]) -> None:
    await db.execute(mail_claims.update().where(_row.id == id).values(**fresh))
