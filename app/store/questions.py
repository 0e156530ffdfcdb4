"""Information requests and the answers to them, round by round. Append-only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.columns import Instant, metadata
from app.store.prepared import Prepared

information_requests = Table(
    "information_requests",
    metadata,
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("questions", Text, nullable=False),  # JSON: text, and the parts of the content it opens
    Column("reply_by", Date, nullable=False),
    Column("late_reason", Text),  # why the reply date lies after day 150; for the program
    Column("asked_by", Uuid, ForeignKey("people.id"), nullable=False),
    Column("asked_at", Instant, nullable=False),
)
information_responses = Table(
    "information_responses",
    metadata,
    Column("request_id", Uuid, ForeignKey("designation_requests.id"), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("answers", Text, nullable=False),  # JSON: question, text, ids of files
    Column("late", Boolean, nullable=False),
    Column("version", Integer, nullable=False),  # of the content from then on
    Column("manifest", Text, nullable=False),  # RFC 8785: what exactly was signed
    Column("digest", String(64), nullable=False),
    Column("by", Uuid, ForeignKey("people.id"), nullable=False),
    Column("at", Instant, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Round:
    """One information request with its answer, where there is one; the JSON columns as they are kept."""

    round: int
    questions: str
    reply_by: date
    late_reason: str | None
    asked_by: UUID
    asked_at: datetime
    answers: str | None
    late: bool | None
    version: int | None
    answered_by: UUID | None
    answered_at: datetime | None
    digest: str | None


async def rounds(db: AsyncConnection, request_id: UUID) -> Sequence[Round]:
    """The rounds of a request, the first one first."""
    query = _rounds.where(_asked.request_id == request_id).order_by(_asked.round)
    return [Round(*tuple(row)) for row in await db.execute(query)]


async def find(db: AsyncConnection, request_id: UUID, number: int) -> Round | None:
    row = await _find.row(db, {"request": request_id, "number": number})
    return None if row is None else Round(*row)


_asked, _given = information_requests.c, information_responses.c
_rounds = select(
    _asked.round,
    _asked.questions,
    _asked.reply_by,
    _asked.late_reason,
    _asked.asked_by,
    _asked.asked_at,
    _given.answers,
    _given.late,
    _given.version,
    _given.by,
    _given.at,
    _given.digest,
).outerjoin(
    information_responses,
    and_(_given.request_id == _asked.request_id, _given.round == _asked.round),
)
_find = Prepared(
    _rounds.where(_asked.request_id == bindparam("request"), _asked.round == bindparam("number"))
)
