"""Telling the world of a change: each audience's events, frozen as CloudEvents in the transaction of the change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import exact_json
from app.domain.identity import new_id
from app.domain.policy import Audience
from app.services.journal import instant
from app.store.journal import events
from app.store.requests import DesignationRequest


@dataclass(frozen=True, slots=True)
class Announcement:
    """One event for one audience; `data` joins the thin body."""

    type: str
    audience: Audience
    data: Mapping[str, Any] = field(default_factory=dict)


async def announce(
    db: AsyncConnection,
    request: DesignationRequest,
    status: str,
    at: datetime,
    public_url: str,
    announcements: Iterable[Announcement],
) -> dict[str, int]:
    """Writes the events and returns the row's new sequences; `status` is what the request has after the change."""
    last = {Audience.APPLICANT: request.applicant_sequence, Audience.PROGRAM: request.program_sequence}
    rows = []
    for each in announcements:
        last[each.audience] += 1
        event_id = new_id()
        body = {
            "specversion": "1.0",
            "id": str(event_id),
            "source": f"{public_url}/v1",
            "type": each.type,
            "subject": request.number,
            "time": instant(at),
            "datacontenttype": "application/json",
            "data": {
                "number": request.number,
                "status": status,
                "sequence": last[each.audience],
                "url": f"{public_url}/v1/designation-requests/{request.number}",
                **each.data,
            },
        }
        rows.append(
            {
                "id": event_id,
                "type": each.type,
                "audience": each.audience.value,
                "subject_id": request.id,
                "applicant_id": request.applicant_id,
                "sequence": last[each.audience],
                "at": at,
                "body": exact_json.encode(body).decode(),
            }
        )
    if rows:
        await db.execute(_insert, rows)
    return {"applicant_sequence": last[Audience.APPLICANT], "program_sequence": last[Audience.PROGRAM]}


_insert = events.insert()
