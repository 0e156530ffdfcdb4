"""Applicants and their members."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, Uuid

from app.store.columns import Instant, metadata

applicants = Table(
    "applicants",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", String(300), nullable=False),
    Column("type", String(30), nullable=False),
    Column("type_detail", String(300)),
    Column("country", String(2)),
    Column("identifiers", Text, nullable=False, server_default="{}"),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Index("ix_applicants_type", "type"),
)
members = Table(
    "members",
    metadata,
    Column("applicant_id", Uuid, ForeignKey("applicants.id"), primary_key=True),
    Column("person_id", Uuid, ForeignKey("people.id"), primary_key=True),
    Column("role", String(10), nullable=False),
    Column("created_at", Instant, nullable=False),
    Index("ix_members_person_id", "person_id"),
)
