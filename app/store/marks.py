"""Marks on receipts: opened, acknowledged, archived. Each is set once; nothing goes back, whoever marks when.

All marks are one statement. It takes the rows in the order of their messages, so that two of them never wait for each
other, and asks of each row as it then is whether the mark is new.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, func, literal, literal_column, select, union
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


def of_thread(actor: Actor, thread_id: UUID, through: int) -> Select[Any]:
    """Its messages up to that one, also those that the person never heard: it came later."""
    return select(messages.c.id, messages.c.thread_id).where(
        messages.c.thread_id == thread_id, messages.c.seq <= through, audible_to(actor)
    )


def of_mailbox(actor: Actor, mailbox: UUID, through: UUID, state: str) -> Select[Any]:
    """What lies in the mailbox up to that message and is not marked yet. Archiving takes threads by their last one."""
    here = inboxes.lying(actor, [mailbox], inboxes.ALL)
    threads_here = here.with_only_columns(placements.c.thread_id)
    heard = select(receipts.c.message_id.label("id"), receipts.c.thread_id).where(
        receipts.c.person_id == actor.person_id,
        receipts.c.message_id <= through,
        receipts.c[MARKS[state][0]].is_(None),
        receipts.c.thread_id.in_(threads_here),
    )
    if state != "archived":
        return heard
    last = here.where(placements.c.last_message_id <= through).with_only_columns(
        placements.c.last_message_id.label("id"), placements.c.thread_id
    )
    both = union(heard, last).subquery("both")
    return select(both.c.id, both.c.thread_id)


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


async def lies_in(db: AsyncConnection, actor: Actor, mailbox: UUID, message_id: UUID) -> bool:
    """Whether the message is in a thread that lies in the mailbox, and the caller may read it."""
    here = inboxes.lying(actor, [mailbox], inboxes.ALL).with_only_columns(placements.c.thread_id)
    query = select(messages.c.id).join(threads, threads.c.id == messages.c.thread_id)
    query = query.where(messages.c.id == message_id, messages.c.thread_id.in_(here), audible_to(actor))
    return (await db.execute(query)).first() is not None
