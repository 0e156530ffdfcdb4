"""Threads and where they lie: one row a thread, and one for each mailbox that has it."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Uuid,
    and_,
    exists,
    false,
    literal,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.mailboxes import DESKS, Desk, Kind
from app.domain.policy import Actor, Audience, Permission
from app.store.assignments import recused
from app.store.columns import Instant, Record, metadata
from app.store.receipts import receipts
from app.store.touches import touch

threads = Table(
    "threads",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", String(20), nullable=False),  # what it is about: a domain.mailboxes.Kind
    Column("about_id", Uuid),
    Column("number", String(40)),  # of what it is about
    Column(
        "request_id", Uuid, ForeignKey("designation_requests.id")
    ),  # whoever is recused there does not see it
    Column("audience", String(10), nullable=False),  # applicant: between it and the program; program: inside
    Column("applicant_id", Uuid, ForeignKey("applicants.id")),
    Column("desk", String(10), nullable=False),  # who owns it on the program's side
    Column("subject", String(300), nullable=False),
    Column("turn", String(10), nullable=False),
    Column("messages", Integer, nullable=False),
    Column("last_message_id", Uuid, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", Uuid, ForeignKey("people.id")),  # NULL: an act
    Index("ix_threads_about_id", "about_id"),
    Index("ix_threads_request_id", "request_id"),
    Index("ix_threads_applicant_id", "applicant_id"),
)
# Every request was at the program's desk once: a page there must not walk past what has left.
LYING: dict[str, Any] = {"postgresql_where": text("NOT gone"), "sqlite_where": text("NOT gone")}
placements = Table(
    "placements",
    metadata,
    Column("mailbox_id", Uuid, primary_key=True),
    Column("thread_id", Uuid, ForeignKey("threads.id"), primary_key=True),
    Column("last_message_id", Uuid, nullable=False),
    Column("touched", BigInteger, nullable=False),  # see store.touches
    Column("gone", Boolean, nullable=False, server_default="0"),  # a desk's, whose thread went to another
    Index("ix_placements_page", "mailbox_id", "last_message_id", **LYING),
    Index("ix_placements_touched", "mailbox_id", "touched"),
    Index("ix_placements_thread_id", "thread_id"),
)


# as the partial index spells it
lies: ColumnElement[bool] = literal_column("NOT placements.gone", Boolean)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Which threads the actor sees, in every list, count and answer: the one place that says so."""
    if not actor.is_staff:
        own = actor.applicants(Permission.USE_MAILBOX)
        return and_(threads.c.audience == Audience.APPLICANT.value, threads.c.applicant_id.in_(own))
    if not actor.may(Permission.USE_MAILBOX):
        return false()
    received = threads.c.kind != Kind.DRAFT.value
    if actor.person_id is None:
        return received
    person: Any = literal(actor.person_id, Uuid())
    apart = or_(threads.c.request_id.is_(None), ~recused(person, threads.c.request_id))
    if actor.may(Permission.READ_REQUESTS):
        return and_(received, apart)
    heard = exists().where(receipts.c.thread_id == threads.c.id, receipts.c.person_id == person)
    return and_(apart, heard)


async def find(db: AsyncConnection, actor: Actor, id: UUID, *, lock: bool = False) -> Record | None:
    """The thread, if the actor sees it."""
    query = select(threads).where(threads.c.id == id, visible_to(actor))
    return (await db.execute(query.with_for_update(of=threads) if lock else query)).one_or_none()


async def of_applicant(db: AsyncConnection, id: UUID) -> Record | None:
    """The thread, if it is one between an applicant and the program: for what nobody in particular writes."""
    query = select(threads).where(threads.c.id == id, threads.c.audience == Audience.APPLICANT.value)
    return (await db.execute(query)).one_or_none()


async def move(db: AsyncConnection, request_id: UUID, desk: Desk) -> None:
    """Puts every thread about the request at this desk; whoever follows the one that it leaves is told so."""
    leaving = (
        update(threads)
        .where(
            threads.c.request_id == request_id,
            threads.c.kind == Kind.REQUEST.value,
            threads.c.desk != desk.value,
        )
        .values(desk=desk.value)
        .returning(threads.c.id, threads.c.last_message_id)
    )
    left = (await db.execute(leaving)).all()
    if not left:
        return
    dialect = db.dialect.name
    now = touch(dialect, placements.c.mailbox_id, placements.c.mailbox_id)
    there = and_(placements.c.thread_id.in_([each.id for each in left]), placements.c.mailbox_id.in_(DESKS))
    await db.execute(update(placements).where(there, lies).values(gone=True, touched=now))
    here: Any = literal(desk.mailbox, Uuid())
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    for each in left:
        row = {"mailbox_id": desk.mailbox, "thread_id": each.id, "last_message_id": each.last_message_id}
        touched = {"gone": False, "touched": touch(dialect, placements.c.mailbox_id, here)}
        placed = insert(placements).values({**row, **touched})
        await db.execute(
            placed.on_conflict_do_update(
                index_elements=[placements.c.mailbox_id, placements.c.thread_id], set_=touched
            )
        )
