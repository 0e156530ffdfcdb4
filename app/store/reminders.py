"""Reminders: which were given, so that each is given once, and whether one still has something to say."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, Date, ForeignKey, String, Table, Uuid, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import exact_json
from app.domain.lifecycle import State
from app.store.columns import Instant, metadata
from app.store.messages import messages
from app.store.receipts import receipts
from app.store.requests import requests
from app.store.threads import threads

reminders = Table(
    "reminders",
    metadata,
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), primary_key=True),
    Column("kind", String(20), primary_key=True),  # due | reply
    Column("day", Date, primary_key=True),  # the civil day for which it was given
    Column("at", Instant, nullable=False),
)


async def given(db: AsyncConnection, request_id: UUID, kind: str, day: date, at: datetime) -> bool:
    """Notes that one is given now; False where it was before."""
    row = {"request_id": request_id, "kind": kind, "day": day, "at": at}
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    noted = insert(reminders).values(row).on_conflict_do_nothing().returning(reminders.c.day)
    return (await db.execute(noted)).first() is not None


@dataclass(frozen=True, slots=True)
class Standing:
    """Of a request now: whether its clock has ended, and the round that waits for an answer with its reply date."""

    is_over: bool
    awaits: tuple[str, str] | None  # as words of a notice have them


async def standing(db: AsyncConnection, thread_ids: Collection[UUID]) -> Mapping[UUID, Standing]:
    """How the requests of these threads stand, by thread."""
    row = requests.c
    query = (
        select(threads.c.id, row.ended_on, row.state, row.question_round, row.reply_by)
        .join(requests, row.id == threads.c.request_id)
        .where(threads.c.id.in_(thread_ids))
    )
    found = dict[UUID, Standing]()
    for each in await db.execute(query):
        waits = each.state == State.INFORMATION_REQUESTED.value
        awaits = (str(each.question_round), str(each.reply_by)) if waits else None
        found[each.id] = Standing(each.ended_on is not None, awaits)
    return found


async def acknowledged(
    db: AsyncConnection, thread_ids: Collection[UUID]
) -> frozenset[tuple[UUID, UUID, str]]:
    """Thread, person and occasion of each who has acknowledged being asked, or being reminded."""
    query = (
        select(receipts.c.thread_id, receipts.c.person_id, messages.c.template, messages.c.words)
        .join(messages, messages.c.id == receipts.c.message_id)
        .where(
            receipts.c.thread_id.in_(thread_ids),
            receipts.c.acknowledged_at.is_not(None),
            messages.c.template.in_(_REMINDING),
        )
    )
    return frozenset(
        (each.thread_id, each.person_id, occasion(each.template, exact_json.decode(each.words)))
        for each in await db.execute(query)
    )


def occasion(template: str, words: Mapping[str, str]) -> str:
    """What a reminder reminds of: a round of questions, or so many days before or after the due date."""
    if template in {"questions_asked", "reply_reminder"}:
        return f"round {words['round']}"
    return f"{template} {words['days']}"


_REMINDING = ("questions_asked", "reply_reminder", "due_soon", "overdue")
