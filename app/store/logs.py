"""Logs beside the journal: staff reads, and what happens to accounts and keys. Append-only, like the journal."""

from sqlalchemy import Column, Index, Integer, String, Table, Text, Uuid

from app.store.columns import Instant, metadata

access_log = Table(
    "access_log",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("person_id", Uuid),
    Column("key_id", Uuid),
    Column("subject_id", Uuid, nullable=False),
    Column("what", String(60), nullable=False),
    Index("ix_access_log_subject_id", "subject_id", "seq"),
    sqlite_autoincrement=True,
)
security_log = Table(
    "security_log",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("actor_id", Uuid),
    Column("subject_id", Uuid),
    Column("action", String(60), nullable=False),
    Column("facts", Text, nullable=False, server_default="{}"),
    Index("ix_security_log_subject_id", "subject_id", "seq"),
    sqlite_autoincrement=True,
)
