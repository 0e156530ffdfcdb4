"""What waits for a person's next digest: a row for each message, until the letter that has it was sent."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Table,
    Uuid,
    and_,
    delete,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.notices import IN_MAILBOX
from app.domain.policy import Audience
from app.store.assignments import recused
from app.store.columns import Instant, Record, metadata
from app.store.hearers import Reach, reached
from app.store.mail_preferences import notification_preferences
from app.store.messages import messages
from app.store.people import address_states, is_address_of_person, people
from app.store.receipts import receipts
from app.store.threads import threads

_WAITING: dict[str, Any] = {
    "postgresql_where": text("delivery_id IS NULL"),
    "sqlite_where": text("delivery_id IS NULL"),
}
digest_items = Table(
    "digest_items",
    metadata,
    Column("message_id", Uuid, ForeignKey("messages.id"), primary_key=True),
    Column("person_id", Uuid, ForeignKey("people.id"), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("delivery_id", Uuid),  # the letter that has it; NULL: it waits for the next
    Index("ix_digest_items_waiting", "person_id", "at", **_WAITING),
    Index("ix_digest_items_delivery_id", "delivery_id"),
)
_item = digest_items.c


async def first_waiting(db: AsyncConnection) -> datetime | None:
    """Since when something waits."""
    query = select(func.min(_item.at)).where(_item.delivery_id.is_(None))
    found: datetime | None = (await db.execute(query)).scalar_one()
    return found


async def waiting(db: AsyncConnection, before: datetime, after: UUID | None, limit: int) -> Sequence[Record]:
    """Id and address of those for whom something waits since before then, a page of them."""
    query = (
        select(people.c.id, people.c.email)
        .join(digest_items, _item.person_id == people.c.id)
        .where(_item.delivery_id.is_(None), _item.at < before, people.c.email_confirmed_at.is_not(None))
        .group_by(people.c.id, people.c.email)
        .order_by(people.c.id)
        .limit(limit)
    )
    return (await db.execute(query if after is None else query.where(people.c.id > after))).all()


async def take(db: AsyncConnection, person_id: UUID, delivery_id: UUID, before: datetime) -> None:
    """Puts what waits since before then into the letter."""
    waits = digest_items.update().where(
        _item.person_id == person_id, _item.delivery_id.is_(None), _item.at < before
    )
    await db.execute(waits.values(delivery_id=delivery_id))


async def unopened(db: AsyncConnection, delivery_ids: Sequence[UUID], today: date) -> Sequence[Record]:
    """What is in these letters and still to be told, oldest first: unopened, and to somebody who may still see it."""
    of = Reach(threads.c.applicant_id, threads.c.request_id, threads.c.id, literal(today, Date))
    inside = and_(
        threads.c.audience == Audience.PROGRAM.value,
        people.c.kind == "staff",
        people.c.active,
        or_(threads.c.request_id.is_(None), ~recused(people.c.id, threads.c.request_id)),
    )
    theirs = [
        _item.person_id.in_(reached(each, of).with_only_columns(people.c.id).correlate(threads))
        for each in sorted(IN_MAILBOX)
    ]
    query = (
        select(
            _item.delivery_id,
            _item.message_id,
            _item.person_id,
            messages.c.thread_id,
            messages.c.template,
            messages.c.template_version,
            messages.c.words,
            threads.c.number,
            notification_preferences.c.modes,
            address_states.c.state.label("address_state"),
        )
        .join(people, people.c.id == _item.person_id)
        .join(messages, messages.c.id == _item.message_id)
        .join(threads, threads.c.id == messages.c.thread_id)
        .join(
            receipts,
            and_(receipts.c.message_id == _item.message_id, receipts.c.person_id == _item.person_id),
        )
        .outerjoin(notification_preferences, notification_preferences.c.person_id == _item.person_id)
        .outerjoin(address_states, is_address_of_person)
        .where(_item.delivery_id.in_(delivery_ids), receipts.c.opened_at.is_(None))
        .where(or_(inside, and_(threads.c.audience == Audience.APPLICANT.value, or_(*theirs))))
        .order_by(_item.message_id)
    )
    return (await db.execute(query)).all()


async def forget(db: AsyncConnection, delivery_ids: Sequence[UUID]) -> None:
    """What was in letters that are over."""
    await db.execute(delete(digest_items).where(_item.delivery_id.in_(delivery_ids)))


async def forget_before(db: AsyncConnection, at: datetime) -> None:
    """What nobody will send any more: of letters that were given up long ago, to addresses that are no more."""
    await db.execute(delete(digest_items).where(_item.at < at))
