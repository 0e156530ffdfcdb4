"""Lists of designation requests: filters and orders, each with an index behind it, paged by key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    and_,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.lifecycle import CENTER_UNTOLD
from app.domain.policy import Actor
from app.store.assignments import assignments
from app.store.requests import BRIEF, DesignationRequest, requests, visible_to

_r = requests.c
_a = assignments.c
Clock = Literal["running", "ended", "overdue"]
SORTS = ("updated_at", "created_at", "received_on", "statutory_due_on")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. `equal` maps a column to its value; `sort` is one of SORTS, with - for descending.

    `assigned_to` works on the request now, as its lead or in its team; overdue is what was due before `today`.
    """

    sort: str
    equal: Mapping[str, Any] = field(default_factory=dict)
    due_before: date | None = None
    received_from: date | None = None
    updated_since: datetime | None = None
    words: str | None = None
    assigned_to: UUID | None = None
    clock: Clock | None = None
    today: date | None = None
    after: Sequence[Any] | None = None


def sort_column(actor: Actor, sort: str) -> Column[Any]:
    """What the caller's order means: to an applicant, a change is one that the applicant can see."""
    name = sort.removeprefix("-")
    return _r.applicant_updated_at if name == "updated_at" and not actor.is_staff else _r[name]


def query_of(actor: Actor, wanted: Wanted, *, is_postgresql: bool) -> Select[Any]:
    """The whole listing in its order, without a limit."""
    query = _filtered(actor, wanted, is_postgresql=is_postgresql)
    column, id = sort_column(actor, wanted.sort), _r.id
    if wanted.assigned_to is not None and column is _r.statutory_due_on:
        # the same day and the same id, but in the order of the person's own queue
        query = query.join(assignments, _works_on(wanted.assigned_to))
        column, id = _a.due_on, _a.request_id
        if wanted.clock in {"running", "overdue"}:
            # what was decided long ago stays with its owner, before all that is open: begin behind it
            query = query.where(_a.due_on >= _first_running)
    elif wanted.assigned_to is not None:
        query = query.where(exists().where(_works_on(wanted.assigned_to)))
    if column.nullable:
        query = query.where(column.is_not(None))
    descending = wanted.sort.startswith("-")
    if wanted.after is not None:
        query = query.where(_beyond(column, id, wanted.after, descending=descending))
    order = (column.desc(), id.desc()) if descending else (column.asc(), id.asc())
    return query.order_by(*order)


def _filtered(actor: Actor, wanted: Wanted, *, is_postgresql: bool) -> Select[Any]:
    query = visible_to(actor, BRIEF)
    for name, value in wanted.equal.items():
        query = query.where(_r[name] == value)
    if "lead_center" in wanted.equal and not actor.is_staff:
        # an applicant learns the center when assessment begins, not when it is first assigned
        query = query.where(_r.status.not_in(sorted(CENTER_UNTOLD)))
    if wanted.due_before is not None:
        query = query.where(_r.statutory_due_on < wanted.due_before)
    if wanted.received_from is not None:
        query = query.where(_r.received_on >= wanted.received_from)
    if wanted.updated_since is not None:
        query = query.where(sort_column(actor, "updated_at") >= wanted.updated_since)
    if wanted.words is not None:
        query = query.where(_matching(wanted.words, is_postgresql=is_postgresql))
    if wanted.clock is not None:
        query = query.where(_on_clock(wanted))
    return query


def _works_on(person_id: UUID) -> ColumnElement[bool]:
    return and_(_a.person_id == person_id, _a.request_id == _r.id, _a.ended_at.is_(None))


def _on_clock(wanted: Wanted) -> ColumnElement[bool]:
    """Where the statutory clock stands; what still runs is spelt as its index is."""
    if wanted.clock == "ended":
        return _r.ended_on.is_not(None)
    running = and_(_r.received_on.is_not(None), _r.ended_on.is_(None))
    return running if wanted.clock == "running" else and_(running, _r.statutory_due_on < wanted.today)


_every = requests.alias("every")
_first_running = (
    select(func.min(_every.c.statutory_due_on))
    .where(literal_column("every.on_desk"), _every.c.received_on.is_not(None), _every.c.ended_on.is_(None))
    .scalar_subquery()
)


def _beyond(column: Column[Any], id: Column[Any], after: Sequence[Any], *, descending: bool) -> Any:
    """Rows after the last one shown, compared as a pair so that one index range answers."""
    value, last = _read(column, after[0]), UUID(after[1])
    pair, end = tuple_(column, id), tuple_(literal(value, column.type), literal(last, id.type))
    return pair < end if descending else pair > end


def place_of(actor: Actor, wanted: Wanted, row: DesignationRequest) -> list[str]:
    """Where this row stands in the order, for the cursor."""
    value = getattr(row, sort_column(actor, wanted.sort).name)
    return [value.isoformat(), str(row.id)]


def _read(column: Column[Any], text: str) -> date | datetime:
    return date.fromisoformat(text) if column.type.python_type is date else datetime.fromisoformat(text)


def _matching(words: str, *, is_postgresql: bool) -> Any:
    """Every word in title or number. PostgreSQL: an index over words; SQLite, the embedded store, looks at each row."""
    if is_postgresql:
        return SEARCHED.op("@@")(func.plainto_tsquery("simple", words))
    each = [
        or_(_r.title.icontains(word, autoescape=True), _r.number.icontains(word, autoescape=True))
        for word in words.split()
    ]
    return and_(*each)


SEARCHED = func.to_tsvector(
    literal("simple", literal_execute=True), func.coalesce(_r.title, "") + " " + _r.number
)


async def find_page(
    db: AsyncConnection, actor: Actor, wanted: Wanted, limit: int
) -> list[DesignationRequest]:
    """The next `limit` requests."""
    query = query_of(actor, wanted, is_postgresql=db.dialect.name == "postgresql").limit(limit)
    return [DesignationRequest.of(row) for row in await db.execute(query)]


async def count(db: AsyncConnection, actor: Actor, wanted: Wanted) -> int:
    """How many there are in all, by the same filters as the list."""
    whole = query_of(actor, replace(wanted, after=None), is_postgresql=db.dialect.name == "postgresql")
    return (await db.execute(select(func.count()).select_from(whole.order_by(None).subquery()))).scalar_one()
