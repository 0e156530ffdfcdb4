"""Engagements: requests for a contact before any filing, their history, proposals, links and graduation log."""

import sqlalchemy as sa
from alembic import op

from app.store import append_only

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

RECORDS = ("engagement_changes", "engagement_links", "graduation_log")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "engagement_numbers",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("engagement_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_engagement_numbers")),
        sqlite_autoincrement=True,
    )
    op.create_table("engagements", *_columns())
    op.create_index("ix_engagements_updated_at", "engagements", ["updated_at", "id"])
    op.create_index("ix_engagements_received_on", "engagements", ["received_on"])
    for name in ("state", "format", "assigned_to"):
        op.create_index(f"ix_engagements_{name}", "engagements", [name, "updated_at", "id"])
    op.create_index("ix_engagements_own", "engagements", ["applicant_id", "applicant_updated_at", "id"])
    _records()
    _proposals()
    append_only.guard(op.get_bind(), *RECORDS)


def downgrade() -> None:
    append_only.unguard(op.get_bind(), *RECORDS)
    for table in (*RECORDS, "engagement_proposals", "engagements", "engagement_numbers"):
        op.drop_table(table)


def _columns() -> list[sa.Column[object] | sa.Constraint]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("applicant_id", sa.Uuid(), nullable=False),
        sa.Column("format", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("applicant_revision", sa.Integer(), nullable=False),
        sa.Column("assigned_to", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("applicant_updated_at", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("decide_by", sa.Date(), nullable=False),
        sa.Column("meet_by", sa.Date(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decline_reason", sa.String(length=30), nullable=True),
        sa.Column("decline_note", sa.Text(), nullable=True),
        sa.Column("meeting_on", sa.Date(), nullable=True),
        sa.Column("meeting_at", INSTANT, nullable=True),
        sa.Column("meeting_mode", sa.String(length=10), nullable=True),
        sa.Column("staff_attendees", sa.Text(), server_default="[]", nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("meeting_summary", sa.Text(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("outcome_summary", sa.Text(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("updates_sent", sa.Integer(), nullable=False),
        sa.Column("last_update_at", INSTANT, nullable=True),
        sa.Column("next_update_at", INSTANT, nullable=True),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("applicant_changes", sa.Integer(), nullable=False),
        sa.Column("applicant_sequence", sa.Integer(), nullable=False),
        sa.Column("program_sequence", sa.Integer(), nullable=False),
        *_keys("engagements", "id", applicant_id="applicants", assigned_to="people", created_by="people"),
        sa.UniqueConstraint("number", name=op.f("uq_engagements_number")),
    ]


def _records() -> None:
    op.create_table(
        "engagement_changes",
        sa.Column("engagement_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("applicant_seq", sa.Integer(), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("what", sa.String(length=30), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        *_keys("engagement_changes", "engagement_id", "seq", engagement_id="engagements", by="people"),
    )
    op.create_index("ix_engagement_changes_shown", "engagement_changes", ["engagement_id", "applicant_seq"])
    links = {"engagement_id": "engagements", "request_id": "designation_requests", "by": "people"}
    op.create_table(
        "engagement_links",
        sa.Column("engagement_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        *_keys("engagement_links", "engagement_id", "request_id", **links),
    )
    op.create_index("ix_engagement_links_request_id", "engagement_links", ["request_id"])
    op.create_table(
        "graduation_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("engagement_id", sa.Uuid(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("approvals_with_it", sa.Integer(), nullable=False),
        sa.Column("assessors_trained", sa.Boolean(), nullable=False),
        sa.Column("experience", sa.String(length=15), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        *_keys("graduation_log", "id", engagement_id="engagements", by="people"),
    )
    op.create_index("ix_graduation_log_engagement_id", "graduation_log", ["engagement_id", "id"])


def _proposals() -> None:
    op.create_table(
        "engagement_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("engagement_id", sa.Uuid(), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("scan", sa.String(length=10), nullable=False),
        sa.Column("blob", sa.String(length=200), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("removed_at", INSTANT, nullable=True),
        *_keys("engagement_proposals", "id", engagement_id="engagements", created_by="people"),
    )
    for name, columns, condition, unique in (
        ("uq_engagement_proposals_current", ["engagement_id"], "removed_at IS NULL", True),
        ("ix_engagement_proposals_removed_at", ["removed_at"], "removed_at IS NOT NULL", False),
        ("ix_engagement_proposals_pending", ["id"], "scan = 'pending'", False),
    ):
        where = {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}
        op.create_index(name, "engagement_proposals", columns, unique=unique, **where)


def _keys(table: str, *primary: str, **foreign: str) -> list[sa.Constraint]:
    keys: list[sa.Constraint] = [sa.PrimaryKeyConstraint(*primary, name=op.f(f"pk_{table}"))]
    for column, to in foreign.items():
        keys.append(sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}")))
    return keys
