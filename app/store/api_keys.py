"""API keys, and the one statement that turns a key into a caller."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Uuid

from app.store.columns import Instant, metadata

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("lookup", String(12), nullable=False, unique=True),
    Column("digest", String(64), nullable=False),  # HMAC-SHA256 of the whole key, never the key
    Column("person_id", Uuid, ForeignKey("people.id")),  # NULL: a machine's
    Column(
        "applicant_id", Uuid, ForeignKey("applicants.id")
    ),  # a machine's applicant; NULL with no person: the program's
    Column("label", String(100), nullable=False, server_default=""),
    Column("scopes", String(200), nullable=False),  # blank-separated
    Column("created_by", Uuid, ForeignKey("people.id")),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("last_used_at", Instant),
    Index("ix_api_keys_person_id", "person_id"),
    Index("ix_api_keys_applicant_id", "applicant_id"),
)
