"""Readiness for graduation: what the program notes of a technology on its way to standard assessment. Staff alone."""

from dataclasses import dataclass
from typing import Any, Literal

from app.domain.errors import NotFound
from app.domain.identity import new_id
from app.services.engagement_updates import insist_on_program
from app.services.transitions import Desk
from app.store import engagements
from app.store.engagement_records import graduation_log


@dataclass(frozen=True, slots=True)
class Observation:
    """How things stand: approvals that used it, assessors trained for it, experience with it, and the verdict."""

    statement: str
    approvals_with_it: int
    assessors_trained: bool
    experience: Literal["limited", "growing", "substantial"]
    ready: bool


async def note(desk: Desk, reference: str, seen: Observation) -> dict[str, Any]:
    """Appends an entry; the row that was written. Raises NotFound, NotPermitted."""
    found = await engagements.find(desk.db, desk.actor, reference)
    if found is None:
        raise NotFound
    insist_on_program(desk.actor, "Writing this log")
    row = {
        "id": new_id(),
        "engagement_id": found.id,
        "statement": seen.statement,
        "approvals_with_it": seen.approvals_with_it,
        "assessors_trained": seen.assessors_trained,
        "experience": seen.experience,
        "ready": seen.ready,
        "by": desk.actor.person_id,
        "at": desk.now,
    }
    await desk.db.execute(graduation_log.insert(), row)
    return row
