"""Consults: a question to one person about named parts of a request, and the opinion given, which is append-only."""

from sqlalchemy import Column, Date, ForeignKey, Index, String, Table, Text, Uuid

from app.store.columns import Instant, metadata

consults = Table(
    "consults",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), nullable=False),
    Column("kind", String(20), nullable=False),  # other_center | ett | catt | compliance
    Column("consultant_id", Uuid, ForeignKey("people.id"), nullable=False),
    Column("question", Text, nullable=False),
    Column("parts", Text, nullable=False),  # JSON: pointers into the content; nothing else is shown
    Column("attachments", Text, nullable=False),  # JSON: ids of files that are shown too
    Column("due_on", Date),
    Column("asked_by", Uuid, ForeignKey("people.id"), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("cancelled_at", Instant),
    Index("ix_consults_request_id", "request_id", "asked_at"),
    Index("ix_consults_consultant_id", "consultant_id", "asked_at"),
)
opinions = Table(
    "opinions",
    metadata,
    Column("consult_id", Uuid, ForeignKey("consults.id"), primary_key=True),
    Column("text", Text, nullable=False),
    Column("by", Uuid, ForeignKey("people.id"), nullable=False),
    Column("at", Instant, nullable=False),
)
