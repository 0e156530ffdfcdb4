"""Telling the world of a change: each audience's events, frozen as CloudEvents in the transaction of the change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import exact_json
from app.domain.event_types import EVENT_TYPES, NotInCatalogue
from app.domain.identity import new_id
from app.domain.lifecycle import State
from app.domain.policy import Audience
from app.services import fan_out
from app.services.fan_out import Told
from app.services.journal import instant
from app.store import deliveries
from app.store.journal import events
from app.store.requests import DesignationRequest
from app.store.writes import Writes


@dataclass(frozen=True, slots=True)
class Announcement:
    """One event for one audience; `data` joins the thin body. Raises NotInCatalogue for what it does not have."""

    type: str
    audience: Audience
    data: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = EVENT_TYPES.get(self.type)
        if known is None:
            raise NotInCatalogue(f"{self.type} is no type of event")
        known.insist(self.audience, self.data)


BOTH = (Audience.APPLICANT, Audience.PROGRAM)


def of_change(
    act: str | None,
    state: State,
    data: Mapping[str, Any] | None = None,
    carried: Mapping[str, Any] | None = None,
) -> tuple[Announcement, ...]:
    """The event of an act (where it has one) and of the change of status it brings, for both sides.

    `carried` is what the change says of the act beyond its thin body. The state is for the program alone.
    """
    acts = [] if act is None else [Announcement(act, audience, data or {}) for audience in BOTH]
    changed = [
        Announcement("designation_request.status_changed", audience, carried or {}) for audience in BOTH
    ]
    # for each audience the act before the change
    ordered = [each for audience in BOTH for each in (*acts, *changed) if each.audience is audience]
    return (*ordered, *of_internal_change(state, carried))


def of_internal_change(state: State, carried: Mapping[str, Any] | None = None) -> tuple[Announcement, ...]:
    """A change that only the program can see."""
    said = {**(carried or {}), "state": state.value}
    return (Announcement("designation_request.state_changed", Audience.PROGRAM, said),)


@dataclass(frozen=True, slots=True)
class Subject:
    """What events are about: its name in a CloudEvent, its path, the thin body, and each audience's last sequence."""

    id: UUID
    name: str
    path: str
    applicant_id: UUID | None
    thin: Mapping[str, Any]
    sequences: Mapping[Audience, int]


def of_request(request: DesignationRequest, status: str) -> Subject:
    """A request as events tell of it; `status` is what it has after the change."""
    return Subject(
        request.id,
        request.number,
        f"/v1/designation-requests/{request.number}",
        request.applicant_id,
        {"number": request.number, "status": status},
        {Audience.APPLICANT: request.applicant_sequence, Audience.PROGRAM: request.program_sequence},
    )


async def announce(
    db: AsyncConnection,
    subject: Subject,
    at: datetime,
    public_url: str,
    announcements: Iterable[Announcement],
) -> Mapping[Audience, int]:
    """As `gather`, and writes it at once."""
    writes = Writes()
    last = await gather(db, writes, subject, at, public_url, announcements)
    await writes.send(db)
    return last


async def gather(
    db: AsyncConnection,
    writes: Writes,
    subject: Subject,
    at: datetime,
    public_url: str,
    announcements: Iterable[Announcement],
) -> Mapping[Audience, int]:
    """Writes the events and their deliveries; returns each audience's last sequence. The subject is locked."""
    last = dict(subject.sequences)
    told = []
    for each in announcements:
        last[each.audience] += 1
        told.append(_told(subject, each, last[each.audience], at, public_url))
    if told:
        writes.insert(events, [_row(subject, each, at) for each in told])
        due = await fan_out.due(db, subject.id, subject.applicant_id, told, at)
        deliveries.add(db, writes, due, at)
        deliveries.hint(db)  # the feed waits for them, even where no endpoint does
    return last


def _told(subject: Subject, each: Announcement, sequence: int, at: datetime, public_url: str) -> Told:
    event_id = new_id()
    body = {
        "specversion": "1.0",
        "id": str(event_id),
        "source": f"{public_url}/v1",
        "type": each.type,
        "subject": subject.name,
        "time": instant(at),
        "datacontenttype": "application/json",
        "data": {**subject.thin, "sequence": sequence, "url": f"{public_url}{subject.path}", **each.data},
    }
    status = subject.thin.get("status")
    return Told(
        event_id, each.type, each.audience, subject.name, status, sequence, exact_json.encode(body).decode()
    )


def _row(subject: Subject, each: Told, at: datetime) -> dict[str, Any]:
    return {
        "id": each.id,
        "type": each.type,
        "audience": each.audience.value,
        "subject_id": subject.id,
        "subject": each.subject,
        "applicant_id": subject.applicant_id,
        "sequence": each.sequence,
        "at": at,
        "body": each.body,
    }
