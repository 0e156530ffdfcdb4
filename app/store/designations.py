"""Designations: the row, its numbers, and what an actor can see of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    ScalarSelect,
    Select,
    String,
    Table,
    Text,
    Uuid,
    bindparam,
    exists,
    false,
    or_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.designation_lifecycle import LIVE, State
from app.domain.designations import number_of
from app.domain.errors import Conflict
from app.domain.policy import Actor, Permission
from app.store.applicants import applicants
from app.store.assignments import conflicts
from app.store.authorizations import authorizations, holds_on
from app.store.columns import Instant, metadata
from app.store.prepared import Prepared
from app.store.requests import WHOLE as REQUEST
from app.store.requests import DesignationRequest, requests
from app.store.transfers import is_open, transfers
from app.store.writes import Writes

_PUBLIC: dict[str, Any] = {"postgresql_where": text("public"), "sqlite_where": text("public")}

designation_numbers = Table(
    "designation_numbers",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("designation_id", Uuid, nullable=False),
    # AUTOINCREMENT: a number is never given twice
    sqlite_autoincrement=True,
)
designations = Table(
    "designations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", String(21), nullable=False, unique=True),
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), nullable=False, unique=True),
    Column("decision_n", Integer, nullable=False),
    Column("holder_id", Uuid, ForeignKey("applicants.id"), nullable=False),
    Column("holder_since", Instant, nullable=False),
    Column("method_id", Uuid),  # as registered by its first holder, where the request named it
    Column("method_name", String(300), nullable=False),
    Column("method_version", String(100)),
    Column("context_of_use", Text, nullable=False),
    Column("center", String(10)),
    Column("state", String(20), nullable=False),
    Column("granted_on", Date, nullable=False),
    Column("granted_at", Instant, nullable=False),
    Column("ended_on", Date),
    Column("pending_change", Text),  # JSON: what the holder notified, until it is acknowledged
    Column("notice_on", Date),  # of the program's notice that it means to end the designation
    Column("notice_reason", Text),
    Column("public", Boolean, nullable=False),  # its holder agreed to publish it
    Column("public_as_of", Date),
    Column("public_statement", Text),
    Column("revision", Integer, nullable=False),  # counts every change
    Column("updated_at", Instant, nullable=False),  # the last change that the holder can see
    Column("changes_seq", Integer, nullable=False),
    Column("applicant_sequence", Integer, nullable=False),
    Column("program_sequence", Integer, nullable=False),
    Index("ix_designations_holder_id", "holder_id", "id"),
    Index("ix_designations_state", "state", "id"),
    Index("ix_designations_public", "id", **_PUBLIC),
)
_row = designations.c


@dataclass(frozen=True, slots=True)
class Designation:
    """One row of `designations`, with its holder's name and whose request it was granted on."""

    id: UUID
    number: str
    request_id: UUID
    decision_n: int
    holder_id: UUID
    holder_since: datetime
    method_id: UUID | None
    method_name: str
    method_version: str | None
    context_of_use: str
    center: str | None
    state: State
    granted_on: date
    granted_at: datetime
    ended_on: date | None
    pending_change: str | None
    notice_on: date | None
    notice_reason: str | None
    public: bool
    public_as_of: date | None
    public_statement: str | None
    revision: int
    updated_at: datetime
    changes_seq: int
    applicant_sequence: int
    program_sequence: int
    holder_name: str
    request_number: str
    requester_id: UUID  # the applicant of that request, its first holder

    @classmethod
    def of(cls, row: Sequence[Any]) -> "Designation":
        found = cls(*row)
        object.__setattr__(found, "state", State(found.state))
        return found

    @classmethod
    def granted(cls, values: Mapping[str, Any], request: DesignationRequest) -> "Designation":
        """The row about to be inserted."""
        whose = (request.applicant_name, request.number, request.applicant_id)
        return cls.of((*(values.get(column.name) for column in _row), *whose))

    def with_values(self, values: Mapping[str, Any]) -> "Designation":
        """The row just updated, without reading it back."""
        return replace(self, revision=self.revision + 1, **values)


WHOLE = (
    select(
        designations,
        applicants.c.name.label("holder_name"),
        requests.c.number.label("request_number"),
        requests.c.applicant_id.label("requester_id"),
    )
    .join(applicants, applicants.c.id == _row.holder_id)
    .join(requests, requests.c.id == _row.request_id)
)


