"""The mailbox: threads, where they lie, messages, and each person's receipts."""

import sqlalchemy as sa
from alembic import op

from app.store import append_only

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    where = {f"{dialect}_where": sa.text("kind = 'staff'") for dialect in ("postgresql", "sqlite")}
    op.create_index("ix_people_staff", "people", ["id"], **where)
    _threads()
    _messages()
    _receipts()
    append_only.guard(op.get_bind(), "messages")


def downgrade() -> None:
    append_only.unguard(op.get_bind(), "messages")
    for table in ("receipts", "placements", "messages", "threads"):
        op.drop_table(table)
    op.drop_index("ix_people_staff", "people")


def _threads() -> None:
    foreign = {"request_id": "designation_requests", "applicant_id": "applicants", "created_by": "people"}
    op.create_table(
        "threads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.String(length=40), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("applicant_id", sa.Uuid(), nullable=True),
        sa.Column("desk", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("turn", sa.String(length=10), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("last_message_id", sa.Uuid(), nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        *_keys("threads", "id", **foreign),
    )
    for name in ("about_id", "request_id", "applicant_id"):
        op.create_index(f"ix_threads_{name}", "threads", [name])
    op.create_table(
        "placements",
        sa.Column("mailbox_id", sa.Uuid(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("last_message_id", sa.Uuid(), nullable=False),
        sa.Column("touched", sa.BigInteger(), nullable=False),
        *_keys("placements", "mailbox_id", "thread_id", thread_id="threads"),
    )
    op.create_index("ix_placements_page", "placements", ["mailbox_id", "last_message_id"])
    op.create_index("ix_placements_touched", "placements", ["mailbox_id", "touched"])
    op.create_index("ix_placements_thread_id", "placements", ["thread_id"])


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("via", sa.String(length=10), nullable=False),
        sa.Column("template", sa.String(length=60), nullable=True),
        sa.Column("template_version", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("quoted", sa.Text(), nullable=True),
        sa.Column("files", sa.Text(), nullable=True),
        *_keys("messages", "id", thread_id="threads", by="people"),
    )
    op.create_index("uq_messages_thread_id", "messages", ["thread_id", "seq"], unique=True)


def _receipts() -> None:
    op.create_table(
        "receipts",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("available_at", INSTANT, nullable=False),
        sa.Column("notified_at", INSTANT, nullable=True),
        sa.Column("opened_at", INSTANT, nullable=True),
        sa.Column("acknowledged_at", INSTANT, nullable=True),
        sa.Column("archived_at", INSTANT, nullable=True),
        sa.Column("touched", sa.BigInteger(), nullable=False),
        *_keys("receipts", "message_id", "person_id", message_id="messages", person_id="people"),
    )
    where = {f"{dialect}_where": sa.text("opened_at IS NULL") for dialect in ("postgresql", "sqlite")}
    op.create_index("ix_receipts_unread", "receipts", ["person_id", "thread_id"], **where)
    op.create_index("ix_receipts_touched", "receipts", ["person_id", "touched"])
    op.create_index("ix_receipts_thread_id", "receipts", ["thread_id", "person_id"])


def _keys(table: str, *primary: str, **foreign: str) -> list[sa.Constraint]:
    keys: list[sa.Constraint] = [sa.PrimaryKeyConstraint(*primary, name=op.f(f"pk_{table}"))]
    for column, to in foreign.items():
        keys.append(sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}")))
    return keys
