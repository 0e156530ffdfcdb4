"""Outgoing mail: what people chose, what waits for their digests, and addresses that take no mail."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("person_id", sa.Uuid(), nullable=True))
    op.create_table(
        "notification_preferences",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("modes", sa.Text(), nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        *_keys("notification_preferences", "person_id", person_id="people"),
    )
    op.create_table(
        "address_states",
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("status", sa.String(length=12), nullable=True),
        *_keys("address_states", "email_key"),
    )
    op.create_table(
        "digest_items",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=True),
        *_keys("digest_items", "message_id", "person_id", message_id="messages", person_id="people"),
    )
    where = {f"{dialect}_where": sa.text("delivery_id IS NULL") for dialect in ("postgresql", "sqlite")}
    op.create_index("ix_digest_items_waiting", "digest_items", ["person_id", "at"], **where)
    op.create_index("ix_digest_items_delivery_id", "digest_items", ["delivery_id"])


def downgrade() -> None:
    for table in ("digest_items", "address_states", "notification_preferences"):
        op.drop_table(table)
    op.drop_column("deliveries", "person_id")


def _keys(table: str, *primary: str, **foreign: str) -> list[sa.Constraint]:
    keys: list[sa.Constraint] = [sa.PrimaryKeyConstraint(*primary, name=op.f(f"pk_{table}"))]
    for column, to in foreign.items():
        keys.append(sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}")))
    return keys
