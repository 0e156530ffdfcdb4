"""Engagements: the row, its numbers, and what an actor can see of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    Text,
    Uuid,
    bindparam,
    false,
    literal,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.engagement_lifecycle import EngagementState
from app.domain.engagements import center_of
from app.domain.errors import Conflict
from app.domain.policy import Actor, Permission
from app.domain.vocabulary import EngagementFormat
from app.store.applicants import applicants
from app.store.columns import Instant, metadata
from app.store.prepared import Prepared
from app.store.requests import named
from app.store.writes import Writes

engagement_numbers = Table(
    "engagement_numbers",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("engagement_id", Uuid, nullable=False),
    sqlite_autoincrement=True,  # as request_numbers: never given twice
)
engagements = Table(
    "engagements",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", String(20), nullable=False, unique=True),
    Column("applicant_id", Uuid, ForeignKey("applicants.id"), nullable=False),
    Column("format", String(10), nullable=False),  # ETP | CATT | joint
    Column("state", String(20), nullable=False),
    Column("origin", String(10), nullable=False),  # api | mail
    Column("title", String(300), nullable=False),
    Column("content", Text, nullable=False),  # JSON, members sorted
    Column("revision", Integer, nullable=False),  # of the row; counts every change
    Column("applicant_revision", Integer, nullable=False),  # counts only what the requester can see
    Column("assigned_to", Uuid, ForeignKey("people.id")),
    Column("created_by", Uuid, ForeignKey("people.id")),  # NULL: it came by mail
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("applicant_updated_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("received_on", Date, nullable=False),
    Column("decide_by", Date, nullable=False),  # targets as they were configured at receipt
    Column("meet_by", Date, nullable=False),
    Column("decided_on", Date),
    Column("decline_reason", String(30)),
    Column("decline_note", Text),
    Column("meeting_on", Date),
    Column("meeting_at", Instant),
    Column("meeting_mode", String(10)),  # meeting | site_visit | written
    Column("staff_attendees", Text, nullable=False, server_default="[]"),  # JSON; for the program alone
    Column("held_on", Date),
    Column("meeting_summary", Text),
    Column("outcome", String(20)),
    Column("outcome_summary", Text),
    Column("closed_on", Date),
    Column("updates_sent", Integer, nullable=False),
    Column("last_update_at", Instant),
    Column("next_update_at", Instant),
    Column("changes", Integer, nullable=False),  # how many entries its history has,
    Column("applicant_changes", Integer, nullable=False),  # and how many of them its requester sees
    Column("applicant_sequence", Integer, nullable=False),
    Column("program_sequence", Integer, nullable=False),
    Index("ix_engagements_updated_at", "updated_at", "id"),
    Index("ix_engagements_received_on", "received_on"),
)
for _filter in ("state", "format", "assigned_to"):
    Index(f"ix_engagements_{_filter}", engagements.c[_filter], engagements.c.updated_at, engagements.c.id)
Index(
    "ix_engagements_own",
    engagements.c.applicant_id,
    engagements.c.applicant_updated_at,
    engagements.c.id,
)


@dataclass(frozen=True, slots=True)
class Engagement:
    """One row of `engagements`, with its applicant's name and type."""

    id: UUID
    number: str
    applicant_id: UUID
    format: EngagementFormat
    state: EngagementState
    origin: str
    title: str
    content: str
    revision: int
    applicant_revision: int
    assigned_to: UUID | None
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime
    applicant_updated_at: datetime
    received_at: datetime
    received_on: date
    decide_by: date
    meet_by: date
    decided_on: date | None
    decline_reason: str | None
    decline_note: str | None
    meeting_on: date | None
    meeting_at: datetime | None
    meeting_mode: str | None
    staff_attendees: str
    held_on: date | None
    meeting_summary: str | None
    outcome: str | None
    outcome_summary: str | None
    closed_on: date | None
    updates_sent: int
    last_update_at: datetime | None
    next_update_at: datetime | None
    changes: int
    applicant_changes: int
    applicant_sequence: int
    program_sequence: int
    applicant_name: str
    applicant_type: str

    @classmethod
    def of(cls, row: Sequence[Any]) -> "Engagement":
        found = cls(*row)
        object.__setattr__(found, "state", EngagementState(found.state))
        return found

    @classmethod
    def opened(cls, values: Mapping[str, Any], name: str, type: str) -> "Engagement":
        """The row just inserted, without reading it back."""
        whole = [values.get(column.name) for column in engagements.c]
        return cls.of((*whole, name, type))

    @property
    def center(self) -> str:
        return center_of(self.format)

    def with_values(self, values: Mapping[str, Any]) -> "Engagement":
        """The row just updated, without reading it back."""
        changed = replace(self, revision=self.revision + 1, **values)
        object.__setattr__(changed, "state", EngagementState(changed.state))
        return changed


_JOINED = applicants.c.id == engagements.c.applicant_id
_named_applicant = (applicants.c.name.label("applicant_name"), applicants.c.type.label("applicant_type"))
WHOLE = select(engagements, *_named_applicant).join(applicants, _JOINED)
# the same row for a list, which does not carry contents
BRIEF = select(
    *(literal("").label("content") if each is engagements.c.content else each for each in engagements.c),
    *_named_applicant,
).join(applicants, _JOINED)


def visible_to(actor: Actor, of: Select[Any] = WHOLE) -> Select[Any]:
    """Every engagement the actor can see: the program all, an applicant its own."""
    if actor.is_staff:
        return of if actor.may(Permission.READ_REQUESTS) else of.where(false())
    return of.where(engagements.c.applicant_id.in_(actor.applicants(Permission.READ_REQUESTS)))


async def find(db: AsyncConnection, actor: Actor, reference: str, *, lock: bool = False) -> Engagement | None:
    """The engagement by id or number, if the actor can see it."""
    column, value = named(reference)
    query = visible_to(actor).where(engagements.c[column] == value)
    row = (await db.execute(query.with_for_update(of=engagements) if lock else query)).one_or_none()
    return None if row is None else Engagement.of(row)


async def lock(db: AsyncConnection, id: UUID) -> Engagement | None:
    """The engagement, locked, for what the system does by itself."""
    query = WHOLE.where(engagements.c.id == id).with_for_update(of=engagements)
    row = (await db.execute(query)).one_or_none()
    return None if row is None else Engagement.of(row)


async def next_number(db: AsyncConnection, engagement_id: UUID, year: int) -> str:
    """`ENG-YYYY-NNNNN`; never reused, gaps allowed, no lock held against others."""
    taken = await _take_number.row(db, {"engagement_id": engagement_id})
    assert taken is not None  # noqa: S101 - an INSERT returns its row
    return f"ENG-{year}-{taken[0]:05d}"


def change(writes: Writes, found: Engagement, values: Mapping[str, Any]) -> None:
    """Writes the row; Conflict where it has changed since `found` was read."""
    the = {"the_id": found.id, "the_revision": found.revision}
    missed = Conflict("The engagement changed at the same moment; read it again.")
    writes.change(_update, {**values, "revision": found.revision + 1, **the}, missed)


_take_number = Prepared(engagement_numbers.insert().returning(engagement_numbers.c.seq))
_update = Prepared(
    engagements.update().where(
        engagements.c.id == bindparam("the_id"), engagements.c.revision == bindparam("the_revision")
    )
)
