"""Authorizations: whom a holder lets reference the data of a designation, for which application, and how long."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Select,
    String,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.applicants import applicants, members
from app.store.columns import Instant, Record, metadata
from app.store.people import people
from app.store.prepared import Prepared

authorizations = Table(
    "designation_authorizations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("designation_id", Uuid, ForeignKey("designations.id"), nullable=False),
    Column("holder_id", Uuid, ForeignKey("applicants.id"), nullable=False),  # who gave it
    Column("party_id", Uuid, ForeignKey("applicants.id")),  # NULL: someone without an account
    Column("party_name", String(300)),  # of such a one
    Column("party_email", String(254)),
    Column("application_kind", String(12), nullable=False),
    Column("application_number", String(20)),
    Column("items", Text, nullable=False),  # JSON: [{what, dated}]
    Column("valid_from", Date, nullable=False),
    Column("valid_until", Date),
    Column("created_by", Uuid, ForeignKey("people.id"), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("revoked_by", Uuid, ForeignKey("people.id")),
    Index("ix_designation_authorizations_designation_id", "designation_id", "id"),
    Index("ix_designation_authorizations_party_id", "party_id", "designation_id"),
)
_row = authorizations.c
_WHOLE = select(
    authorizations, func.coalesce(applicants.c.name, _row.party_name).label("name_of_party")
).outerjoin(applicants, applicants.c.id == _row.party_id)


def holds_on(day: date) -> ColumnElement[bool]:
    """Whether it stands on that civil day; that its designation is live is for the caller to see."""
    return and_(
        _row.revoked_at.is_(None),
        _row.valid_from <= day,
        or_(_row.valid_until.is_(None), _row.valid_until >= day),
    )


def of_designation(designation_id: UUID) -> Select[*tuple[Any, ...]]:
    return _WHOLE.where(_row.designation_id == designation_id)


async def page(db: AsyncConnection, designation_id: UUID, after: UUID | None, limit: int) -> Sequence[Record]:
    """In the order they were given, those that are over included."""
    query = of_designation(designation_id).order_by(_row.id).limit(limit)
    return (await db.execute(query if after is None else query.where(_row.id > after))).all()


async def find(db: AsyncConnection, designation_id: UUID, id: UUID) -> Record | None:
    return (await db.execute(of_designation(designation_id).where(_row.id == id))).one_or_none()


async def held(
    db: AsyncConnection, designation_ids: Collection[UUID], parties: Collection[UUID], day: date
) -> Sequence[Record]:
    """What these parties hold on that day of these designations."""
    query = _WHOLE.where(_row.designation_id.in_(designation_ids), _row.party_id.in_(parties), holds_on(day))
    return (await db.execute(query.order_by(_row.id))).all()


async def of_party(db: AsyncConnection, designation_id: UUID, party_id: UUID | None) -> Sequence[Record]:
    """Those of one party or (None) all, whether they stand or not."""
    query = of_designation(designation_id).order_by(_row.id)
    return (await db.execute(query if party_id is None else query.where(_row.party_id == party_id))).all()


async def concerned(
    db: AsyncConnection, designation_id: UUID, beside: Collection[UUID], day: date
) -> Sequence[Record]:
    """Whom a change of the designation concerns: `email`, whether `authorized`, or a signer of one `beside`, and who.

    Authorized is whoever has an authorization that stands on that day: by the address given, or as a party's signer.
    `applicant_id` and `person_id` are of a signer; an address alone has neither.
    """
    is_signer = and_(members.c.applicant_id == _row.party_id, members.c.role == "signer")
    is_reached = and_(people.c.id == members.c.person_id, people.c.email_confirmed_at.is_not(None))
    address = func.coalesce(_row.party_email, people.c.email)
    authorized = (
        select(
            address.label("email"),
            literal(1).label("authorized"),
            members.c.applicant_id.label("applicant_id"),
            people.c.id.label("person_id"),
        )
        .select_from(authorizations.outerjoin(members, is_signer).outerjoin(people, is_reached))
        .where(_row.designation_id == designation_id, holds_on(day), address.is_not(None))
    )
    others = (
        select(people.c.email, literal(0), members.c.applicant_id, people.c.id)
        .select_from(members.join(people, is_reached))
        .where(members.c.applicant_id.in_(beside), members.c.role == "signer")
    )
    found: Sequence[Record] = (await db.execute(union_all(authorized, others))).all()
    return found


async def beside(db: AsyncConnection, designation_id: UUID, party_id: UUID | None) -> tuple[int, str | None]:
    """How many there are of the designation already, and the name of an applicant that is to get another."""
    count = select(func.count()).where(_row.designation_id == designation_id).scalar_subquery()
    name = select(applicants.c.name).where(applicants.c.id == party_id).scalar_subquery()
    number, named = (await db.execute(select(count, name))).one()
    return int(number), named


REVOKE = Prepared(authorizations.update().where(_row.id == bindparam("the_id"), _row.revoked_at.is_(None)))
