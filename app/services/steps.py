"""Steps beside the workflow: what the program does around a request that changes no state and no applicant can see."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.domain.errors import Conflict, NotFound
from app.services import announcements, correspondence, journal
from app.services.announcements import Announcement
from app.services.correspondence import Telling
from app.services.journal import Entry
from app.services.transitions import Desk, First, Record
from app.store import requests
from app.store.requests import DesignationRequest
from app.store.writes import Writes


@dataclass(frozen=True, slots=True)
class Step:
    """All that a step does. `values` are columns of the request's row; None: the row, and its tag, stay as they are."""

    entries: tuple[Entry, ...]
    values: Mapping[str, Any] | None = None
    first: tuple[First, ...] = ()
    records: tuple[Record, ...] = ()
    announced: tuple[Announcement, ...] = ()
    tellings: tuple[Telling, ...] = ()


async def received(desk: Desk, reference: str) -> DesignationRequest:
    """The request, locked, once it was received. Raises NotFound, Conflict."""
    found = await seen(desk, reference)
    if found.received_on is None:
        raise Conflict("This begins when the request is received.")
    return found


async def seen(desk: Desk, reference: str) -> DesignationRequest:
    """The request, locked. Raises NotFound."""
    found = await requests.find(desk.db, desk.actor, reference, lock=True)
    if found is None:
        raise NotFound
    return found


async def take(desk: Desk, found: DesignationRequest, step: Step) -> DesignationRequest:
    """Carries it out. The applicant's revision, dates, sequence and chain stay as they are."""
    db, now, writes = desk.db, desk.now, Writes()
    for statement, given in step.first:
        await statement.run(db, given)
    for table, rows in step.records:
        writes.insert(table, rows)
    columns = dict(journal.record(writes, found, *step.entries))
    subject = announcements.of_request(found, found.status.value)
    last = await announcements.gather(db, writes, subject, now, desk.public_url, step.announced)
    columns |= {f"{audience.value}_sequence": number for audience, number in last.items()}
    correspondence.tell(desk, writes, step.tellings)
    if step.values is None:
        await writes.send(db)
        await requests.keep_chain(db, found, columns)
        return replace(found, **columns)
    columns |= {"updated_at": now, **step.values}
    requests.change(writes, found, columns)
    await writes.send(db)
    return found.with_values(columns)