def visible_to(actor: Actor, now: datetime, today: date) -> Select[Any]:
    """Every designation the actor can see at this moment; what it leaves out does not exist.

    Staff: all, but for those on a request where they declared a conflict. Others: those they hold, those they are
    authorized to reference now, and those that are offered to them.
    """
    if actor.is_staff:
        if not actor.may(Permission.READ_REQUESTS):
            return WHOLE.where(false())
        declared = exists().where(
            conflicts.c.person_id == actor.person_id, conflicts.c.request_id == _row.request_id
        )
        return WHOLE if actor.person_id is None else WHOLE.where(~declared)
    own = actor.applicants(Permission.READ_REQUESTS)
    authorized = exists().where(
        authorizations.c.designation_id == _row.id, authorizations.c.party_id.in_(own), holds_on(today)
    )
    offered = exists().where(transfers.c.designation_id == _row.id, transfers.c.to_id.in_(own), is_open(now))
    live = _row.state.in_([state.value for state in LIVE])
    return WHOLE.where(or_(_row.holder_id.in_(own), live & or_(authorized, offered)))


def _named(reference: str) -> ColumnElement[bool]:
    """By id or by number, as a caller may write either."""
    try:
        return _row.id == UUID(reference)
    except ValueError:
        return _row.number == reference.upper()


async def find(
    db: AsyncConnection, actor: Actor, reference: str, now: datetime, today: date, *, lock: bool = False
) -> Designation | None:
    """The designation, if the actor can see it."""
    query = visible_to(actor, now, today).where(_named(reference))
    row = (await db.execute(query.with_for_update(of=designations) if lock else query)).one_or_none()
    return None if row is None else Designation.of(row)


async def page(
    db: AsyncConnection, seen: Select[Any], wanted: Mapping[str, Any], after: str | None, limit: int
) -> list[Designation]:
    """Of what the actor can see, newest first, those whose columns have the values wanted; after that number."""
    query = seen.where(*(_row[name] == value for name, value in wanted.items()))
    if after is not None:
        query = query.where(_row.id < _id_of(after))
    rows = await db.execute(query.order_by(_row.id.desc()).limit(limit))
    return [Designation.of(row) for row in rows]


async def public_page(db: AsyncConnection, today: date, after: str | None, limit: int) -> list[Designation]:
    """What its holder agreed to publish, oldest first; `after` is the number of the last one shown."""
    query = WHOLE.where(_row.public, _row.public_as_of <= today)
    if after is not None:
        query = query.where(_row.id > _id_of(after))
    return [Designation.of(row) for row in await db.execute(query.order_by(_row.id).limit(limit))]


def _id_of(number: str) -> ScalarSelect[UUID]:
    """Places are given by number: whoever sees a part of a designation is not told its id."""
    last = designations.alias()
    return select(last.c.id).where(last.c.number == number).scalar_subquery()


async def request_of(db: AsyncConnection, found: Designation) -> DesignationRequest:
    """The request it was granted on, locked: its journal is about to grow."""
    query = REQUEST.where(requests.c.id == found.request_id).with_for_update(of=requests)
    return DesignationRequest.of((await db.execute(query)).one())


async def next_number(db: AsyncConnection, designation_id: UUID, year: int) -> str:
    """`AMTD-YYYY-NNNNN`; never reused, gaps allowed."""
    taken = await _take_number.row(db, {"designation_id": designation_id})
    assert taken is not None  # noqa: S101 - an INSERT returns its row
    return number_of(year, taken[0])


def change(writes: Writes, found: Designation, values: Mapping[str, Any]) -> None:
    """Writes the row; Conflict where it has changed since `found` was read."""
    the = {"the_id": found.id, "the_revision": found.revision}
    missed = Conflict("The designation changed at the same moment; read it again.")
    writes.change(_update, {**values, "revision": found.revision + 1, **the}, missed)


def lengthen_chain(writes: Writes, request: DesignationRequest, columns: Mapping[str, Any]) -> None:
    """Notes a longer journal of the request; nothing else of it changes, so its tag stays."""
    the = {"the_id": request.id, "the_seq": request.journal_seq}
    writes.change(_chain, {**columns, **the}, Conflict("The journal grew at the same moment; try again."))


_take_number = Prepared(designation_numbers.insert().returning(designation_numbers.c.seq))
_update = Prepared(
    designations.update().where(_row.id == bindparam("the_id"), _row.revision == bindparam("the_revision"))
)
_chain = Prepared(
    requests.update().where(
        requests.c.id == bindparam("the_id"), requests.c.journal_seq == bindparam("the_seq")
    )
)
