"""What the events of a thing count: its row, locked, and its last numbers, noted without a change of the thing."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, bindparam, func, null, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Conflict
from app.domain.mailboxes import Kind
from app.domain.policy import Audience
from app.store.columns import Record
from app.store.designations import designations
from app.store.engagements import engagements
from app.store.messages import messages
from app.store.prepared import Prepared
from app.store.requests import requests
from app.store.threads import threads
from app.store.writes import Writes

_TABLES: Final = {Kind.REQUEST: requests, Kind.DESIGNATION: designations, Kind.ENGAGEMENT: engagements}
_CENTERS: Final[Mapping[Kind, Any]] = {
    Kind.REQUEST: requests.c.lead_center,
    Kind.DESIGNATION: designations.c.center,
    Kind.ENGAGEMENT: null(),
}
_KEEP: Final = {
    kind: Prepared(table.update().where(table.c.id == bindparam("the_id"))) for kind, table in _TABLES.items()
}


async def locked(db: AsyncConnection, kind: Kind, id: UUID) -> Record:
    """Its sequences and its center, and who of the program it was given to by name; nobody else counts meanwhile."""
    table = _TABLES[kind]
    assigned = engagements.c.assigned_to if kind is Kind.ENGAGEMENT else null()
    query = select(
        table.c.applicant_sequence,
        table.c.program_sequence,
        _CENTERS[kind].label("center"),
        assigned.label("assigned_to"),
    ).where(table.c.id == id)
    return (await db.execute(query.with_for_update(of=table))).one()


def keep(writes: Writes, kind: Kind, id: UUID, last: Mapping[Audience, int]) -> None:
    """Notes how far each audience's events go; the caller holds the row's lock, and its tag stays."""
    columns = {f"{audience.value}_sequence": number for audience, number in last.items()}
    writes.change(_KEEP[kind], {**columns, "the_id": id}, Conflict("It is there no more."))


async def of_thread(db: AsyncConnection, thread_id: UUID) -> Mapping[Audience, int]:
    """How many messages each side has had in a thread about nothing that counts; the thread is locked by this."""
    await db.execute(_lock_thread(thread_id))
    query = (
        select(messages.c.side, func.count())
        .where(messages.c.thread_id == thread_id, messages.c.via != "act")
        .group_by(messages.c.side)
    )
    said = {row[0]: row[1] for row in await db.execute(query)}
    # each side hears what the other says
    return {
        Audience.APPLICANT: said.get(Audience.PROGRAM.value, 0),
        Audience.PROGRAM: said.get(Audience.APPLICANT.value, 0),
    }


def _lock_thread(thread_id: UUID) -> Select[Any]:
    return select(threads.c.id).where(threads.c.id == thread_id).with_for_update()
