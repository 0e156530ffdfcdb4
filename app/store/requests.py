"""Designation requests: the row, its versions, its numbers, and what an actor can see of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
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
    Select,
    String,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    false,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.chain import ORIGIN
from app.domain.errors import Conflict
from app.domain.lifecycle import State, Status
from app.domain.policy import Actor, Audience, Permission
from app.domain.vocabulary import ApplicantType
from app.store.applicants import applicants
from app.store.assignments import recused
from app.store.columns import Instant, metadata
from app.store.prepared import Prepared
from app.store.writes import Writes

# Drafts are written often and seen by no staff, so the program's indexes leave them out.
ON_DESK: dict[str, Any] = {"postgresql_where": text("on_desk"), "sqlite_where": text("on_desk")}
DRAFTS: dict[str, Any] = dict.fromkeys(ON_DESK, text("state = 'draft'"))
# What the program still owes an answer: few, however many were ever received.
_RUNNING = "on_desk AND received_on IS NOT NULL AND ended_on IS NULL"
RUNNING: dict[str, Any] = dict.fromkeys(ON_DESK, text(_RUNNING))

request_numbers = Table(
    "request_numbers",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("request_id", Uuid, nullable=False),
    # AUTOINCREMENT: a number is never given twice, not even after a deletion
    sqlite_autoincrement=True,
)

requests = Table(
    "designation_requests",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", String(20), nullable=False, unique=True),
    Column("applicant_id", Uuid, ForeignKey("applicants.id"), nullable=False),
    Column("applicant_type", String(30), nullable=False),
    Column("state", String(30), nullable=False),
    Column("status", String(20), nullable=False),  # what the applicant sees of the state
    Column("on_desk", Boolean, nullable=False),  # whether the program can see it: received, or mailed in
    Column("mail_received_at", Instant),  # set on a filing that came by mail
    Column("version", Integer, nullable=False),  # of the content
    Column("revision", Integer, nullable=False),  # of the row; counts every change
    Column("applicant_revision", Integer, nullable=False),  # counts only what the applicant can see
    Column("content", Text),  # digits as sent, members sorted; NULL once a draft is deleted
    Column("content_digest", String(64), nullable=False),  # SHA-256 of that text
    Column("title", String(300)),
    Column("scope", String(20)),
    Column("rule_pack", String(40), nullable=False),
    Column("result", String(30), nullable=False),
    Column("ready", Boolean, nullable=False),
    Column("lead_center", String(10)),
    Column("lead_reviewer_id", Uuid, ForeignKey("people.id")),
    Column("created_by", Uuid, ForeignKey("people.id")),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("applicant_updated_at", Instant, nullable=False),  # the last change that the applicant can see
    Column("expires_at", Instant),
    Column("expiry_told", Integer),  # days before its end at which a draft's expiry was announced last
    Column("received_at", Instant),
    Column("received_on", Date),
    Column("statutory_due_on", Date),
    Column("internal_target_on", Date),
    Column("ended_on", Date),
    Column("journal_seq", Integer, nullable=False),
    Column("journal_head", String(64), nullable=False),
    Column("applicant_sequence", Integer, nullable=False),
    Column("program_sequence", Integer, nullable=False),
    Column("applicant_journal_seq", Integer, nullable=False, server_default="0"),
    Column("applicant_journal_head", String(64), nullable=False, server_default=ORIGIN),
    Column("workflow_version", Integer, nullable=False, server_default="1"),
    Column("question_round", Integer, nullable=False, server_default="0"),  # of the last information request
    Column("reply_by", Date),  # of an open information request
    Column("question_lapsed", Boolean, nullable=False, server_default="0"),  # the last one is unanswered
    Column("program_target_on", Date),  # of a review after a denial was set aside
)
for _column in ("updated_at", "created_at", "received_on", "statutory_due_on"):
    Index(f"ix_desk_{_column}", requests.c[_column], requests.c.id, **ON_DESK)
for _filter in (
    "state",
    "status",
    "lead_center",
    "scope",
    "lead_reviewer_id",
    "applicant_id",
    "applicant_type",
):
    Index(f"ix_desk_{_filter}", requests.c[_filter], requests.c.updated_at, requests.c.id, **ON_DESK)
for _column in ("applicant_updated_at", "created_at", "received_on", "statutory_due_on"):
    Index(f"ix_own_{_column}", requests.c.applicant_id, requests.c[_column], requests.c.id)
for _filter in ("status", "scope"):
    Index(
        f"ix_own_{_filter}",
        requests.c.applicant_id,
        requests.c[_filter],
        requests.c.applicant_updated_at,
        requests.c.id,
    )
Index(
    "ix_requests_words",
    text("to_tsvector('simple', coalesce(title, '') || ' ' || number)"),
    postgresql_using="gin",
    _table=requests,
).ddl_if(dialect="postgresql")
Index("ix_desk_running", requests.c.statutory_due_on, requests.c.id, **RUNNING)
Index("ix_drafts_expiry", requests.c.expires_at, **DRAFTS)


@dataclass(frozen=True, slots=True)
class DesignationRequest:
    """One row of `designation_requests`, with its applicant's name."""

    id: UUID
    number: str
    applicant_id: UUID
    applicant_type: ApplicantType
    state: State
    status: Status
    on_desk: bool
    mail_received_at: datetime | None
    version: int
    revision: int
    applicant_revision: int
    content: str
    content_digest: str
    title: str | None
    scope: str | None
    rule_pack: str
    result: str
    ready: bool
    lead_center: str | None
    lead_reviewer_id: UUID | None
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime
    applicant_updated_at: datetime
    expires_at: datetime | None
    expiry_told: int | None
    received_at: datetime | None
    received_on: date | None
    statutory_due_on: date | None
    internal_target_on: date | None
    ended_on: date | None
    journal_seq: int
    journal_head: str
    applicant_sequence: int
    program_sequence: int
    applicant_journal_seq: int
    applicant_journal_head: str
    workflow_version: int
    question_round: int
    reply_by: date | None
    question_lapsed: bool
    program_target_on: date | None
    applicant_name: str

    @classmethod
    def of(cls, row: Sequence[Any]) -> "DesignationRequest":
        found = cls(*row)
        object.__setattr__(found, "state", State(found.state))
        object.__setattr__(found, "status", Status(found.status))
        return found

    @classmethod
    def opened(cls, values: Mapping[str, Any], applicant_name: str) -> "DesignationRequest":
        """The row just inserted, without reading it back."""
        whole = {column.name: values.get(column.name) for column in requests.c}
        return cls.of((*whole.values(), applicant_name))

    def with_values(self, values: Mapping[str, Any]) -> "DesignationRequest":
        """The row just updated, without reading it back."""
        return replace(self, revision=self.revision + 1, **values)


