"""Citations: applications that rely on a designation, and their approval, for the annual report (506L(e)(3)(E))."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Select,
    String,
    Table,
    Uuid,
    bindparam,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.applicants import applicants
from app.store.columns import Instant, Record, metadata
from app.store.prepared import Prepared

citations = Table(
    "designation_citations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("designation_id", Uuid, ForeignKey("designations.id"), nullable=False),
    Column("applicant_id", Uuid, ForeignKey("applicants.id")),  # whose application; NULL: of no one here
    Column("authorization_id", Uuid, ForeignKey("designation_authorizations.id")),
    Column("application_kind", String(12), nullable=False),
    Column("application_number", String(20), nullable=False),
    Column("cited_on", Date, nullable=False),
    Column("approved_on", Date),
    Column("by_program", Boolean, nullable=False),  # a coordinator recorded it
    Column("created_by", Uuid, ForeignKey("people.id"), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Index("ix_designation_citations_designation_id", "designation_id", "id"),
    Index("ix_designation_citations_applicant_id", "applicant_id", "designation_id"),
    Index("ix_designation_citations_cited_on", "cited_on"),
    Index("ix_designation_citations_approved_on", "approved_on"),
    Index(
        "uq_designation_citations_application",
        "designation_id",
        "application_kind",
        "application_number",
        "cited_on",
        unique=True,
    ),
)
_row = citations.c
_WHOLE = select(citations, applicants.c.name.label("applicant_name")).outerjoin(
    applicants, applicants.c.id == _row.applicant_id
)


def seen_by(designation_id: UUID, own: Collection[UUID] | None) -> Select[*tuple[Any, ...]]:
    """Those of these applicants or (None) all: which application relies on what is its applicant's own business."""
    query = _WHOLE.where(_row.designation_id == designation_id)
    return query if own is None else query.where(_row.applicant_id.in_(own))


async def page(
    db: AsyncConnection, designation_id: UUID, own: Collection[UUID] | None, after: UUID | None, limit: int
) -> Sequence[Record]:
    query = seen_by(designation_id, own).order_by(_row.id).limit(limit)
    return (await db.execute(query if after is None else query.where(_row.id > after))).all()


async def find(
    db: AsyncConnection, designation_id: UUID, own: Collection[UUID] | None, id: UUID
) -> Record | None:
    return (await db.execute(seen_by(designation_id, own).where(_row.id == id))).one_or_none()


async def same(db: AsyncConnection, values: Mapping[str, Any]) -> Record | None:
    """One of the same application on the same day."""
    names = ("designation_id", "application_kind", "application_number", "cited_on")
    return (await db.execute(_WHOLE.where(*(_row[name] == values[name] for name in names)))).one_or_none()


CHANGE = Prepared(citations.update().where(_row.id == bindparam("the_id")))
