"""Information requests and the answers to them, round by round. Append-only."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Integer, String, Table, Text, Uuid

from app.store.columns import Instant, metadata

information_requests = Table(
    "information_requests",
    metadata,
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("questions", Text, nullable=False),  # JSON: text, and the parts of the content it opens
    Column("reply_by", Date, nullable=False),
    Column("late_reason", Text),  # why the reply date lies after day 150; for the program
    Column("asked_by", Uuid, ForeignKey("people.id"), nullable=False),
    Column("asked_at", Instant, nullable=False),
)
information_responses = Table(
    "information_responses",
    metadata,
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("answers", Text, nullable=False),  # JSON: question, text, ids of files
    Column("late", Boolean, nullable=False),
    Column("version", Integer, nullable=False),  # of the content from then on
    Column("manifest", Text, nullable=False),  # RFC 8785: what exactly was signed
    Column("digest", String(64), nullable=False),
    Column("by", Uuid, ForeignKey("people.id"), nullable=False),
    Column("at", Instant, nullable=False),
)
