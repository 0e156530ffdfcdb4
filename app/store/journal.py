"""The journal, hash-chained per designation request and audience, and the events; both append-only by trigger."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, Uuid

from app.store.columns import Instant, metadata

journal_entries = Table(
    "journal_entries",
    metadata,
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("applicant_seq", Integer),  # its place in the applicant's chain, where it is in it
    Column("at", Instant, nullable=False),
    Column("audience", String(10), nullable=False),  # applicant: both may see it; program: staff only
    Column("action", String(40), nullable=False),
    Column("body", Text, nullable=False),  # canonical JSON: ids and digests, never content or personal data
    Column(
        "opening", String(80)
    ),  # nonce and id behind the body's commitment to a member of staff; program only
    Column("digest", String(64), nullable=False),
    Column("link", String(64), nullable=False),
    Column("applicant_link", String(64)),
)
events = Table(
    "events",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("type", String(80), nullable=False),
    Column("audience", String(10), nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("subject", String(60), nullable=False, server_default=""),  # as the CloudEvent names it
    Column("applicant_id", Uuid, ForeignKey("applicants.id")),
    Column("sequence", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("body", Text, nullable=False),  # the CloudEvent, frozen
    Index("uq_events_sequence", "subject_id", "audience", "sequence", unique=True),
    Index("ix_events_applicant_id", "applicant_id", "id"),
    Index("ix_events_at", "audience", "at"),
)
