"""The review desk: who works on a request, questions, assessments, decisions; a journal's chain for each audience."""

import hashlib

import sqlalchemy as sa
from alembic import op

from app.store import append_only

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ORIGIN = "0" * 64
RECORDS = (
    "conflicts",
    "opinions",
    "notes",
    "assessments",
    "recommendations",
    "information_requests",
    "information_responses",
    "decisions",
)
ADDED = {
    "applicant_journal_seq": (sa.Integer(), "0"),
    "applicant_journal_head": (sa.String(length=64), ORIGIN),
    "workflow_version": (sa.Integer(), "1"),
    "question_round": (sa.Integer(), "0"),
    "question_lapsed": (sa.Boolean(), "0"),
}
ACTIVE = {"postgresql_where": sa.text("ended_at IS NULL"), "sqlite_where": sa.text("ended_at IS NULL")}
LEADS = dict.fromkeys(ACTIVE, sa.text("ended_at IS NULL AND part = 'lead'"))


def upgrade() -> None:
    for name, (kind, value) in ADDED.items():
        op.add_column("designation_requests", sa.Column(name, kind, server_default=value, nullable=False))
    op.add_column("designation_requests", sa.Column("reply_by", sa.Date(), nullable=True))
    op.add_column("designation_requests", sa.Column("program_target_on", sa.Date(), nullable=True))
    _chain_for_applicants()
    _people_at_work()
    _review()
    append_only.guard(op.get_bind(), *RECORDS)


def downgrade() -> None:
    bind = op.get_bind()
    append_only.unguard(bind, *RECORDS, "journal_entries")
    for table in ("decisions", "information_responses", "information_requests", "recommendations"):
        op.drop_table(table)
    for table in ("assessments", "notes", "opinions", "consults", "conflicts", "assignments", "reminders"):
        op.drop_table(table)
    for column in ("applicant_link", "applicant_seq"):
        op.drop_column("journal_entries", column)
    append_only.guard(bind, "journal_entries")
    for column in (*ADDED, "reply_by", "program_target_on"):
        op.drop_column("designation_requests", column)


def _chain_for_applicants() -> None:
    """Gives entries their place in the applicant's chain; what they say, and the chain of all, stay as they are."""
    bind = op.get_bind()
    append_only.unguard(bind, "journal_entries")
    op.add_column("journal_entries", sa.Column("applicant_seq", sa.Integer(), nullable=True))
    op.add_column("journal_entries", sa.Column("applicant_link", sa.String(length=64), nullable=True))
    entries = sa.table(
        "journal_entries",
        sa.column("request_id", sa.Uuid()),
        sa.column("seq", sa.Integer()),
        sa.column("audience", sa.String()),
        sa.column("digest", sa.String()),
        sa.column("applicant_seq", sa.Integer()),
        sa.column("applicant_link", sa.String()),
    )
    requests = sa.table(
        "designation_requests",
        sa.column("id", sa.Uuid()),
        sa.column("applicant_journal_seq", sa.Integer()),
        sa.column("applicant_journal_head", sa.String()),
    )
    e = entries.c
    shown = sa.select(e.request_id, e.seq, e.digest).where(e.audience == "applicant")
    heads: dict[object, tuple[int, str]] = {}
    for row in bind.execute(shown.order_by(e.request_id, e.seq)).all():
        seq, head = heads.get(row.request_id, (0, ORIGIN))
        link = hashlib.sha256(bytes.fromhex(head) + bytes.fromhex(row.digest)).hexdigest()
        heads[row.request_id] = seq + 1, link
        which = (e.request_id == row.request_id) & (e.seq == row.seq)
        bind.execute(entries.update().where(which).values(applicant_seq=seq + 1, applicant_link=link))
    for request, (seq, head) in heads.items():
        values = {"applicant_journal_seq": seq, "applicant_journal_head": head}
        bind.execute(requests.update().where(requests.c.id == request).values(**values))
    append_only.guard(bind, "journal_entries")


def _people_at_work() -> None:
    op.create_table(
        "assignments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("assigned_by", sa.Uuid(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        *_keys("assignments", "id", assigned_by="people", ended_by="people", person_id="people"),
    )
    op.create_index("ix_assignments_request_id", "assignments", ["request_id", "assigned_at"])
    op.create_index("ix_assignments_queue", "assignments", ["person_id", "due_on", "request_id"], **ACTIVE)
    op.create_index(
        "uq_assignments_active", "assignments", ["request_id", "person_id"], unique=True, **ACTIVE
    )
    op.create_index("uq_assignments_lead", "assignments", ["request_id"], unique=True, **LEADS)
    op.create_table(
        "conflicts",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        *_keys("conflicts", "person_id", "request_id", person_id="people"),
    )
    op.create_index("ix_conflicts_request_id", "conflicts", ["request_id"])
    op.create_table(
        "consults",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("consultant_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("attachments", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        *_keys("consults", "id", consultant_id="people", asked_by="people"),
    )
    op.create_index("ix_consults_request_id", "consults", ["request_id", "asked_at"])
    op.create_index("ix_consults_consultant_id", "consults", ["consultant_id", "asked_at"])
    op.create_table(
        "opinions",
        sa.Column("consult_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_keys("opinions", "consult_id", request=False, consult_id="consults", by="people"),
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_keys("notes", "id", author_id="people"),
    )
    op.create_index("ix_notes_request_id", "notes", ["request_id", "id"])
    op.create_table(
        "reminders",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_keys("reminders", "request_id", "kind", "day"),
    )


def _review() -> None:
    op.create_table(
        "assessments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ratings", sa.Text(), nullable=False),
        sa.Column("recommendation", sa.String(length=12), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_keys("assessments", "id", person_id="people"),
    )
    op.create_index("ix_assessments_request_id", "assessments", ["request_id", "id"])
    op.create_table(
        "recommendations",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("context_of_use", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_keys("recommendations", "request_id", "n", by="people", assessment_id="assessments"),
    )
    op.create_table(
        "information_requests",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("questions", sa.Text(), nullable=False),
        sa.Column("reply_by", sa.Date(), nullable=False),
        sa.Column("late_reason", sa.Text(), nullable=True),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        *_keys("information_requests", "request_id", "round", asked_by="people"),
    )
    op.create_table(
        "information_responses",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_keys("information_responses", "request_id", "round", by="people"),
    )
    op.create_table(
        "decisions",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("context_of_use", sa.Text(), nullable=False),
        sa.Column("factors", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("rationale", sa.Text(), nullable=True),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_keys("decisions", "request_id", "n", decided_by="people"),
    )


def _keys(table: str, *primary: str, request: bool = True, **foreign: str) -> list[sa.Constraint]:
    """The primary key, and the foreign keys of a table: to the request, unless told otherwise, and those named."""
    points = {"request_id": "designation_requests", **foreign} if request else foreign
    keys: list[sa.Constraint] = [sa.PrimaryKeyConstraint(*primary, name=op.f(f"pk_{table}"))]
    for column, to in points.items():
        target = f"{to}.id"
        keys.append(sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}")))
    return keys
