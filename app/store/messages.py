"""Messages: append-only. One of an act keeps its template and words, and is put into text when it is read."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, Uuid

from app.store.columns import Instant, metadata

messages = Table(
    "messages",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("thread_id", Uuid, ForeignKey("threads.id"), nullable=False),
    Column("seq", Integer, nullable=False),  # in its thread, from 1, without a gap
    Column("at", Instant, nullable=False),
    Column("side", String(10), nullable=False),  # applicant | program | system
    Column("by", Uuid, ForeignKey("people.id")),
    Column("via", String(10), nullable=False),  # act | api | mail
    Column("template", String(60)),
    Column("template_version", Integer),
    Column("words", Text),  # what the template is filled with
    Column("text", Text),
    Column("quoted", Text),  # of a mail: what it repeated of earlier ones
    Column("files", Text),  # ids of the request's files that belong to it
    Index("uq_messages_thread_id", "thread_id", "seq", unique=True),
)
