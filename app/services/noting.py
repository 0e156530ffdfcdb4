"""The note that a member of staff gives with an internal act: kept among the internal notes, never in what is shown."""

from app.domain.identity import new_id
from app.services.transitions import Desk, Record
from app.store.notes import notes
from app.store.requests import DesignationRequest


def kept(desk: Desk, found: DesignationRequest, text: str | None) -> tuple[Record, ...]:
    """The note as a row, or nothing where none was given."""
    if not text:
        return ()
    row = {
        "id": new_id(),
        "request_id": found.id,
        "author_id": desk.actor.person_id,
        "text": text,
        "at": desk.now,
    }
    return ((notes, [row]),)
