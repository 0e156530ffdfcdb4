"""What changed in a mailbox since: two streams, new messages and own marks, each read on from where it was left.

A place in a stream is the number that a row was touched with (see `touches`) and, among rows of one transaction, the
thread. On PostgreSQL only what has settled is read, so nothing can appear below a place later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    String,
    Uuid,
    and_,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.policy import Actor
from app.store import inboxes
from app.store.receipts import receipts
from app.store.threads import lies, placements
from app.store.touches import settled_below

NIL, LAST = UUID(int=0), UUID(int=2**128 - 1)
MOST = 100  # of each stream at a time
MOVED, MARKED = "moved", "marked"


@dataclass(frozen=True, slots=True)
class Place:
    """Everything up to here was read: the number, and the thread among those with that number."""

    touched: int
    thread_id: UUID


@dataclass(frozen=True, slots=True)
class Places:
    """Where a consumer stands: in the mailbox, and among its own marks."""

    mailbox: Place
    marks: Place


@dataclass(frozen=True, slots=True)
class Change:
    """A thread that was touched; `gone`: it lies in this mailbox no more."""

    thread_id: UUID
    gone: bool


@dataclass(frozen=True, slots=True)
class Changes:
    items: Sequence[Change]
    places: Places
    is_full: bool


async def now(db: AsyncConnection, actor: Actor, mailbox: UUID) -> Places:
    """The end of both streams."""
    bound = settled_below(db.dialect.name)
    if bound is not None:
        place = Place((await db.execute(select(bound))).scalar_one() - 1, LAST)
        return Places(place, place)
    last = [_last(placements.c.touched, placements.c.mailbox_id == mailbox)]
    last.append(_last(receipts.c.touched, receipts.c.person_id == actor.person_id))
    ends = (await db.execute(select(*last))).one()
    return Places(*(Place(end, LAST) for end in ends))


def _last(touched: ColumnElement[Any], whose: ColumnElement[bool]) -> Any:
    return select(func.coalesce(func.max(touched), 0)).where(whose).scalar_subquery()


async def since(db: AsyncConnection, actor: Actor, mailbox: UUID, places: Places) -> Changes | None:
    """What came after these places: at most so many threads of each stream, and the places to go on from.

    None: a place lies beyond the end, as after a restore from a backup; going on from it would pass changes by.
    """
    # the end is looked up first: what the streams then hold below it is all there will ever be
    end = await now(db, actor, mailbox)
    if places.mailbox.touched > end.mailbox.touched or places.marks.touched > end.marks.touched:
        return None
    rows = (await db.execute(_both(actor, mailbox, places, end))).all()
    moved, marked = ([row for row in rows if row.stream == name] for name in (MOVED, MARKED))
    gone = {row.thread_id: bool(row.gone) for row in moved}
    items = {
        row.thread_id: Change(row.thread_id, gone.get(row.thread_id, False)) for row in (*moved, *marked)
    }
    after = Places(_after(moved, places.mailbox, end.mailbox), _after(marked, places.marks, end.marks))
    return Changes(list(items.values()), after, len(moved) == MOST or len(marked) == MOST)


def _after(rows: Sequence[Any], before: Place, end: Place) -> Place:
    """A stream that was read to its end is left there; the end never lies before where it was left."""
    if len(rows) == MOST:
        return Place(rows[-1].touched, rows[-1].thread_id)
    return max(before, end, key=lambda each: (each.touched, each.thread_id))


def _between(touched: ColumnElement[Any], thread: ColumnElement[Any], after: Place, end: Place) -> Any:
    same = and_(touched == after.touched, thread > literal(after.thread_id, Uuid()))
    return and_(touched >= after.touched, touched <= end.touched, or_(touched > after.touched, same))


def _both(actor: Actor, mailbox: UUID, after: Places, end: Places) -> Any:
    """Both streams in one statement, each cut off for itself."""
    parts = [_moved(mailbox, after.mailbox, end.mailbox).subquery()]
    if actor.person_id is not None:
        parts.append(_marked(actor, mailbox, after.marks, end.marks).subquery())
    both = union_all(*(select(each) for each in parts)).subquery("both")
    return select(both).order_by(both.c.touched, both.c.thread_id)


def _moved(mailbox: UUID, after: Place, end: Place) -> Any:
    row = placements.c
    query = select(_named(MOVED), row.thread_id, row.touched, row.gone).where(
        row.mailbox_id == mailbox, _between(row.touched, row.thread_id, after, end)
    )
    return query.order_by(row.touched, row.thread_id).limit(MOST)


def _marked(actor: Actor, mailbox: UUID, after: Place, end: Place) -> Any:
    """Threads in this mailbox in which the caller has marked something."""
    row = receipts.c
    query = (
        select(_named(MARKED), row.thread_id, row.touched, false().label("gone"))
        .distinct()
        .join(placements, placements.c.thread_id == row.thread_id)
        .where(
            row.person_id == actor.person_id,
            _between(row.touched, row.thread_id, after, end),
            placements.c.mailbox_id == mailbox,
            lies,
        )
    )
    return query.order_by(row.touched, row.thread_id).limit(MOST)


def _named(stream: str) -> Any:
    return literal_column(f"'{stream}'", String).label("stream")


async def shown(db: AsyncConnection, actor: Actor, mailbox: UUID, found: Sequence[Change]) -> Sequence[Any]:
    """The threads behind the changes, as lists show them."""
    there = [each.thread_id for each in found if not each.gone]
    return await inboxes.these(db, actor, mailbox, there) if there else []
