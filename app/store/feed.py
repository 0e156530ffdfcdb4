"""The feed: every event at a position of its own, given in the order in which consumers may pass it.

A position is given only after the event was committed, by one publisher at a time. An event inserted by anyone enters
`event_queue` by a trigger of the database, in its own transaction; publishing moves it from there into `feed`. So no
position below one that a consumer has seen can appear later, whatever order transactions commit in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    Uuid,
    and_,
    exists,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.event_types import OWNERS_ALONE
from app.domain.policy import Actor, Audience, Permission
from app.store.assignments import recused
from app.store.columns import Record, metadata
from app.store.designations import designations
from app.store.journal import events

# SQLite counts by itself only in a column that it knows as INTEGER
COUNTED = BigInteger().with_variant(Integer(), "sqlite")

event_queue = Table(
    "event_queue",
    metadata,
    Column("serial", COUNTED, primary_key=True, autoincrement=True),
    Column("event_id", Uuid, nullable=False),
    sqlite_autoincrement=True,
)
feed = Table(
    "feed",
    metadata,
    Column("position", COUNTED, primary_key=True, autoincrement=True),
    Column("event_id", Uuid, ForeignKey("events.id"), nullable=False, unique=True),
    Column("type", String(80), nullable=False),
    Column("audience", String(10), nullable=False),
    Column("applicant_id", Uuid),
    Column("subject", String(60), nullable=False),
    Index("ix_feed_audience", "audience", "position"),
    Index("ix_feed_applicant_id", "applicant_id", "audience", "position"),
    Index("ix_feed_subject", "subject", "audience", "position"),
    sqlite_autoincrement=True,
)
_row = feed.c
PUBLISHER = 0x666565640001  # the advisory lock of whoever publishes; "feed" in its letters
UNPUBLISHED = -1  # where a visible event stands that has no position yet


def any_queued() -> ColumnElement[bool]:
    """Whether an event waits for its position."""
    return exists(select(event_queue.c.serial))


async def publish(db: AsyncConnection, most: int) -> int:
    """Gives positions to those events that have waited longest; how many. None where another publishes now.

    Serials are read first, and just these are moved: one that is committed in between waits for the next batch. Of one
    subject they follow its sequence, since whoever announces holds the subject's row until the commit.
    """
    if db.dialect.name == "postgresql":
        turn = select(func.pg_try_advisory_xact_lock(PUBLISHER))
        if not (await db.execute(turn)).scalar_one():
            return 0
    serial = event_queue.c.serial
    serials = (await db.execute(select(serial).order_by(serial).limit(most))).scalars().all()
    if serials:
        await db.execute(_insert.from_select(_COPIED, _waiting.where(serial.in_(serials)).order_by(serial)))
        await db.execute(event_queue.delete().where(serial.in_(serials)))
    return len(serials)


_COPIED = ["event_id", "type", "audience", "applicant_id", "subject"]
_insert = feed.insert()
_waiting = select(
    events.c.id, events.c.type, events.c.audience, events.c.applicant_id, events.c.subject
).join(event_queue, event_queue.c.event_id == events.c.id)


# A designation is what became of a request: whoever is recused there hears nothing of it either.
_request_of_subject = func.coalesce(
    select(designations.c.request_id)
    .where(designations.c.id == events.c.subject_id)
    .correlate(events)
    .scalar_subquery(),
    events.c.subject_id,
)


def may_read(actor: Actor) -> bool:
    """Whether there can be an event that the actor sees."""
    return actor.may(Permission.READ_EVENTS) or bool(actor.applicants(Permission.READ_EVENTS))


def visible_to(actor: Actor, of: Table = feed) -> ColumnElement[bool]:
    """Which events the actor sees: of the program what is made for it, else of those for whom it may read events.

    The one place that says so; `of` is the feed, joined with the table of events, or that table alone.
    """
    if actor.is_staff:
        if not actor.may(Permission.READ_EVENTS):
            return false()
        programs = of.c.audience == Audience.PROGRAM.value
        if actor.person_id is None:
            return programs
        return and_(programs, ~recused(literal(actor.person_id, Uuid()), _request_of_subject))
    own = actor.applicants(Permission.READ_EVENTS)
    holder = of.c.applicant_id == own[0] if len(own) == 1 else of.c.applicant_id.in_(own)
    seen = and_(of.c.audience == Audience.APPLICANT.value, holder)
    managing = [each for each in own if Permission.MANAGE_ENDPOINTS in actor.standings[each].permissions]
    if len(managing) == len(own):
        return seen
    return and_(
        seen, or_(~of.c.type.startswith(OWNERS_ALONE, autoescape=True), of.c.applicant_id.in_(managing))
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of the events that it may see a consumer asks for; None: all."""

    type: str | None = None
    subject: str | None = None


# Where a consumer stands: a position or, until it has one, an event that the consumer knows from elsewhere.
Place = int | UUID


@dataclass(frozen=True, slots=True)
class Page:
    """What comes after a place: id, type and frozen body of each event, and the place to go on from."""

    items: Sequence[Record]
    place: Place
    is_full: bool


async def head(db: AsyncConnection) -> int:
    """The last position that was given; 0 before the first."""
    found: int = (await db.execute(_head)).scalar_one()
    return found


async def read(db: AsyncConnection, actor: Actor, wanted: Wanted, place: Place, most: int) -> Page | None:
    """At most so many events after the place. None: the actor knows no such event, or no such position was given.

    The head is read before the page, and nothing appears below it afterwards; so a page that is not full has seen
    all there is up to the head, and its consumer need not look there again, however little of it was its own.
    """
    end, after = await _bounds(db, actor, place)
    if after is None or after > end:
        return None
    if after == UNPUBLISHED:
        # nothing can have come after what is not there yet
        return Page((), place, is_full=False)
    items = (await db.execute(page_of(actor, wanted, after, end, most))).all()
    is_full = len(items) == most
    return Page(items, items[-1].position if is_full else end, is_full)


def page_of(actor: Actor, wanted: Wanted, after: int, end: int, most: int) -> Select[Any]:
    """The first events between two positions, the later included, that the actor sees and wants."""
    query = _page.where(visible_to(actor), _row.position > after, _row.position <= end).limit(most)
    if wanted.type is not None:
        query = query.where(_row.type == wanted.type)
    return query if wanted.subject is None else query.where(_row.subject == wanted.subject)


async def _bounds(db: AsyncConnection, actor: Actor, place: Place) -> tuple[int, int | None]:
    """The head, and the position that the place stands for, as one statement sees them."""
    if isinstance(place, int):
        return await head(db), place
    known = (
        select(func.coalesce(_row.position, UNPUBLISHED))
        .select_from(events.outerjoin(feed, _row.event_id == events.c.id))
        .where(events.c.id == place, visible_to(actor, events))
        .scalar_subquery()
    )
    end, after = (await db.execute(select(_last, known))).one()
    return end, after


_last = select(func.coalesce(func.max(_row.position), 0)).scalar_subquery()
_head = select(_last)
_page = (
    select(_row.position, events.c.id, events.c.type, events.c.body)
    .join(events, events.c.id == _row.event_id)
    .order_by(_row.position)
)
