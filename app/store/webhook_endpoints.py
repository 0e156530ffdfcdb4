"""Webhook endpoints: where an applicant or the program has its events sent, what it wants, and how it fares."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.event_types import OWNERS_ALONE
from app.domain.policy import MANDATE_GRANTS, Permission
from app.store.columns import Instant, metadata
from app.store.deliveries import A_TEST, deliveries
from app.store.mandates import mandates
from app.store.prepared import Prepared

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("applicant_id", Uuid, ForeignKey("applicants.id")),  # NULL: the program's
    Column("url", Text, nullable=False),
    Column("description", String(500), nullable=False, server_default=""),
    # what is wanted; blank-separated, empty: everything ("*" in the API)
    Column("event_types", Text, nullable=False, server_default=""),
    Column("statuses", Text, nullable=False, server_default=""),
    Column("subjects", Text, nullable=False, server_default=""),
    Column("secrets", Text, nullable=False),  # sealed JSON: [{secret, until}], the current one first
    Column("headers", Text),  # sealed JSON: {name: value}
    Column("max_per_second", Integer),
    Column("next_slot_at", Instant),  # when the next attempt may begin, where a rate is set
    Column("state", String(10), nullable=False),  # active | disabled
    Column("disabled_reason", String(20)),  # failing | gone | owner
    Column("failing_since", Instant),  # the first failure since the last success
    Column("warned_at", Instant),
    Column("disabled_at", Instant),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column(
        "sequence", Integer, nullable=False, server_default="0"
    ),  # of the events about the endpoint itself
    Column("created_by", Uuid, ForeignKey("people.id")),  # NULL: a machine's key made it
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("deleted_at", Instant),
    Index("ix_webhook_endpoints_applicant_id", "applicant_id", "id"),
)
webhook_attempts = Table(
    "webhook_attempts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("delivery_id", Uuid, nullable=False),
    Column("endpoint_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),  # 1 for the first
    Column("at", Instant, nullable=False),
    Column("milliseconds", Integer, nullable=False),
    Column("outcome", String(10), nullable=False),  # delivered | failed | cancelled
    Column("status_code", Integer),  # NULL: no answer
    Column("reason", String(200)),
    Column("response", Text),  # its first 2 KiB; never kept where the guard refused
    Index("ix_webhook_attempts_delivery_id", "delivery_id", "number"),
    Index("ix_webhook_attempts_at", "at"),
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint that is still there. What it must not tell anyone is sealed, and in no error either."""

    id: UUID
    applicant_id: UUID | None
    url: str
    description: str
    event_types: str
    statuses: str
    subjects: str
    secrets: str = field(repr=False)
    headers: str | None = field(repr=False)
    max_per_second: int | None
    state: str
    disabled_reason: str | None
    failing_since: datetime | None
    warned_at: datetime | None
    disabled_at: datetime | None
    revision: int
    sequence: int
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime

    @property
    def status(self) -> str:
        """What outsiders are told: active, failing or disabled."""
        return "failing" if self.state == "active" and self.failing_since is not None else self.state


_row = webhook_endpoints.c
_WHOLE = select(*(_row[name] for name in Endpoint.__dataclass_fields__))
PROGRAMS_TURN = 0x616D746470  # no applicant's: a UUIDv7 never ends in so many zeros
_READING = [scope.value for scope, granted in MANDATE_GRANTS.items() if Permission.READ_EVENTS in granted]


