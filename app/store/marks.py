"""Marks on receipts: opened, acknowledged, archived. Each is set once; nothing goes back, whoever marks when.

All marks are one statement. It takes the rows in the order of their messages, so that two of them never wait for each
other, and asks of each row as it then is whether the mark is new.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, and_, func, literal, literal_column, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.policy import Actor
from app.store import inboxes
from app.store.columns import Instant, Record
from app.store.conversations import audible_to
from app.store.messages import messages
from app.store.receipts import receipts
from app.store.threads import placements, threads
from app.store.touches import touch

# What each mark says beside itself: whoever acknowledges has opened.
MARKS: Mapping[str, tuple[str, ...]] = {
    "opened": ("opened_at",),
    "acknowledged": ("acknowledged_at", "opened_at"),
    "archived": ("archived_at",),
}


def of_message(message_id: UUID) -> Select[Any]:
    return select(messages.c.id, messages.c.thread_id).where(messages.c.id == message_id)


def of_threads(actor: Actor, through: Mapping[UUID, int]) -> Select[Any]:
    """The messages of each thread up to that one, also those that the person never heard: it came later.

    Up to a place in a thread, where numbers are given in the order of commits: an id is made before its commit, and
    what nobody had seen could have a lower one than what was.
    """
    up_to = [
        and_(messages.c.thread_id == literal(thread, Uuid()), messages.c.seq <= seq)
        for thread, seq in through.items()
    ]
    return select(messages.c.id, messages.c.thread_id).where(or_(*up_to), audible_to(actor))


async def mark(db: AsyncConnection, which: Select[Any], person_id: UUID, state: str, at: datetime) -> int:
    """Marks these messages for this person; how many were not marked so before.

    One that the person never heard gets a receipt that is opened: whoever marks it has seen it.
    """
    dialect: Any = postgresql if db.dialect.name == "postgresql" else sqlite
    chosen = which.subquery("chosen")
    now = literal(at, Instant())
    names = dict.fromkeys((*MARKS[state], "opened_at"))
    values = {
        "message_id": chosen.c.id,
        "person_id": literal(person_id, Uuid()),
        "thread_id": chosen.c.thread_id,
        "available_at": now,
        "touched": touch(db.dialect.name, receipts.c.person_id, literal(person_id, Uuid())),
        **dict.fromkeys(names, now),
    }
    rows = select(*values.values()).where(literal_column("1 = 1")).order_by(chosen.c.id)
    made = dialect.insert(receipts).from_select(list(values), rows)
    after = made.excluded
    marked = {name: func.coalesce(receipts.c[name], after[name]) for name in MARKS[state]}
    changed = made.on_conflict_do_update(
        index_elements=[receipts.c.message_id, receipts.c.person_id],
        set_={**marked, "touched": after.touched},
        where=receipts.c[MARKS[state][0]].is_(None),
    )
    counted = changed.execution_options(preserve_rowcount=True)
    touched: int = (await db.execute(counted)).rowcount
    return touched


async def receipt(db: AsyncConnection, message_id: UUID, person_id: UUID) -> Record | None:
    query = select(receipts).where(receipts.c.message_id == message_id, receipts.c.person_id == person_id)
    return (await db.execute(query)).one_or_none()


async def lengths(
    db: AsyncConnection, actor: Actor, mailbox: UUID, thread_ids: Collection[UUID]
) -> Mapping[UUID, int]:
    """How many messages each of these threads has, as far as it lies in the mailbox and the caller sees it."""
    here = inboxes.lying(actor, [mailbox], inboxes.ALL).where(placements.c.thread_id.in_(list(thread_ids)))
    query = here.with_only_columns(threads.c.id, threads.c.messages)
    return {row[0]: row[1] for row in await db.execute(query)}
