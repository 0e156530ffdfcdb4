"""Reading the record of a request: its journal and its story, for one audience."""

from collections.abc import Sequence
from heapq import merge
from operator import itemgetter
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import chain, exact_json
from app.domain.happenings import OF_REQUEST
from app.domain.policy import Actor
from app.services import exchanges
from app.store.columns import Record
from app.store.journal import events, journal_entries
from app.store.requests import DesignationRequest


async def entries_of(
    db: AsyncConnection, found: DesignationRequest, actor: Actor, after: int = 0, limit: int | None = None
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The entries of the caller's own chain."""
    place = journal_entries.c.seq if actor.is_staff else journal_entries.c.applicant_seq
    query = (
        select(journal_entries)
        .where(journal_entries.c.request_id == found.id, place > after)
        .order_by(place)
        .limit(limit)
    )
    return (await db.execute(query)).all()


def link_of(row: Row[*tuple[Any, ...]], actor: Actor) -> chain.Link:
    """The entry at its place in the chain of this audience."""
    body = exact_json.decode(row.body)
    if actor.is_staff:
        return chain.Link(row.seq, row.digest, row.link, body)
    return chain.Link(row.applicant_seq, row.digest, row.applicant_link, body)


def story(
    rows: Sequence[Row[*tuple[Any, ...]]], passages: Sequence[Record], actor: Actor
) -> list[dict[str, Any]]:
    """What happened, in order, as this audience may read it: the journal, and what passed between the sides."""
    told = (_told(row, actor) for row in rows)
    return list(merge(told, exchanges.happenings(passages, actor), key=itemgetter("at")))


def _told(row: Row[*tuple[Any, ...]], actor: Actor) -> dict[str, Any]:
    body = exact_json.decode(row.body)
    return {
        "at": body["at"],
        "what": row.action,
        "text": OF_REQUEST[row.action],
        "actor": actor_shown(row, body, actor),
    }


def actor_shown(row: Row[*tuple[Any, ...]], body: dict[str, Any], viewer: Actor) -> dict[str, str]:
    """Who did it; of the program's people an applicant learns only that it was the program."""
    if body["actor"]["kind"] != "program":
        return dict(body["actor"])
    return (
        {"kind": "program", "id": row.opening.partition(":")[2]} if viewer.is_staff else {"kind": "program"}
    )


async def events_of(
    db: AsyncConnection, found: DesignationRequest, actor: Actor, after: int, limit: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The events of one request as this audience has them, by its own gap-free sequence."""
    query = (
        select(events.c.sequence, events.c.body)
        .where(
            events.c.subject_id == found.id,
            events.c.audience == actor.audience.value,
            events.c.sequence > after,
        )
        .order_by(events.c.sequence)
        .limit(limit)
    )
    return (await db.execute(query)).all()
