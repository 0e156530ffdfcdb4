"""What was exchanged about a thing: its threads that a caller sees, every message in them, and who opened which."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.policy import Actor
from app.store.columns import Record
from app.store.messages import messages
from app.store.people import people
from app.store.receipts import receipts
from app.store.threads import threads, visible_to


@dataclass(frozen=True, slots=True)
class Exchange:
    """Threads, their messages and the receipts of these, each in the order in which they came about."""

    threads: Sequence[Record]
    messages: Sequence[Record]
    receipts: Sequence[Record]


async def about(db: AsyncConnection, actor: Actor, about_id: UUID) -> Exchange:
    """All of it, in three statements. A receipt says whose it is: name, and whether they are staff."""
    seen = _seen(actor, about_id)
    written = select(messages, people.c.name).join(threads, threads.c.id == messages.c.thread_id)
    written = written.outerjoin(people, people.c.id == messages.c.by)
    got = select(receipts, people.c.name, people.c.kind)
    got = got.join(threads, threads.c.id == receipts.c.thread_id)
    got = got.join(people, people.c.id == receipts.c.person_id)
    return Exchange(
        (await db.execute(select(threads).where(seen).order_by(threads.c.created_at, threads.c.id))).all(),
        (await db.execute(written.where(seen).order_by(messages.c.thread_id, messages.c.seq))).all(),
        (await db.execute(got.where(seen).order_by(receipts.c.message_id, receipts.c.person_id))).all(),
    )


async def passages(db: AsyncConnection, actor: Actor, about_id: UUID) -> Sequence[Record]:
    """Of messages between the sides, in one statement: what people wrote, and what was opened or acknowledged.

    A row for each receipt that says so, and for each message of a person at least one.
    """
    was_read = or_(receipts.c.opened_at.is_not(None), receipts.c.acknowledged_at.is_not(None))
    columns: tuple[Any, ...] = (
        *(
            messages.c[name]
            for name in ("id", "at", "side", "by", "via", "template", "template_version", "words")
        ),
        *(receipts.c[name] for name in ("person_id", "opened_at", "acknowledged_at")),
        threads.c.subject,
        people.c.kind,
    )
    query = (
        select(*columns)
        .join(threads, threads.c.id == messages.c.thread_id)
        .outerjoin(receipts, and_(receipts.c.message_id == messages.c.id, was_read))
        .outerjoin(people, people.c.id == receipts.c.person_id)
        .where(
            _seen(actor, about_id),
            threads.c.audience == "applicant",
            or_(messages.c.by.is_not(None), receipts.c.message_id.is_not(None)),
        )
        .order_by(messages.c.at, messages.c.id, receipts.c.person_id)
    )
    return (await db.execute(query)).all()


def _seen(actor: Actor, about_id: UUID) -> ColumnElement[bool]:
    return and_(threads.c.about_id == about_id, visible_to(actor))
