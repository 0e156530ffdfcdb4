"""Designations: entitlements with their history, authorizations, citing applications, transfers and sign-offs."""

import sqlalchemy as sa
from alembic import op

from app.store import append_only

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

RECORDS = ("designation_changes", "designation_signatures", "designation_sign_offs")
PUBLIC = {"postgresql_where": sa.text("public"), "sqlite_where": sa.text("public")}
OPEN = dict.fromkeys(PUBLIC, sa.text("outcome IS NULL"))


def upgrade() -> None:
    _designations()
    _records()
    _authorizations()
    _citations()
    _transfers()
    append_only.guard(op.get_bind(), *RECORDS)


def downgrade() -> None:
    append_only.unguard(op.get_bind(), *RECORDS)
    for table in ("transfers", "citations", "authorizations", "sign_offs", "signatures", "changes"):
        op.drop_table(f"designation_{table}")
    op.drop_table("designations")
    op.drop_table("designation_numbers")


def _designations() -> None:
    op.create_table(
        "designation_numbers",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("designation_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_designation_numbers")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "designations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=21), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("decision_n", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("holder_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("method_id", sa.Uuid(), nullable=True),
        sa.Column("method_name", sa.String(length=300), nullable=False),
        sa.Column("method_version", sa.String(length=100), nullable=True),
        sa.Column("context_of_use", sa.Text(), nullable=False),
        sa.Column("center", sa.String(length=10), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("pending_change", sa.Text(), nullable=True),
        sa.Column("notice_on", sa.Date(), nullable=True),
        sa.Column("notice_reason", sa.Text(), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("public_as_of", sa.Date(), nullable=True),
        sa.Column("public_statement", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changes_seq", sa.Integer(), nullable=False),
        sa.Column("applicant_sequence", sa.Integer(), nullable=False),
        sa.Column("program_sequence", sa.Integer(), nullable=False),
        sa.UniqueConstraint("number", name=op.f("uq_designations_number")),
        sa.UniqueConstraint("request_id", name=op.f("uq_designations_request_id")),
        *_keys("designations", "id", holder_id="applicants", request_id="designation_requests"),
    )
    op.create_index("ix_designations_holder_id", "designations", ["holder_id", "id"])
    op.create_index("ix_designations_state", "designations", ["state", "id"])
    op.create_index("ix_designations_public", "designations", ["id"], **PUBLIC)


def _records() -> None:
    op.create_table(
        "designation_changes",
        sa.Column("designation_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("by_kind", sa.String(length=10), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        *_keys(
            "designation_changes",
            "designation_id",
            "seq",
            designation_id="designations",
            holder_id="applicants",
        ),
    )
    op.create_index("uq_designation_changes_id", "designation_changes", ["id"], unique=True)
    op.create_table(
        "designation_signatures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("designation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("printed_name", sa.String(length=300), nullable=False),
        sa.Column("meaning", sa.String(length=20), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_keys("designation_signatures", "id", designation_id="designations", person_id="people"),
    )
    _indexed("designation_signatures", "designation_id", "at")
    op.create_table(
        "designation_sign_offs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("designation_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_keys("designation_sign_offs", "id", by="people", designation_id="designations"),
    )
    _indexed("designation_sign_offs", "designation_id", "id")


def _authorizations() -> None:
    op.create_table(
        "designation_authorizations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("designation_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("party_name", sa.String(length=300), nullable=True),
        sa.Column("party_email", sa.String(length=254), nullable=True),
        sa.Column("application_kind", sa.String(length=12), nullable=False),
        sa.Column("application_number", sa.String(length=20), nullable=True),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        *_keys(
            "designation_authorizations",
            "id",
            created_by="people",
            designation_id="designations",
            holder_id="applicants",
            party_id="applicants",
            revoked_by="people",
        ),
    )
    _indexed("designation_authorizations", "designation_id", "id")
    _indexed("designation_authorizations", "party_id", "designation_id")


def _citations() -> None:
    op.create_table(
        "designation_citations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("designation_id", sa.Uuid(), nullable=False),
        sa.Column("applicant_id", sa.Uuid(), nullable=True),
        sa.Column("authorization_id", sa.Uuid(), nullable=True),
        sa.Column("application_kind", sa.String(length=12), nullable=False),
        sa.Column("application_number", sa.String(length=20), nullable=False),
        sa.Column("cited_on", sa.Date(), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("by_program", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        *_keys(
            "designation_citations",
            "id",
            applicant_id="applicants",
            authorization_id="designation_authorizations",
            created_by="people",
            designation_id="designations",
        ),
    )
    _indexed("designation_citations", "designation_id", "id")
    _indexed("designation_citations", "applicant_id", "designation_id")
    _indexed("designation_citations", "cited_on")
    _indexed("designation_citations", "approved_on")
    op.create_index(
        "uq_designation_citations_application",
        "designation_citations",
        ["designation_id", "application_kind", "application_number", "cited_on"],
        unique=True,
    )


def _transfers() -> None:
    op.create_table(
        "designation_transfers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("designation_id", sa.Uuid(), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        sa.Column("offered_by", sa.Uuid(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        *_keys(
            "designation_transfers",
            "id",
            closed_by="people",
            designation_id="designations",
            from_id="applicants",
            offered_by="people",
            to_id="applicants",
        ),
    )
    _indexed("designation_transfers", "designation_id", "id")
    _indexed("designation_transfers", "to_id", "designation_id")
    op.create_index(
        "uq_designation_transfers_open", "designation_transfers", ["designation_id"], unique=True, **OPEN
    )


def _indexed(table: str, *columns: str) -> None:
    """An index that is named by its first column."""
    op.create_index(f"ix_{table}_{columns[0]}", table, list(columns))


def _keys(table: str, *primary: str, **foreign: str) -> list[sa.Constraint]:
    """The primary key, and the foreign keys of a table."""
    keys: list[sa.Constraint] = [sa.PrimaryKeyConstraint(*primary, name=op.f(f"pk_{table}"))]
    for column, to in foreign.items():
        keys.append(sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}")))
    return keys
