"""The feed: every event at a position of its own, given in the order in which consumers may pass it.

A position is given only after the event was committed, by one publisher at a time. An event inserted by anyone enters
`event_queue` by a trigger of the database, in its own transaction; publishing moves it from there into `feed`. So no
position below one that a consumer has seen can appear later, whatever order transactions commit in.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Uuid

from app.store.columns import metadata

# SQLite counts by itself only in a column that it knows as INTEGER
COUNTED = BigInteger().with_variant(Integer(), "sqlite")

event_queue = Table(
    "event_queue",
    metadata,
    Column("serial", COUNTED, primary_key=True, autoincrement=True),
    Column("event_id", Uuid, nullable=False),
    sqlite_autoincrement=True,
)
feed = Table(
    "feed",
    metadata,
    Column("position", COUNTED, primary_key=True, autoincrement=True),
    Column("event_id", Uuid, ForeignKey("events.id"), nullable=False, unique=True),
    Column("type", String(80), nullable=False),
    Column("audience", String(10), nullable=False),
    Column("applicant_id", Uuid),
    Column("subject", String(60), nullable=False),
    Index("ix_feed_audience", "audience", "position"),
    Index("ix_feed_applicant_id", "applicant_id", "audience", "position"),
    Index("ix_feed_subject", "subject", "audience", "position"),
    sqlite_autoincrement=True,
)
