"""Stored answers of calls that carried an Idempotency-Key."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text

from app.store.columns import Instant, metadata

idempotent_answers = Table(
    "idempotent_answers",
    metadata,
    Column("key_digest", String(64), primary_key=True),  # HMAC of caller, route and key; the key itself is not kept
    Column("fingerprint", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("sealed", Integer, nullable=False),  # 1: encrypted under a key derived from the Idempotency-Key
    Column("created_at", Instant, nullable=False),
    Index("ix_idempotent_answers_created_at", "created_at"),
)
