"""Stored answers of calls that carried an Idempotency-Key."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    bindparam,
    func,
    select,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.columns import Instant, metadata
from app.store.prepared import Prepared

idempotent_answers = Table(
    "idempotent_answers",
    metadata,
    Column(
        "key_digest", String(64), primary_key=True
    ),  # HMAC of caller, route and key; the key itself is not kept
    Column("fingerprint", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("sealed", Integer, nullable=False),  # 1: encrypted under a key derived from the Idempotency-Key
    Column("created_at", Instant, nullable=False),
    Index("ix_idempotent_answers_created_at", "created_at"),
)


class TakenMeanwhile(Exception):
    """Another process stored an answer under the same key first."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: str
    body: bytes
    sealed: bool


@dataclass(frozen=True, slots=True)
class Found:
    fingerprint: str
    answer: Answer


async def look_up(db: AsyncConnection, key_digest: str) -> tuple[Found | None, bool]:
    """The stored answer, and whether another process is running this key now.

    PostgreSQL: one statement takes an advisory lock that lasts as long as the transaction. SQLite has one serving
    process, which knows by itself what it runs.
    """
    if db.dialect.name == "postgresql":
        lock = int(key_digest[:15], 16)
        row = await _look_and_lock.row(db, {"lock": lock, "key": key_digest})
        assert row is not None  # noqa: S101 - whether the lock was had is a row of its own
        locked, *kept = row
        if kept[0] is None:
            return None, not locked
    else:
        row = await _look.row(db, {"key": key_digest})
        if row is None:
            return None, False
        kept = list(row)
    _, fingerprint, status, headers, body, sealed, _ = kept
    return Found(fingerprint, Answer(status, headers, bytes(body), bool(sealed))), False


async def keep(db: AsyncConnection, key_digest: str, fingerprint: str, answer: Answer, now: datetime) -> None:
    values = {
        "key_digest": key_digest,
        "fingerprint": fingerprint,
        "status": answer.status,
        "headers": answer.headers,
        "body": answer.body,
        "sealed": int(answer.sealed),
        "created_at": now,
    }
    try:
        await _keep.run(db, values)
    except IntegrityError:
        raise TakenMeanwhile from None


async def any_before(db: AsyncConnection, before: datetime) -> bool:
    query = select(_row.key_digest).where(_row.created_at < before).limit(1)
    return (await db.execute(query)).first() is not None


async def forget(db: AsyncConnection, before: datetime) -> None:
    """Drops answers older than `before`."""
    await db.execute(idempotent_answers.delete().where(idempotent_answers.c.created_at < before))


_row = idempotent_answers.c
_look = Prepared(select(idempotent_answers).where(_row.key_digest == bindparam("key")))
_lock = select(func.pg_try_advisory_xact_lock(bindparam("lock", type_=BigInteger)).label("locked")).cte(
    "lock"
)
_look_and_lock = Prepared(
    select(_lock.c.locked, idempotent_answers).select_from(
        _lock.outerjoin(idempotent_answers, _row.key_digest == bindparam("key"))
    )
)
_keep = Prepared(idempotent_answers.insert())
