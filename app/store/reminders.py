"""Reminders that were given, so that each is given once; append-only by use, no record of the request."""

from sqlalchemy import Column, Date, ForeignKey, String, Table, Uuid

from app.store.columns import Instant, metadata

reminders = Table(
    "reminders",
    metadata,
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), primary_key=True),
    Column("kind", String(20), primary_key=True),  # due | reply
    Column("day", Date, primary_key=True),  # the civil day for which it was given
    Column("at", Instant, nullable=False),
)