def may_hear(
    owner: ColumnElement[Any], applicant: ColumnElement[Any], type: ColumnElement[Any] | None = None
) -> ColumnElement[bool]:
    """Whether an endpoint's owner may be told of an applicant's events today: its own, or a principal's.

    Of a `type` that is its owner's alone no mandate lets anyone hear; without one the caller sees to that.

    The program (no owner) hears what is on its desk; its events are made for nothing else.
    """
    today = bindparam("today", type_=Date)
    scopes = " " + mandates.c.scopes + " "
    mandated: ColumnElement[bool] = exists().where(
        mandates.c.principal_id == applicant,
        mandates.c.agent_id == owner,
        mandates.c.revoked_at.is_(None),
        mandates.c.valid_from <= today,
        or_(mandates.c.valid_until.is_(None), mandates.c.valid_until >= today),
        or_(*(scopes.contains(f" {scope} ") for scope in _READING)),
    )
    if type is not None:
        mandated = and_(mandated, ~type.startswith(OWNERS_ALONE, autoescape=True))
    return or_(owner.is_(None), owner == applicant, mandated)


_last_sent = (
    select(func.max(deliveries.c.sequence))
    .where(
        deliveries.c.endpoint_id == _row.id,
        deliveries.c.subject_id == bindparam("subject_id"),
        deliveries.c.sequence > A_TEST,
    )
    .correlate(webhook_endpoints)
    .scalar_subquery()
)
_listening = Prepared(
    select(
        _row.id, _row.applicant_id, _row.event_types, _row.statuses, _row.subjects, _last_sent.label("last")
    )
    .where(
        _row.state == "active",
        _row.deleted_at.is_(None),
        may_hear(_row.applicant_id, bindparam("applicant_id", type_=Uuid)),
    )
    .order_by(_row.id)
)


async def listening(
    db: AsyncConnection, applicant_id: UUID | None, subject_id: UUID, today: date
) -> Sequence[Sequence[Any]]:
    """Endpoints that may hear of this subject: id, owner, wanted types, statuses, subjects, last sequence sent."""
    return await _listening.rows(db, {"applicant_id": applicant_id, "subject_id": subject_id, "today": today})


def is_of(owner: UUID | None) -> ColumnElement[bool]:
    """The endpoints of one owner that are still there."""
    return and_(
        _row.applicant_id.is_(None) if owner is None else _row.applicant_id == owner,
        _row.deleted_at.is_(None),
    )


def is_of_any(owners: Collection[UUID | None]) -> ColumnElement[bool]:
    """The endpoints of these owners (None: the program) that are still there."""
    applicants = [each for each in owners if each is not None]
    theirs = _row.applicant_id.in_(applicants)
    return and_(
        or_(theirs, _row.applicant_id.is_(None)) if None in owners else theirs, _row.deleted_at.is_(None)
    )


async def find(
    db: AsyncConnection, owners: Collection[UUID | None], id: UUID, *, lock: bool = False
) -> Endpoint | None:
    query = _WHOLE.where(is_of_any(owners), _row.id == id)
    found = (await db.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if found is None else Endpoint(*found)


async def page(
    db: AsyncConnection, owners: Collection[UUID | None], after: UUID | None, limit: int
) -> list[Endpoint]:
    """In the order they were made."""
    query = _WHOLE.where(is_of_any(owners)).order_by(_row.id).limit(limit)
    found = await db.execute(query if after is None else query.where(_row.id > after))
    return [Endpoint(*row) for row in found]


async def count(db: AsyncConnection, owner: UUID | None) -> int:
    """How many endpoints the owner has; who asks has the answer to itself until its transaction ends."""
    if db.dialect.name == "postgresql":
        await _take_turn.run(db, {"turn": PROGRAMS_TURN if owner is None else owner.int % 2**63})
    [number] = await _count.row(db, {"owner": owner}) or [0]
    return int(number)


async def update(db: AsyncConnection, id: UUID, values: Mapping[str, Any]) -> None:
    await db.execute(webhook_endpoints.update().where(_row.id == id).values(**values))


_take_turn = Prepared(select(func.pg_advisory_xact_lock(bindparam("turn", type_=BigInteger))))
_owner = bindparam("owner", type_=Uuid)
_count = Prepared(
    select(func.count())
    .select_from(webhook_endpoints)
    .where(
        or_(_row.applicant_id == _owner, and_(_owner.is_(None), _row.applicant_id.is_(None))),
        _row.deleted_at.is_(None),
    )
)
