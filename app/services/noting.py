"""Internal notes: written down for the program alone, and never changed."""

from typing import Any

from app.domain import exact_json
from app.domain.errors import NotPermitted
from app.domain.identity import new_id
from app.domain.policy import Audience, Permission
from app.services import steps
from app.services.journal import Entry
from app.services.steps import Step
from app.services.transitions import Desk, Record
from app.store.notes import notes
from app.store.requests import DesignationRequest


async def write(desk: Desk, reference: str, text: str) -> dict[str, Any]:
    """The note as it was kept. Raises NotFound, NotPermitted."""
    found = await steps.seen(desk, reference)
    if not desk.actor.may(Permission.WRITE_NOTES) or desk.actor.person_id is None:
        raise NotPermitted("Notes are written by the people who review and decide.")
    row = _row(desk, found, text)
    entry = Entry(
        "note_written",
        desk.actor,
        desk.now,
        audience=Audience.PROGRAM,
        after=exact_json.sha256(text),
        facts={"note": str(row["id"])},
    )
    await steps.take(desk, found, Step((entry,), records=((notes, [row]),)))
    return row


def kept(desk: Desk, found: DesignationRequest, text: str | None) -> tuple[Record, ...]:
    """What somebody noted with an internal act, as a row: never in what is shown of the act itself."""
    return ((notes, [_row(desk, found, text)]),) if text else ()


def _row(desk: Desk, found: DesignationRequest, text: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "request_id": found.id,
        "author_id": desk.actor.person_id,
        "text": text,
        "at": desk.now,
    }
