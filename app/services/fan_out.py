"""From events to webhooks: a delivery for each endpoint that may hear it and wants it, in the events' transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.calendars import civil_date
from app.domain.event_types import OWNERS_ALONE
from app.domain.policy import Audience
from app.store import webhook_endpoints
from app.store.deliveries import Due, Hook

KIND = "webhook"


@dataclass(frozen=True, slots=True)
class Told:
    """An event as it was written: what filters look at, and its frozen body."""

    id: UUID
    type: str
    audience: Audience
    subject: str
    status: str | None
    sequence: int
    body: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an endpoint asked for; an empty filter wants everything."""

    event_types: frozenset[str]
    statuses: frozenset[str]
    subjects: frozenset[str]

    @classmethod
    def of(cls, event_types: str, statuses: str, subjects: str) -> "Wanted":
        """As the columns hold it, blank-separated."""
        return cls(frozenset(event_types.split()), frozenset(statuses.split()), frozenset(subjects.split()))

    def takes(self, type: str, status: str | None, subject: str) -> bool:
        return (
            (not self.event_types or type in self.event_types)
            and (not self.statuses or status in self.statuses)
            and (not self.subjects or subject in self.subjects)
        )


def lane_of(endpoint_id: UUID) -> str:
    """Deliveries to one endpoint share a fate, and keep no other endpoint waiting."""
    return f"{KIND}:{endpoint_id}"


async def due(
    db: AsyncConnection, subject_id: UUID, applicant_id: UUID | None, told: Sequence[Told], at: datetime
) -> list[Due]:
    """The deliveries of these events; one statement, however many endpoints there are."""
    found = await webhook_endpoints.listening(db, applicant_id, subject_id, civil_date(at))
    return [each for row in found for each in _due(row, told, subject_id, applicant_id)]


def _due(
    row: Sequence[Any], told: Iterable[Told], subject_id: UUID, applicant_id: UUID | None
) -> Iterable[Due]:
    endpoint_id, owner, event_types, statuses, subjects, previous = row
    audience = Audience.PROGRAM if owner is None else Audience.APPLICANT
    wanted = Wanted.of(event_types, statuses, subjects)
    for each in told:
        if each.type.startswith(OWNERS_ALONE) and owner != applicant_id:
            continue
        if each.audience is not audience or not wanted.takes(each.type, each.status, each.subject):
            continue
        hook = Hook(endpoint_id, each.id, subject_id, each.sequence, previous)
        yield Due(KIND, "", lane_of(endpoint_id), hook=hook)
        previous = each.sequence
