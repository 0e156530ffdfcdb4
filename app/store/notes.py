"""Internal notes of the program on a request; append-only, and never for its applicant."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text, Uuid

from app.store.columns import Instant, metadata

notes = Table(
    "notes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), nullable=False),
    Column("author_id", Uuid, ForeignKey("people.id"), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_notes_request_id", "request_id", "id"),
)
