"""Who works on a request, and who may not: assignments with their history, and declared conflicts."""

from typing import Any

from sqlalchemy import Column, Date, ForeignKey, Index, String, Table, Text, Uuid, text

from app.store.columns import Instant, metadata

_ACTIVE: dict[str, Any] = {
    "postgresql_where": text("ended_at IS NULL"),
    "sqlite_where": text("ended_at IS NULL"),
}
_LEADS: dict[str, Any] = dict.fromkeys(_ACTIVE, text("ended_at IS NULL AND part = 'lead'"))

assignments = Table(
    "assignments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), nullable=False),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False),
    Column("part", String(10), nullable=False),  # lead | team
    Column("due_on", Date, nullable=False),  # the request's statutory due date, which never changes
    Column("assigned_by", Uuid, ForeignKey("people.id"), nullable=False),
    Column("assigned_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", Uuid, ForeignKey("people.id")),
    Column("reason", Text),  # why it ended
    Index("ix_assignments_request_id", "request_id", "assigned_at"),
    Index("ix_assignments_queue", "person_id", "due_on", "request_id", **_ACTIVE),
    Index("uq_assignments_active", "request_id", "person_id", unique=True, **_ACTIVE),
    Index("uq_assignments_lead", "request_id", unique=True, **_LEADS),
)
# A conflict is declared for good: whoever declared it sees nothing more of the request, in any channel.
conflicts = Table(
    "conflicts",
    metadata,
    Column("person_id", Uuid, ForeignKey("people.id"), primary_key=True),
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), primary_key=True),
    Column("reason", Text),
    Column("declared_at", Instant, nullable=False),
    Index("ix_conflicts_request_id", "request_id"),
)
