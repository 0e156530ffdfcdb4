"""Events out: the feed, webhook endpoints, and what makes a delivery a webhook's."""

import sqlalchemy as sa
from alembic import op

from app.store import append_only

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COUNTED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
HOOK = {
    "endpoint_id": sa.Uuid(),
    "event_id": sa.Uuid(),
    "subject_id": sa.Uuid(),
    "sequence": sa.Integer(),
    "previous_sequence": sa.Integer(),
    "test_type": sa.String(length=80),
}


def upgrade() -> None:
    bind = op.get_bind()
    append_only.unguard(bind, "events")
    op.add_column("events", sa.Column("subject", sa.String(length=60), server_default="", nullable=False))
    op.execute(
        "UPDATE events SET subject = coalesce("
        "(SELECT number FROM designation_requests r WHERE r.id = events.subject_id), '')"
    )
    append_only.guard(bind, "events")
    op.create_index("ix_events_at", "events", ["audience", "at"])
    op.create_table(
        "event_queue",
        sa.Column("serial", COUNTED, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_event_queue")),
        sqlite_autoincrement=True,
    )
    op.execute("INSERT INTO event_queue (event_id) SELECT id FROM events ORDER BY id")
    _queue_events_by_trigger()
    op.create_table(
        "feed",
        sa.Column("position", COUNTED, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("applicant_id", sa.Uuid(), nullable=True),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_feed_event_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_feed")),
        sa.UniqueConstraint("event_id", name=op.f("uq_feed_event_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_feed_audience", "feed", ["audience", "position"])
    op.create_index("ix_feed_applicant_id", "feed", ["applicant_id", "audience", "position"])
    op.create_index("ix_feed_subject", "feed", ["subject", "audience", "position"])
    _webhooks()


def _queue_events_by_trigger() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION queue_event() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN INSERT INTO event_queue (event_id) VALUES (NEW.id); RETURN NULL; END $$"
        )
        op.execute(
            "CREATE TRIGGER events_queued AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION queue_event()"
        )
    else:
        op.execute(
            "CREATE TRIGGER events_queued AFTER INSERT ON events"
            " BEGIN INSERT INTO event_queue (event_id) VALUES (NEW.id); END"
        )


def _webhooks() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("applicant_id", sa.Uuid(), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.String(length=500), server_default="", nullable=False),
        sa.Column("event_types", sa.Text(), server_default="", nullable=False),
        sa.Column("statuses", sa.Text(), server_default="", nullable=False),
        sa.Column("subjects", sa.Text(), server_default="", nullable=False),
        sa.Column("secrets", sa.Text(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=True),
        sa.Column("max_per_second", sa.Integer(), nullable=True),
        sa.Column("next_slot_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("disabled_reason", sa.String(length=20), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["applicant_id"], ["applicants.id"], name=op.f("fk_webhook_endpoints_applicant_id")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_webhook_endpoints_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
    )
    op.create_index("ix_webhook_endpoints_applicant_id", "webhook_endpoints", ["applicant_id", "id"])
    op.create_table(
        "webhook_attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("response", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_attempts")),
    )
    op.create_index("ix_webhook_attempts_delivery_id", "webhook_attempts", ["delivery_id", "number"])
    op.create_index("ix_webhook_attempts_at", "webhook_attempts", ["at"])
    for name, kind in HOOK.items():
        op.add_column("deliveries", sa.Column(name, kind))
    where = sa.text("endpoint_id IS NOT NULL")
    for name, columns in (
        ("ix_deliveries_endpoint", ["endpoint_id", "id"]),
        ("ix_deliveries_subject", ["endpoint_id", "subject_id", "sequence"]),
    ):
        op.create_index(name, "deliveries", columns, postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    op.drop_index("ix_deliveries_subject", "deliveries")
    op.drop_index("ix_deliveries_endpoint", "deliveries")
    # webhooks under way go with their endpoints
    op.execute("DELETE FROM deliveries WHERE endpoint_id IS NOT NULL")
    for name in reversed(HOOK):
        op.drop_column("deliveries", name)
    op.drop_table("webhook_attempts")
    op.drop_table("webhook_endpoints")
    op.drop_table("feed")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER events_queued ON events")
        op.execute("DROP FUNCTION queue_event()")
    else:
        op.execute("DROP TRIGGER events_queued")
    op.drop_table("event_queue")
    op.drop_index("ix_events_at", "events")
    op.drop_column("events", "subject")
