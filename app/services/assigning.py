"""Who works on a request: what an assignment changes, as parts of a plan."""

from dataclasses import dataclass
from uuid import UUID

from app.domain.errors import Flaw, Invalid
from app.domain.identity import new_id
from app.domain.policy import Role
from app.services.transitions import Desk, First, Record
from app.store import assignments
from app.store.assignments import Candidate
from app.store.requests import DesignationRequest


@dataclass(frozen=True, slots=True)
class Assigned:
    """What makes somebody work on a request; `first` ends what they, and a lead before them, were there."""

    person: Candidate
    first: tuple[First, ...]
    records: tuple[Record, ...]


async def eligible(
    desk: Desk, found: DesignationRequest, person_id: UUID, role: Role, pointer: str
) -> Candidate:
    """The member of staff, if they may have such a part. Raises Invalid naming the member of the body."""
    person = await assignments.candidate(desk.db, found.id, person_id)
    if person is None or not person.active or role not in person.roles:
        raise Invalid(flaws=[Flaw(pointer, "no-such-person", f"No active member of staff with role {role}.")])
    if person.recused:
        raise Invalid(flaws=[Flaw(pointer, "recused", "They declared a conflict of interest on it.")])
    return person


def assign(desk: Desk, found: DesignationRequest, person: Candidate, part: str) -> Assigned:
    """Gives them the part; a lead takes the place of the one before. Opinions given so far stay."""
    replaced = {person.id}
    if part == "lead" and found.lead_reviewer_id is not None:
        replaced.add(found.lead_reviewer_id)
    by = desk.actor.person_id
    ended = {"ended_at": desk.now, "ended_by": by, "reason": f"replaced: {person.id} is {part}"}
    first = tuple(
        (assignments.end_active, {**ended, "the_request": found.id, "the_person": each})
        for each in sorted(replaced)
    )
    row = {
        "id": new_id(),
        "request_id": found.id,
        "person_id": person.id,
        "part": part,
        "due_on": found.statutory_due_on,
        "assigned_by": by,
        "assigned_at": desk.now,
    }
    return Assigned(person, first, ((assignments.assignments, [row]),))
