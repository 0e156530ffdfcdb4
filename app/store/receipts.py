"""Receipts: what each person was told, was notified of, opened, acknowledged and archived. Nothing goes back.

A receipt says nothing of a mailbox: a message is unread wherever its thread lies, also where it was moved to.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Uuid, text

from app.store.columns import Instant, metadata

UNREAD: dict[str, Any] = {
    "postgresql_where": text("opened_at IS NULL"),
    "sqlite_where": text("opened_at IS NULL"),
}

receipts = Table(
    "receipts",
    metadata,
    Column("message_id", Uuid, ForeignKey("messages.id"), primary_key=True),
    Column("person_id", Uuid, ForeignKey("people.id"), primary_key=True),
    Column("thread_id", Uuid, nullable=False),
    Column("available_at", Instant, nullable=False),
    Column("notified_at", Instant),  # a copy by mail was sent
    Column("opened_at", Instant),
    Column("acknowledged_at", Instant),
    Column("archived_at", Instant),
    Column("touched", BigInteger, nullable=False),  # see store.touches
    Index("ix_receipts_unread", "person_id", "thread_id", **UNREAD),
    Index("ix_receipts_touched", "person_id", "touched"),
    Index("ix_receipts_thread_id", "thread_id", "person_id"),
)
