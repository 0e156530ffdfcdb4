"""Registrations: a person, its applicant, and the code that proves the address."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Uuid, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.columns import Instant, metadata
from app.store.logs import security_log
from app.store.people import people

CODE_MAILED = "code_mailed"  # as the security log has it

registrations = Table(
    "registrations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("applicant_id", Uuid, ForeignKey("applicants.id"), nullable=False),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False),
    Column("email_key", String(254), nullable=False),
    Column("source", String(64), nullable=False),  # keyed hash of the address the call came from
    Column("code_digest", String(64)),  # keyed hash; NULL once used or spent
    Column("code_expires_at", Instant, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("confirmed_at", Instant),
    Column("created_at", Instant, nullable=False),
    Index("ix_registrations_email_key", "email_key", "created_at"),
    Index("ix_registrations_source", "source", "created_at"),
    Index("ix_registrations_person_id", "person_id"),
)


async def mailed_since(db: AsyncConnection, email_key: str, since: datetime) -> int:
    """How many mails with a code went to this address, whoever asked for them."""
    query = (
        select(func.count())
        .select_from(people.join(security_log, security_log.c.subject_id == people.c.id))
        .where(
            people.c.email_key == email_key,
            security_log.c.action == CODE_MAILED,
            security_log.c.at > since,
        )
    )
    return (await db.execute(query)).scalar_one()
