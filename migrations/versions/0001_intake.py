"""The tables of the intake desk, and the triggers that keep its records."""

import sqlalchemy as sa
from alembic import op

from app.store import append_only

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# those of this migration; later ones guard their own
RECORDS = (
    "journal_entries",
    "events",
    "snapshots",
    "signatures",
    "accepted_gaps",
    "access_log",
    "security_log",
    "request_versions",
)


def upgrade() -> None:
    op.create_table(
        "access_log",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_access_log")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_access_log_subject_id", "access_log", ["subject_id", "seq"], unique=False)

    op.create_table(
        "applicants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("type", sa.String(length=30), nullable=False),
        sa.Column("type_detail", sa.String(length=300), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("identifiers", sa.Text(), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applicants")),
    )
    op.create_index("ix_applicants_type", "applicants", ["type"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("lane", sa.String(length=60), nullable=False),
        sa.Column("unique_key", sa.String(length=200), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.String(length=300), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("unique_key", name=op.f("uq_deliveries_unique_key")),
    )
    for name, columns, state in (
        ("ix_deliveries_ready", ["run_at"], "ready"),
        ("ix_deliveries_lane", ["lane", "run_at"], "ready"),
        ("ix_deliveries_running", ["lane", "lease_until"], "running"),
        ("ix_deliveries_dead", ["settled_at"], "dead"),
    ):
        where = sa.text(f"state = '{state}'")
        op.create_index(name, "deliveries", columns, postgresql_where=where, sqlite_where=where)

    op.create_table(
        "idempotent_answers",
        sa.Column("key_digest", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_digest", name=op.f("pk_idempotent_answers")),
    )
    op.create_index("ix_idempotent_answers_created_at", "idempotent_answers", ["created_at"], unique=False)

    op.create_table(
        "people",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("email_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("staff_roles", sa.String(length=200), server_default="", nullable=False),
        sa.Column("center", sa.String(length=10), nullable=True),
        sa.Column("active", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("signing_failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("signing_locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    op.create_index("ix_people_email_key", "people", ["email_key"], unique=False)
    op.create_index(
        "uq_people_confirmed_email",
        "people",
        ["email_key"],
        unique=True,
        postgresql_where=sa.text("email_confirmed_at IS NOT NULL"),
        sqlite_where=sa.text("email_confirmed_at IS NOT NULL"),
    )
    op.create_index("uq_people_subject", "people", ["subject"], unique=True)

    op.create_table(
        "request_numbers",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_request_numbers")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "security_log",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("facts", sa.Text(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_security_log")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_security_log_subject_id", "security_log", ["subject_id", "seq"], unique=False)

    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lookup", sa.String(length=12), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("applicant_id", sa.Uuid(), nullable=True),
        sa.Column("label", sa.String(length=100), server_default="", nullable=False),
        sa.Column("scopes", sa.String(length=200), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["applicant_id"], ["applicants.id"], name=op.f("fk_api_keys_applicant_id")),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_api_keys_created_by")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_api_keys_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("lookup", name=op.f("uq_api_keys_lookup")),
    )
    op.create_index("ix_api_keys_applicant_id", "api_keys", ["applicant_id"], unique=False)
    op.create_index("ix_api_keys_person_id", "api_keys", ["person_id"], unique=False)

    op.create_table(
        "designation_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("applicant_id", sa.Uuid(), nullable=False),
        sa.Column("applicant_type", sa.String(length=30), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("on_desk", sa.Boolean(), nullable=False),
        sa.Column("mail_received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("applicant_revision", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("content_digest", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=True),
        sa.Column("scope", sa.String(length=20), nullable=True),
        sa.Column("rule_pack", sa.String(length=40), nullable=False),
        sa.Column("result", sa.String(length=30), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("lead_center", sa.String(length=10), nullable=True),
        sa.Column("lead_reviewer_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applicant_updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expiry_told", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("statutory_due_on", sa.Date(), nullable=True),
        sa.Column("internal_target_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("journal_seq", sa.Integer(), nullable=False),
        sa.Column("journal_head", sa.String(length=64), nullable=False),
        sa.Column("applicant_sequence", sa.Integer(), nullable=False),
        sa.Column("program_sequence", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["applicant_id"], ["applicants.id"], name=op.f("fk_designation_requests_applicant_id")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["people.id"], name=op.f("fk_designation_requests_created_by")
        ),
        sa.ForeignKeyConstraint(
            ["lead_reviewer_id"], ["people.id"], name=op.f("fk_designation_requests_lead_reviewer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_designation_requests")),
        sa.UniqueConstraint("number", name=op.f("uq_designation_requests_number")),
    )
    op.create_index(
        "ix_desk_applicant_id",
        "designation_requests",
        ["applicant_id", "updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("on_desk"),
        sqlite_where=sa.text("on_desk"),
    )
    op.create_index(
        "ix_desk_applicant_type",
        "designation_requests",
        ["applicant_type", "updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("on_desk"),
        sqlite_where=sa.text("on_desk"),
    )
    op.create_index(
        "ix_desk_created_at",
        "designation_requests",
        ["created_at", "id"],
        unique=False,
        postgresql_where=sa.text("on_desk"),
        sqlite_where=sa.text("on_desk"),
    )
    op.create_index(
        "ix_desk_lead_center",
        "designation_requests",
        ["lead_center", "updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("on_desk"),
        sqlite_where=sa.text("on_desk"),
    )
    op.create_index(
        "ix_desk_lead_reviewer_id",
        "designation_requests",
        ["lead_reviewer_id", "updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("on_desk"),
        sqlite_where=sa.text("on_desk"),
    )
    op.create_index(
        "ix_desk_received_on",
        "designation_requests",
        ["received_on", "id"],
        unique=False,
        postgresql_where=sa.text("on_desk"),
        sqlite_where=sa.text("on_desk"),
    )
    op.create_index(
        "ix_desk_scope",
        "designation_requests",
        ["scope", "updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("on_desk"),
        sqlite_where=sa.text("on_desk"),
    )
    op.create_index(
        "ix_desk_state",
        "designation_requests",
        ["state", "updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("on_desk"),
        sqlite_where=sa.text("on_desk"),
    )
    op.create_index(
        "ix_desk_status",
        "designation_requests",
        ["status", "updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("on_desk"),
        sqlite_where=sa.text("on_desk"),
    )
    op.create_index(
        "ix_desk_statutory_due_on",
        "designation_requests",
        ["statutory_due_on", "id"],
        unique=False,
        postgresql_where=sa.text("on_desk"),
        sqlite_where=sa.text("on_desk"),
    )
    op.create_index(
        "ix_desk_updated_at",
        "designation_requests",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("on_desk"),
        sqlite_where=sa.text("on_desk"),
    )
    op.create_index(
        "ix_drafts_expiry",
        "designation_requests",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'draft'"),
        sqlite_where=sa.text("state = 'draft'"),
    )
    op.create_index(
        "ix_own_applicant_updated_at",
        "designation_requests",
        ["applicant_id", "applicant_updated_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_own_created_at", "designation_requests", ["applicant_id", "created_at", "id"], unique=False
    )
    op.create_index(
        "ix_own_received_on", "designation_requests", ["applicant_id", "received_on", "id"], unique=False
    )
    op.create_index(
        "ix_own_scope",
        "designation_requests",
        ["applicant_id", "scope", "applicant_updated_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_own_status",
        "designation_requests",
        ["applicant_id", "status", "applicant_updated_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_own_statutory_due_on",
        "designation_requests",
        ["applicant_id", "statutory_due_on", "id"],
        unique=False,
    )

    op.create_table(
        "events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("applicant_id", sa.Uuid(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["applicant_id"], ["applicants.id"], name=op.f("fk_events_applicant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_applicant_id", "events", ["applicant_id", "id"], unique=False)
    op.create_index("uq_events_sequence", "events", ["subject_id", "audience", "sequence"], unique=True)

    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("applicant_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["applicant_id"], ["applicants.id"], name=op.f("fk_invitations_applicant_id")
        ),
        sa.ForeignKeyConstraint(["invited_by"], ["people.id"], name=op.f("fk_invitations_invited_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_invitations_token_digest")),
    )
    op.create_index(
        "ix_invitations_applicant_id", "invitations", ["applicant_id", "created_at"], unique=False
    )
    op.create_index("ix_invitations_email_key", "invitations", ["email_key", "created_at"], unique=False)

    op.create_table(
        "mandates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("principal_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("scopes", sa.String(length=60), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("attachment_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["applicants.id"], name=op.f("fk_mandates_agent_id")),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_mandates_created_by")),
        sa.ForeignKeyConstraint(["principal_id"], ["applicants.id"], name=op.f("fk_mandates_principal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandates")),
    )
    op.create_index("ix_mandates_agent_id", "mandates", ["agent_id"], unique=False)
    op.create_index("ix_mandates_principal_id", "mandates", ["principal_id"], unique=False)

    op.create_table(
        "members",
        sa.Column("applicant_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["applicant_id"], ["applicants.id"], name=op.f("fk_members_applicant_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_members_person_id")),
        sa.PrimaryKeyConstraint("applicant_id", "person_id", name=op.f("pk_members")),
    )
    op.create_index("ix_members_person_id", "members", ["person_id"], unique=False)

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
    op.create_index("ix_methods_applicant_id", "methods", ["applicant_id", "id"], unique=False)

    op.create_table(
        "registrations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("applicant_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("code_digest", sa.String(length=64), nullable=True),
        sa.Column("code_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["applicant_id"], ["applicants.id"], name=op.f("fk_registrations_applicant_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_registrations_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
    )
    op.create_index("ix_registrations_email_key", "registrations", ["email_key", "created_at"], unique=False)
    op.create_index("ix_registrations_person_id", "registrations", ["person_id"], unique=False)
    op.create_index("ix_registrations_source", "registrations", ["source", "created_at"], unique=False)

    op.create_table(
        "accepted_gaps",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["people.id"], name=op.f("fk_accepted_gaps_by")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["designation_requests.id"], name=op.f("fk_accepted_gaps_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", "rule", "kind", name=op.f("pk_accepted_gaps")),
    )
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("scan", sa.String(length=10), nullable=False),
        sa.Column("blob", sa.String(length=200), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"], ["designation_requests.id"], name=op.f("fk_attachments_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index(
        "ix_attachments_pending",
        "attachments",
        ["id"],
        unique=False,
        postgresql_where=sa.text("scan = 'pending'"),
        sqlite_where=sa.text("scan = 'pending'"),
    )
    op.create_index(
        "ix_attachments_removed_at",
        "attachments",
        ["removed_at"],
        unique=False,
        postgresql_where=sa.text("removed_at IS NOT NULL"),
        sqlite_where=sa.text("removed_at IS NOT NULL"),
    )
    op.create_index("ix_attachments_request_id", "attachments", ["request_id", "created_at"], unique=False)
    op.create_index(
        "uq_attachments_filename",
        "attachments",
        ["request_id", "filename"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
        sqlite_where=sa.text("removed_at IS NULL"),
    )

    op.create_table(
        "journal_entries",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("opening", sa.String(length=80), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["designation_requests.id"], name=op.f("fk_journal_entries_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", "seq", name=op.f("pk_journal_entries")),
    )
    op.create_table(
        "request_versions",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_digest", sa.String(length=64), nullable=False),
        sa.Column("filed", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["designation_requests.id"], name=op.f("fk_request_versions_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", "version", name=op.f("pk_request_versions")),
    )
    op.create_table(
        "signatures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("printed_name", sa.String(length=300), nullable=False),
        sa.Column("meaning", sa.String(length=20), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("snapshot_digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_signatures_person_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["designation_requests.id"], name=op.f("fk_signatures_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signatures")),
    )
    op.create_index("ix_signatures_request_id", "signatures", ["request_id", "at"], unique=False)

    op.create_table(
        "snapshots",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("receipt_signature", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["designation_requests.id"], name=op.f("fk_snapshots_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", "version", name=op.f("pk_snapshots")),
    )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE INDEX ix_requests_words ON designation_requests USING gin "
            "(to_tsvector('simple', coalesce(title, '') || ' ' || number))"
        )
    append_only.guard(op.get_bind(), *RECORDS)


def downgrade() -> None:
    append_only.unguard(op.get_bind(), *RECORDS)
    op.drop_table("snapshots")

    op.drop_table("signatures")
    op.drop_table("request_versions")
    op.drop_table("journal_entries")

    op.drop_table("attachments")
    op.drop_table("accepted_gaps")

    op.drop_table("registrations")

    op.drop_table("methods")

    op.drop_table("members")

    op.drop_table("mandates")

    op.drop_table("invitations")

    op.drop_table("events")

    op.drop_table("designation_requests")

    op.drop_table("api_keys")

    op.drop_table("security_log")
    op.drop_table("request_numbers")

    op.drop_table("people")

    op.drop_table("idempotent_answers")

    op.drop_table("deliveries")

    op.drop_table("applicants")

    op.drop_table("access_log")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS refuse_change()")
