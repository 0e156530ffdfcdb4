"""Invitations, registered methods, rotated keys, and who a person is to the OpenID issuer."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("applicant_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["applicant_id"], ["applicants.id"], name=op.f("fk_invitations_applicant_id")
        ),
        sa.ForeignKeyConstraint(["invited_by"], ["people.id"], name=op.f("fk_invitations_invited_by")),
        sa.ForeignKeyConstraint(["accepted_by"], ["people.id"], name=op.f("fk_invitations_accepted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_invitations_token_digest")),
    )
    op.create_index("ix_invitations_applicant_id", "invitations", ["applicant_id", "created_at"])
    op.create_index("ix_invitations_email_key", "invitations", ["email_key", "created_at"])
    op.create_index("ix_invitations_invited_by", "invitations", ["invited_by"])
    op.create_index("ix_invitations_accepted_by", "invitations", ["accepted_by"])

    op.create_table(
        "methods",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("applicant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("versions", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["applicant_id"], ["applicants.id"], name=op.f("fk_methods_applicant_id")),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_methods_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_methods")),
    )
    op.create_index("ix_methods_applicant_id", "methods", ["applicant_id", "id"])
    op.create_index("ix_methods_created_by", "methods", ["created_by"])

    # plain ALTER TABLE on both databases: batch mode would recreate a table without its triggers
    op.add_column("api_keys", sa.Column("replaced_by", sa.Uuid(), nullable=True))
    op.add_column("people", sa.Column("subject", sa.String(length=255), nullable=True))
    op.create_index("uq_people_subject", "people", ["subject"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_people_subject", "people")
    op.drop_column("people", "subject")
    op.drop_column("api_keys", "replaced_by")
    op.drop_table("methods")
    op.drop_table("invitations")