WHOLE = select(requests, applicants.c.name.label("applicant_name")).join(
    applicants, applicants.c.id == requests.c.applicant_id
)
# the same row for a list, which does not carry contents
BRIEF = select(
    *(literal("").label("content") if column is requests.c.content else column for column in requests.c),
    applicants.c.name.label("applicant_name"),
).join(applicants, applicants.c.id == requests.c.applicant_id)
_not_deleted = requests.c.content.is_not(None)
# as the partial indexes spell it: SQLite passes them by for what SQLAlchemy makes of a Boolean, `on_desk = 1`
on_desk: ColumnElement[Any] = literal_column("designation_requests.on_desk")


def visible_to(actor: Actor, of: Select[Any] = WHOLE) -> Select[Any]:
    """Every request the actor can see; each read starts from it, and what it leaves out does not exist."""
    if actor.is_staff:
        if not actor.may(Permission.READ_REQUESTS):
            return of.where(false())
        query = of.where(on_desk, _not_deleted)
        if actor.person_id is None:
            return query
        return query.where(~recused(literal(actor.person_id, Uuid()), requests.c.id))
    own = actor.applicants(Permission.READ_REQUESTS)
    holder = requests.c.applicant_id == own[0] if len(own) == 1 else requests.c.applicant_id.in_(own)
    return of.where(holder, _not_deleted)


def named(reference: str) -> tuple[str, UUID | str]:
    """The column and value of an id or a number, as a caller may write either."""
    try:
        return "id", UUID(reference)
    except ValueError:
        return "number", reference.upper()


