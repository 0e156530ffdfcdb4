"""What lies in mailboxes: one select, which is listed or counted, so that a count is always that of its list."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    Uuid,
    exists,
    func,
    literal,
    null,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.mailboxes import Kind
from app.domain.policy import Actor, Permission
from app.store.columns import Record
from app.store.engagements import engagements
from app.store.messages import messages
from app.store.people import people
from app.store.receipts import receipts
from app.store.requests import requests
from app.store.threads import lies, placements, threads, visible_to


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of the threads in a mailbox a caller asks for; None: whatever it is."""

    unread: bool | None = None
    turn: str | None = None
    archived: bool | None = None


ALL = Wanted()
UNREAD = Wanted(unread=True)


def sees_all_of_a_thread(actor: Actor) -> bool:
    """Whoever may not read requests sees of a thread only what was said to it, or by it."""
    return not actor.is_staff or actor.may(Permission.READ_REQUESTS)


def lying(actor: Actor, mailboxes: Collection[UUID], wanted: Wanted) -> Select[Any]:
    """The places of those threads in these mailboxes that the caller sees and wants; listed or counted by others."""
    query = (
        select(placements)
        .join(threads, threads.c.id == placements.c.thread_id)
        .where(_in(mailboxes), lies, visible_to(actor))
    )
    if wanted.turn is not None:
        query = query.where(threads.c.turn == wanted.turn)
    for is_wanted, holds in ((wanted.unread, _is_unread(actor)), (wanted.archived, _is_archived(actor))):
        if is_wanted is not None:
            query = query.where(holds if is_wanted else ~holds)
    return query


def _in(mailboxes: Collection[UUID]) -> ColumnElement[bool]:
    own = list(mailboxes)
    mailbox = placements.c.mailbox_id
    return mailbox == own[0] if len(own) == 1 else mailbox.in_(own)


def _me(actor: Actor) -> ColumnElement[Any]:
    return literal(actor.person_id, Uuid())


def _is_unread(actor: Actor) -> ColumnElement[bool]:
    return exists().where(
        receipts.c.person_id == _me(actor),
        receipts.c.thread_id == placements.c.thread_id,
        receipts.c.opened_at.is_(None),
    )


def _is_archived(actor: Actor) -> ColumnElement[bool]:
    """By its last message: the next one brings it back."""
    return exists().where(
        receipts.c.person_id == _me(actor),
        receipts.c.message_id == placements.c.last_message_id,
        receipts.c.archived_at.is_not(None),
    )


def _archived_at(actor: Actor) -> ScalarSelect[Any]:
    """For what is shown: a look at one row, where EXISTS may be planned as a walk over all receipts."""
    return (
        select(receipts.c.archived_at)
        .where(receipts.c.person_id == _me(actor), receipts.c.message_id == placements.c.last_message_id)
        .correlate(placements)
        .scalar_subquery()
    )


async def unread(db: AsyncConnection, actor: Actor, mailboxes: Collection[UUID]) -> Mapping[UUID, int]:
    """How many threads in each are unread by the caller, in one statement; a mailbox without any is not named."""
    counted = (
        lying(actor, mailboxes, UNREAD)
        .with_only_columns(placements.c.mailbox_id, func.count())
        .group_by(placements.c.mailbox_id)
    )
    return {row[0]: row[1] for row in await db.execute(counted)}


async def page(
    db: AsyncConnection, actor: Actor, mailbox: UUID, wanted: Wanted, after: UUID | None, limit: int
) -> Sequence[Record]:
    """Newest first, after the thread whose last message this was."""
    query = lying(actor, [mailbox], wanted)
    if after is not None:
        query = query.where(placements.c.last_message_id < after)
    query = query.order_by(placements.c.last_message_id.desc()).limit(limit)
    found: Sequence[Record] = (await db.execute(_shown(query, actor))).all()
    return found


async def these(
    db: AsyncConnection, actor: Actor, mailbox: UUID, thread_ids: Collection[UUID]
) -> Sequence[Record]:
    """Of these threads those that lie there and that the caller sees, newest first."""
    query = lying(actor, [mailbox], ALL).where(placements.c.thread_id.in_(list(thread_ids)))
    query = query.order_by(placements.c.last_message_id.desc())
    found: Sequence[Record] = (await db.execute(_shown(query, actor))).all()
    return found


def _shown(query: Select[Any], actor: Actor) -> Select[Any]:
    """With what is shown of each thread: last message, own marks and, inside, who leads the review."""
    query = query.join(messages, messages.c.id == placements.c.last_message_id)
    columns: list[Any] = [
        threads,
        placements.c.last_message_id.label("place"),
        messages.c.seq,
        messages.c.side,
        messages.c.template,
        messages.c.template_version,
        messages.c.words,
        messages.c.at.label("said_at"),
        own_unread(actor).label("unread"),
        _archived_at(actor).label("archived_at"),
        heard(actor).label("heard"),
    ]
    if not sees_all_of_a_thread(actor) or not actor.is_staff:
        return query.with_only_columns(*columns, null().label("lead"))
    return with_lead(query.with_only_columns(*columns, LEAD))


def own_unread(actor: Actor) -> ScalarSelect[Any] | ColumnElement[Any]:
    """How many messages of the thread the caller has not opened; NULL for a machine, which opens none."""
    if actor.person_id is None:
        return null()
    return _count(receipts.c.opened_at.is_(None), actor)


def heard(actor: Actor) -> ScalarSelect[Any] | ColumnElement[Any]:
    """How many messages of the thread the caller has heard, where it sees no others."""
    return null() if sees_all_of_a_thread(actor) else _count(receipts.c.message_id.is_not(None), actor)


def _count(which: ColumnElement[bool], actor: Actor) -> ScalarSelect[Any]:
    return (
        select(func.count(type_=Integer))
        .where(receipts.c.person_id == _me(actor), receipts.c.thread_id == threads.c.id, which)
        .correlate(threads)
        .scalar_subquery()
    )


_lead = people.alias("lead")
LEAD = _lead.c.name.label("lead")


def with_lead(query: Select[Any]) -> Select[Any]:
    """With the name of whoever leads what the thread is about."""
    engaged = (engagements.c.id == threads.c.about_id) & (threads.c.kind == Kind.ENGAGEMENT.value)
    return (
        query.outerjoin(requests, requests.c.id == threads.c.request_id)
        .outerjoin(engagements, engaged)
        .outerjoin(_lead, _lead.c.id == func.coalesce(requests.c.lead_reviewer_id, engagements.c.assigned_to))
    )
