"""Smaller indexes of the queue, which grow with each claim and each settle.

Only rows that have a key are in the index of keys, and leases are looked for whatever their lane.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

HAS_KEY = sa.text("unique_key IS NOT NULL")
IS_RUNNING = sa.text("state = 'running'")


def upgrade() -> None:
    with op.batch_alter_table("deliveries") as table:
        table.drop_constraint("uq_deliveries_unique_key", type_="unique")
    op.create_index(
        "uq_deliveries_unique_key",
        "deliveries",
        ["unique_key"],
        unique=True,
        postgresql_where=HAS_KEY,
        sqlite_where=HAS_KEY,
    )
    _index_leases("lease_until")


def downgrade() -> None:
    _index_leases("lane", "lease_until")
    op.drop_index("uq_deliveries_unique_key", "deliveries")
    with op.batch_alter_table("deliveries") as table:
        table.create_unique_constraint("uq_deliveries_unique_key", ["unique_key"])


def _index_leases(*columns: str) -> None:
    op.drop_index("ix_deliveries_running", "deliveries")
    op.create_index(
        "ix_deliveries_running",
        "deliveries",
        list(columns),
        postgresql_where=IS_RUNNING,
        sqlite_where=IS_RUNNING,
    )
