"""All that sending a claim's webhooks needs: each endpoint and event is read once for all rows, with its rights."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import String, Uuid, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.batches import Batch
from app.store.deliveries import Claimed
from app.store.journal import events
from app.store.prepared import Prepared
from app.store.webhook_endpoints import may_hear, webhook_endpoints

_endpoint, _event = webhook_endpoints.c, events.c


class Destination(NamedTuple):
    """Where attempts go, as it stands now. Secrets and headers are still sealed."""

    id: UUID
    owner: UUID | None  # an applicant; None: the program
    url: str
    secrets: str
    headers: str | None
    max_per_second: int | None
    is_active: bool
    is_deleted: bool
    updated_at: datetime
    event_types: str
    statuses: str
    subjects: str


class Event(NamedTuple):
    """What is told, in the bytes that were frozen."""

    id: UUID
    applicant_id: UUID | None
    type: str
    subject: str
    body: str


class Loaded(NamedTuple):
    """All that one attempt needs."""

    delivery_id: UUID
    endpoint: Destination
    event: Event | None  # None: a test, whose body is the delivery's payload
    sequence: int
    previous_sequence: int | None
    may_hear: bool


class _Hearing(NamedTuple):
    """Who would hear what of whom: the same for many rows of a claim."""

    endpoint_id: UUID | None
    applicant_id: UUID | None
    type: str | None  # None: a test


async def load(db: AsyncConnection, claimed: Sequence[Claimed], today: date) -> list[Loaded]:
    """In two statements, however many they are. Left out is what is of no endpoint, or no event, that there is."""
    told = await _events(db, {each.event_id for each in claimed if each.event_id is not None})
    hearings = [_hearing(each, told) for each in claimed]
    heard = await _endpoints(db, {each for each in hearings if each is not None}, today)
    loaded = []
    for row, hearing in zip(claimed, hearings, strict=True):
        if hearing in heard:
            endpoint, may_hear = heard[hearing]
            event = None if row.event_id is None else told[row.event_id]
            loaded.append(Loaded(row.id, endpoint, event, row.sequence, row.previous_sequence, may_hear))
    return loaded


def _hearing(row: Claimed, told: Mapping[UUID, Event]) -> _Hearing | None:
    if row.event_id is None:
        return _Hearing(row.endpoint_id, None, None)
    event = told.get(row.event_id)
    return event and _Hearing(row.endpoint_id, event.applicant_id, event.type)


async def _events(db: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, Event]:
    if not ids:
        return {}
    rows = await _told(db.dialect.name).rows(db, _IDS.sent(db.dialect, ((each,) for each in ids)))
    return {row[0]: Event(*row) for row in rows}


async def _endpoints(
    db: AsyncConnection, hearings: Collection[_Hearing], today: date
) -> dict[_Hearing | None, tuple[Destination, bool]]:
    """And whether each may hear such events today."""
    values = {"today": today, **_HEARINGS.sent(db.dialect, hearings)}
    return {
        _Hearing(id, applicant_id, type): (Destination(id, *endpoint), bool(may_hear))
        for applicant_id, type, may_hear, id, *endpoint in await _heard(db.dialect.name).rows(db, values)
    }


@cache
def _told(dialect: str) -> Prepared:
    wanted = _IDS.table(dialect)
    return Prepared(
        select(_event.id, _event.applicant_id, _event.type, _event.subject, _event.body).join(
            wanted, wanted.c.event_id == _event.id
        )
    )


@cache
def _heard(dialect: str) -> Prepared:
    hearing = _HEARINGS.table(dialect).c
    is_test = hearing.type.is_(None)
    return Prepared(
        select(
            hearing.applicant_id,
            hearing.type,
            or_(is_test, may_hear(_endpoint.applicant_id, hearing.applicant_id, hearing.type)),
            _endpoint.id,
            _endpoint.applicant_id,
            _endpoint.url,
            _endpoint.secrets,
            _endpoint.headers,
            _endpoint.max_per_second,
            _endpoint.state == literal_column("'active'"),
            _endpoint.deleted_at.is_not(None),
            _endpoint.updated_at,
            _endpoint.event_types,
            _endpoint.statuses,
            _endpoint.subjects,
        ).where(_endpoint.id == hearing.endpoint_id)
    )


_IDS = Batch("wanted_events", event_id=Uuid)
_HEARINGS = Batch("hearings", endpoint_id=Uuid, applicant_id=Uuid, type=String)
