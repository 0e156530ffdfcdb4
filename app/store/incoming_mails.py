"""Mails that came in, each kept whole, with what became of it. The same bytes to one address are one mail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Select,
    String,
    Table,
    Text,
    Uuid,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.assignments import recused
from app.store.columns import Instant, Record, metadata
from app.store.engagements import engagements
from app.store.requests import requests
from app.store.threads import threads

ARRIVED: Final = "arrived"  # taken, and not looked at yet
VERDICTS: Final = (ARRIVED, "filed", "replied", "held", "refused", "ignored", "bounced")

incoming_mails = Table(
    "incoming_mails",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("received_at", Instant, nullable=False),  # when it came: the instant that counts
    Column("stated_at", Instant),  # when somebody said that it came then; NULL: our server took it then
    Column("envelope_sender", String(254)),  # empty: nobody to answer to; NULL: not known
    Column("recipient", String(254), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("blob", String(200), nullable=False),  # the mail as it came
    Column("verdict", String(10), nullable=False),
    Column("reason", String(40)),  # a key of domain.mails.sorting.REASONS
    Column("sender", String(254)),  # the address in its `From`; NULL: none, or not read yet
    Column("sender_key", String(254)),  # as addresses are compared
    Column("subject", String(300)),
    Column("message_id", String(520)),
    Column("authentication", Text),  # JSON: what our server recorded, by method
    Column("remarks", Text),  # JSON: what was noticed of it and of its files
    Column("thread_id", Uuid),  # to whose address it came, whether or not there is such a thread
    Column("message_row_id", Uuid, ForeignKey("messages.id")),
    Column("request_id", Uuid, ForeignKey("designation_requests.id")),
    Column("engagement_id", Uuid, ForeignKey("engagements.id")),
    Column("settled_at", Instant),
    Column("answered_at", Instant),
    Column("decided_by", Uuid, ForeignKey("people.id")),  # who released or refused it
    Column("decided_at", Instant),
    Index("uq_incoming_mails_sha256", "sha256", "recipient", unique=True),
    Index("ix_incoming_mails_verdict", "verdict", "id"),
    Index("ix_incoming_mails_sender", "sender_key", "settled_at"),
    Index("ix_incoming_mails_thread_id", "thread_id"),
    Index("ix_incoming_mails_request_id", "request_id"),
    Index("ix_incoming_mails_engagement_id", "engagement_id"),
)
_row = incoming_mails.c


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail as our server took it."""

    id: UUID
    received_at: datetime
    envelope_sender: str | None
    recipient: str
    sha256: str
    size: int
    blob: str
    stated_at: datetime | None = None


async def add(db: AsyncConnection, taken: Taken) -> UUID:
    """The id under which it is kept; that of the earlier one, where the same bytes came to the same address before."""
    dialect: Any = postgresql if db.dialect.name == "postgresql" else sqlite
    values = {name: getattr(taken, name) for name in Taken.__dataclass_fields__}
    new = dialect.insert(incoming_mails).values(**values, verdict=ARRIVED).on_conflict_do_nothing()
    if (await db.execute(new)).rowcount == 1:
        return taken.id
    query = select(_row.id).where(_row.sha256 == taken.sha256, _row.recipient == taken.recipient)
    kept: UUID = (await db.execute(query)).scalar_one()
    return kept


async def find(db: AsyncConnection, id: UUID, *, lock: bool = False) -> Record | None:
    query = select(incoming_mails).where(_row.id == id)
    return (await db.execute(query.with_for_update() if lock else query)).one_or_none()


async def settle(db: AsyncConnection, id: UUID, values: Mapping[str, Any]) -> None:
    await db.execute(incoming_mails.update().where(_row.id == id).values(**values))


def _seen_by(person_id: UUID) -> Select[Any]:
    """Every mail with the numbers of what came of it, but those about a request on which this person is recused."""
    person = literal(person_id, Uuid())
    about = func.coalesce(_row.request_id, threads.c.request_id)
    return (
        select(incoming_mails, requests.c.number, engagements.c.number.label("engagement"))
        .outerjoin(threads, threads.c.id == _row.thread_id)
        .outerjoin(requests, requests.c.id == _row.request_id)
        .outerjoin(engagements, engagements.c.id == _row.engagement_id)
        .where(or_(about.is_(None), ~recused(person, about)))
    )


async def page(
    db: AsyncConnection, person_id: UUID, verdict: str | None, before: UUID | None, limit: int
) -> Sequence[Record]:
    """Those that this person may see, the latest first."""
    query = _seen_by(person_id)
    if verdict is not None:
        query = query.where(_row.verdict == verdict)
    if before is not None:
        query = query.where(_row.id < before)
    found: Sequence[Record] = (await db.execute(query.order_by(_row.id.desc()).limit(limit))).all()
    return found


async def seen(db: AsyncConnection, person_id: UUID, id: UUID, *, lock: bool = False) -> Record | None:
    """The mail, if this person may see it."""
    query = _seen_by(person_id).where(_row.id == id)
    query = query.with_for_update(of=incoming_mails) if lock else query
    found: Record | None = (await db.execute(query)).one_or_none()
    return found


async def answered_since(db: AsyncConnection, sender_key: str, since: datetime) -> int:
    """How many answers this address got."""
    query = select(func.count()).where(
        _row.sender_key == sender_key, _row.settled_at > since, _row.answered_at.is_not(None)
    )
    return (await db.execute(query)).scalar_one()


async def filed_since(db: AsyncConnection, sender_key: str, since: datetime) -> int:
    """How many filings of this address were taken."""
    query = select(func.count()).where(
        _row.sender_key == sender_key, _row.settled_at > since, _row.verdict == "filed"
    )
    return (await db.execute(query)).scalar_one()
