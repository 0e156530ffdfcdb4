"""The queue: an index of what the program still owes an answer."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

RUNNING = sa.text("on_desk AND received_on IS NOT NULL AND ended_on IS NULL")


def upgrade() -> None:
    op.create_index(
        "ix_desk_running",
        "designation_requests",
        ["statutory_due_on", "id"],
        postgresql_where=RUNNING,
        sqlite_where=RUNNING,
    )


def downgrade() -> None:
    op.drop_index("ix_desk_running", "designation_requests")
