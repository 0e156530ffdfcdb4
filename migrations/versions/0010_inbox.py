"""Inboxes: threads that left a desk, and broadcasts."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("placements", sa.Column("gone", sa.Boolean(), server_default="0", nullable=False))
    op.drop_index("ix_placements_page", "placements")
    where = {f"{dialect}_where": sa.text("NOT gone") for dialect in ("postgresql", "sqlite")}
    op.create_index("ix_placements_page", "placements", ["mailbox_id", "last_message_id"], **where)
    op.create_table(
        "broadcasts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("from_at", INSTANT, nullable=False),
        sa.Column("until_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcasts")),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_broadcasts_created_by")),
    )


def downgrade() -> None:
    op.drop_table("broadcasts")
    op.drop_index("ix_placements_page", "placements")
    op.drop_column("placements", "gone")
    op.create_index("ix_placements_page", "placements", ["mailbox_id", "last_message_id"])
