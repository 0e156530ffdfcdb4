"""Mail that comes in: each mail with what became of it, and claims to what was filed by mail."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "incoming_mails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("stated_at", INSTANT, nullable=True),
        sa.Column("envelope_sender", sa.String(length=254), nullable=True),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("blob", sa.String(length=200), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("sender", sa.String(length=254), nullable=True),
        sa.Column("sender_key", sa.String(length=254), nullable=True),
        sa.Column("subject", sa.String(length=300), nullable=True),
        sa.Column("message_id", sa.String(length=520), nullable=True),
        sa.Column("authentication", sa.Text(), nullable=True),
        sa.Column("remarks", sa.Text(), nullable=True),
        sa.Column("thread_id", sa.Uuid(), nullable=True),
        sa.Column("message_row_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("engagement_id", sa.Uuid(), nullable=True),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        *_keys(
            "incoming_mails",
            message_row_id="messages",
            request_id="designation_requests",
            engagement_id="engagements",
            decided_by="people",
        ),
    )
    op.create_index("uq_incoming_mails_sha256", "incoming_mails", ["sha256", "recipient"], unique=True)
    op.create_index("ix_incoming_mails_verdict", "incoming_mails", ["verdict", "id"])
    op.create_index("ix_incoming_mails_sender", "incoming_mails", ["sender_key", "settled_at"])
    for name in ("thread_id", "request_id", "engagement_id"):
        op.create_index(f"ix_incoming_mails_{name}", "incoming_mails", [name])
    op.create_table(
        "mail_claims",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("applicant_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.Column("used_by", sa.Uuid(), nullable=True),
        *_keys("mail_claims", mail_id="incoming_mails", applicant_id="applicants", used_by="people"),
        sa.UniqueConstraint("token_digest", name=op.f("uq_mail_claims_token_digest")),
    )
    for name in ("mail_id", "applicant_id"):
        op.create_index(f"ix_mail_claims_{name}", "mail_claims", [name])


def downgrade() -> None:
    op.drop_table("mail_claims")
    op.drop_table("incoming_mails")


def _keys(table: str, **foreign: str) -> list[sa.Constraint]:
    keys: list[sa.Constraint] = [sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))]
    for column, to in foreign.items():
        keys.append(sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}")))
    return keys
