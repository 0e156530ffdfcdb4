"""Registrations: a person, its applicant, and the code that proves the address."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Uuid

from app.store.columns import Instant, metadata

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
