"""Mandates: what an agent may do for its principal, from when until when."""

from sqlalchemy import Column, Date, ForeignKey, Index, String, Table, Uuid

from app.store.columns import Instant, metadata

mandates = Table(
    "mandates",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("principal_id", Uuid, ForeignKey("applicants.id"), nullable=False),
    Column("agent_id", Uuid, ForeignKey("applicants.id"), nullable=False),
    Column("scopes", String(60), nullable=False),  # blank-separated
    Column("valid_from", Date, nullable=False),
    Column("valid_until", Date),
    Column("attachment_id", Uuid),
    Column("created_by", Uuid, ForeignKey("people.id")),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Index("ix_mandates_principal_id", "principal_id"),
    Index("ix_mandates_agent_id", "agent_id"),
)
