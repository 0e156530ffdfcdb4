"""A thread as it is read: its messages in their order, and who has opened them."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, and_, exists, func, literal, null, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.policy import Actor
from app.store import inboxes
from app.store.columns import Record
from app.store.messages import messages
from app.store.people import people
from app.store.receipts import receipts
from app.store.threads import threads, visible_to

_author = people.alias("author")


def audible_to(actor: Actor) -> ColumnElement[bool]:
    """Which messages of a thread that it sees the caller may read."""
    if inboxes.sees_all_of_a_thread(actor):
        return true()
    me: Any = literal(actor.person_id, Uuid())
    heard = exists().where(receipts.c.message_id == messages.c.id, receipts.c.person_id == me)
    return or_(heard.correlate(messages), messages.c.by == me)


async def read(
    db: AsyncConnection, actor: Actor, thread_id: UUID, after: int, limit: int
) -> Sequence[Record]:
    """The thread with each message after that place, oldest first; one row without a message where there is none.

    No row: the caller does not see the thread.
    """
    query = _messages(actor, and_(messages.c.seq > after, audible_to(actor)))
    query = query.where(threads.c.id == thread_id, visible_to(actor))
    found: Sequence[Record] = (await db.execute(query.order_by(messages.c.seq).limit(limit))).all()
    return found


async def message(db: AsyncConnection, actor: Actor, message_id: UUID) -> Record | None:
    """The thread with this one of its messages, if the caller may read it."""
    query = _messages(actor, and_(messages.c.id == message_id, audible_to(actor)))
    query = query.where(messages.c.id == message_id, visible_to(actor))
    found: Record | None = (await db.execute(query)).one_or_none()
    return found


def _messages(actor: Actor, which: ColumnElement[bool]) -> Select[Any]:
    its = and_(messages.c.thread_id == threads.c.id, which)
    read = threads.outerjoin(messages, its).outerjoin(_author, _author.c.id == messages.c.by)
    query: Select[Any] = (
        select(threads)
        .select_from(read)
        .add_columns(
            inboxes.own_unread(actor).label("unread"),
            inboxes.heard(actor).label("heard"),
            messages.c.id.label("message_id"),
            messages.c.seq,
            messages.c.at,
            messages.c.side,
            messages.c.by,
            messages.c.via,
            messages.c.template,
            messages.c.template_version,
            messages.c.words,
            messages.c.text,
            messages.c.quoted,
            messages.c.files,
            _author.c.name.label("author"),
        )
    )
    if inboxes.sees_all_of_a_thread(actor) and actor.is_staff:
        return inboxes.with_lead(query.add_columns(inboxes.LEAD))
    return query.add_columns(null().label("lead"))


async def receipts_of(db: AsyncConnection, actor: Actor, message_ids: Collection[UUID]) -> Sequence[Record]:
    """The caller's own receipts and, as proof, those of the other side: who, and what they did when."""
    other = "member" if actor.is_staff else "staff"
    me: Any = literal(actor.person_id, Uuid())
    query = (
        select(receipts, people.c.name, people.c.kind)
        .join(people, people.c.id == receipts.c.person_id)
        .where(
            receipts.c.message_id.in_(list(message_ids)),
            or_(receipts.c.person_id == me, people.c.kind == other),
        )
        .order_by(receipts.c.message_id, receipts.c.person_id)
    )
    return (await db.execute(query)).all()


async def opened_by_program(db: AsyncConnection, message_ids: Collection[UUID]) -> Sequence[Record]:
    """For an applicant: when somebody of the program first opened and first acknowledged each message."""
    query = (
        select(
            receipts.c.message_id,
            func.min(receipts.c.opened_at).label("opened_at"),
            func.min(receipts.c.acknowledged_at).label("acknowledged_at"),
        )
        .join(people, people.c.id == receipts.c.person_id)
        .where(receipts.c.message_id.in_(list(message_ids)), people.c.kind == "staff")
        .group_by(receipts.c.message_id)
    )
    return (await db.execute(query)).all()