async def find(
    db: AsyncConnection, actor: Actor, reference: str, *, lock: bool = False
) -> DesignationRequest | None:
    """The request, if the actor can see it: `visible_to`, prepared once for each shape of caller."""
    column, value = named(reference)
    if actor.is_staff:
        if not actor.may(Permission.READ_REQUESTS):
            return None
        if actor.person_id is None:
            row = await _finder(column, None, lock=lock).row(db, {"named": value})
        else:
            looking = {"named": value, "person": actor.person_id}
            row = await _finder(column, None, lock=lock, is_person=True).row(db, looking)
    else:
        own = actor.applicants(Permission.READ_REQUESTS)
        holders = {f"holder_{place}": each for place, each in enumerate(own)}
        row = await _finder(column, len(own), lock=lock).row(db, {"named": value, **holders})
    return None if row is None else DesignationRequest.of(row)


async def places_of(db: AsyncConnection, references: Iterable[str]) -> dict[str, str]:
    """An order for all calls alike: to each reference, by id or by number, the id of what it stands for."""
    asked = {each: named(each) for each in references}
    numbers = {value for _, value in asked.values() if isinstance(value, str)}
    query = select(requests.c.number, requests.c.id).where(requests.c.number.in_(numbers))
    ids: dict[UUID | str, UUID] = {row.number: row.id for row in await db.execute(query)} if numbers else {}
    return {each: str(ids.get(value, value)) for each, (_, value) in asked.items()}


@lru_cache(maxsize=256)
def _finder(column: str, holders: int | None, *, lock: bool, is_person: bool = False) -> Prepared:
    """One request by id or number, of this many applicants or (None) of those on the program's desk.

    Of the desk's, a person sees those on which it declared no conflict; the program's machines have none.
    """
    visible: ColumnElement[Any]
    if holders is None:
        visible = and_(on_desk, ~recused(bindparam("person"), requests.c.id)) if is_person else on_desk
    else:
        holder = requests.c.applicant_id
        visible = holder.in_([bindparam(f"holder_{place}", type_=holder.type) for place in range(holders)])
    query = WHOLE.where(requests.c[column] == bindparam("named"), visible, _not_deleted)
    return Prepared(query.with_for_update(of=requests) if lock else query)


async def next_number(db: AsyncConnection, request_id: UUID, year: int) -> str:
    """`AMT-YYYY-NNNNN`; never reused, gaps allowed, no lock held against other drafts."""
    taken = await _take_number.row(db, {"request_id": request_id})
    assert taken is not None  # noqa: S101 - an INSERT returns its row
    return f"AMT-{year}-{taken[0]:05d}"


def change(writes: Writes, found: DesignationRequest, values: Mapping[str, Any]) -> None:
    """Writes the row; Conflict where it has changed since `found` was read."""
    the = {"the_id": found.id, "the_revision": found.revision}
    missed = Conflict("The request changed at the same moment; read it again.")
    writes.change(_update, {**values, "revision": found.revision + 1, **the}, missed)


async def keep_chain(db: AsyncConnection, found: DesignationRequest, columns: Mapping[str, Any]) -> None:
    """Notes a longer chain for something beside the content; the caller holds the row's lock, and its tag stays."""
    await db.execute(requests.update().where(requests.c.id == found.id).values(**columns))


async def keep_sequences(
    db: AsyncConnection, found: DesignationRequest, last: Mapping[Audience, int]
) -> None:
    """Notes how far each audience's events go, for what is told without a change; the caller holds the row's lock."""
    columns = {f"{audience.value}_sequence": number for audience, number in last.items()}
    await db.execute(requests.update().where(requests.c.id == found.id).values(**columns))


async def told_of_expiry(db: AsyncConnection, request_id: UUID, days: int) -> None:
    """Notes an announcement; it is nobody's change, so the row's revision stays."""
    await db.execute(requests.update().where(requests.c.id == request_id).values(expiry_told=days))


_take_number = Prepared(request_numbers.insert().returning(request_numbers.c.seq))
_update = Prepared(
    requests.update().where(
        requests.c.id == bindparam("the_id"), requests.c.revision == bindparam("the_revision")
    )
)
