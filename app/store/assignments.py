"""Who works on a request, and who may not: assignments with their history, and declared conflicts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Result,
    Select,
    String,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    exists,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.columns import Instant, Record, metadata
from app.store.people import people
from app.store.prepared import Prepared

_ACTIVE: dict[str, Any] = {
    "postgresql_where": text("ended_at IS NULL"),
    "sqlite_where": text("ended_at IS NULL"),
}
_LEADS: dict[str, Any] = dict.fromkeys(_ACTIVE, text("ended_at IS NULL AND part = 'lead'"))

assignments = Table(
    "assignments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), nullable=False),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False),
    Column("part", String(10), nullable=False),  # lead | team
    Column("due_on", Date, nullable=False),  # the request's statutory due date, which never changes
    Column("assigned_by", Uuid, ForeignKey("people.id"), nullable=False),
    Column("assigned_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", Uuid, ForeignKey("people.id")),
    Column("reason", Text),  # why it ended
    Index("ix_assignments_request_id", "request_id", "assigned_at"),
    Index("ix_assignments_queue", "person_id", "due_on", "request_id", **_ACTIVE),
    Index("uq_assignments_active", "request_id", "person_id", unique=True, **_ACTIVE),
    Index("uq_assignments_lead", "request_id", unique=True, **_LEADS),
)
# A conflict is declared for good: whoever declared it sees nothing more of the request, in any channel.
conflicts = Table(
    "conflicts",
    metadata,
    Column("person_id", Uuid, ForeignKey("people.id"), primary_key=True),
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), primary_key=True),
    Column("reason", Text),
    Column("declared_at", Instant, nullable=False),
    Index("ix_conflicts_request_id", "request_id"),
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member of staff who might work on a request, and what stands against it."""

    id: UUID
    name: str
    email: str
    roles: frozenset[str]
    active: bool
    recused: bool


async def candidate(db: AsyncConnection, request_id: UUID, person_id: UUID) -> Candidate | None:
    """The member of staff, and whether they declared a conflict on the request."""
    row = await _candidate.row(db, {"request": request_id, "person": person_id})
    if row is None:
        return None
    ident, name, email, roles, active, recused = row
    return Candidate(ident, name, email, frozenset(roles.split()), bool(active), bool(recused))


@dataclass(frozen=True, slots=True)
class Assignment:
    """One row of `assignments`, with the name of whom it is about; it works while `ended_at` is None."""

    id: UUID
    request_id: UUID
    person_id: UUID
    part: str
    due_on: date
    assigned_by: UUID
    assigned_at: datetime
    name: str
    email: str = ""
    ended_at: datetime | None = None
    ended_by: UUID | None = None
    reason: str | None = None


def _with_names() -> Select[Any]:
    return select(assignments, people.c.name, people.c.email).join(
        people, people.c.id == assignments.c.person_id
    )


def _read(rows: Result[Any]) -> list[Assignment]:
    return [Assignment(**row._mapping) for row in rows]  # noqa: SLF001 - the public name of a row's mapping


async def active(db: AsyncConnection, request_id: UUID) -> list[Assignment]:
    """Who works on the request now, with names and addresses; the lead first."""
    query = (
        _with_names()
        .where(assignments.c.request_id == request_id, assignments.c.ended_at.is_(None))
        .order_by(assignments.c.part, assignments.c.assigned_at, assignments.c.id)
    )
    return _read(await db.execute(query))


async def find(db: AsyncConnection, request_id: UUID, id: UUID) -> Assignment | None:
    """One assignment of the request, ended or not."""
    query = _with_names().where(assignments.c.request_id == request_id, assignments.c.id == id)
    return next(iter(_read(await db.execute(query))), None)


async def page(db: AsyncConnection, request_id: UUID, after: UUID | None, limit: int) -> list[Assignment]:
    """Everyone who works or worked on the request, in the order of their assignments."""
    query = _with_names().where(assignments.c.request_id == request_id)
    if after is not None:
        query = query.where(assignments.c.id > after)
    return _read(await db.execute(query.order_by(assignments.c.id).limit(limit)))


async def conflicts_of(
    db: AsyncConnection, request_id: UUID, after: UUID | None, limit: int
) -> Sequence[Record]:
    """The conflicts declared on the request, with names."""
    query = (
        select(conflicts, people.c.name)
        .join(people, people.c.id == conflicts.c.person_id)
        .where(conflicts.c.request_id == request_id)
        .order_by(conflicts.c.person_id)
        .limit(limit)
    )
    return (await db.execute(query if after is None else query.where(conflicts.c.person_id > after))).all()


async def has_declared(db: AsyncConnection, request_id: UUID, person_id: UUID) -> bool:
    """As it stands now: a statement that waited for a row's lock may have looked before."""
    return bool((await db.execute(select(recused(person_id, request_id)))).scalar_one())


async def coordinators(db: AsyncConnection, request_id: UUID) -> Sequence[Record]:
    """Who answers for assignments and may know of the request: id and address."""
    query = (
        select(people.c.id, people.c.email)
        .where(
            people.c.kind == "staff",
            people.c.active,
            (" " + people.c.staff_roles + " ").contains(" coordinator "),
            ~recused(people.c.id, request_id),
        )
        .order_by(people.c.id)
    )
    return (await db.execute(query)).all()


async def ever_led(db: AsyncConnection, request_id: UUID, person_id: UUID) -> bool:
    """Whether the person is or was its lead reviewer."""
    found = await _ever_led.row(db, {"request": request_id, "person": person_id})
    return bool(found and found[0])


def recused(person_id: Any, request_id: Any) -> ColumnElement[bool]:
    """Whether the person declared a conflict on the request."""
    return exists().where(and_(conflicts.c.person_id == person_id, conflicts.c.request_id == request_id))


_candidate = Prepared(
    select(
        people.c.id,
        people.c.name,
        people.c.email,
        people.c.staff_roles,
        people.c.active,
        recused(bindparam("person"), bindparam("request")),
    ).where(people.c.id == bindparam("person"), people.c.kind == "staff")
)
_ever_led = Prepared(
    select(
        exists().where(
            assignments.c.request_id == bindparam("request"),
            assignments.c.person_id == bindparam("person"),
            assignments.c.part == "lead",
        )
    )
)
# by whom and why are among the values
end_active = Prepared(
    assignments.update().where(
        assignments.c.request_id == bindparam("the_request"),
        assignments.c.person_id == bindparam("the_person"),
        assignments.c.ended_at.is_(None),
    )
)
