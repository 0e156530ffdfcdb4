"""Conflicts of interest: declared for oneself and for good; from then on the request does not exist for them."""

from app.domain.errors import NotFound, NotPermitted
from app.domain.policy import Audience
from app.services import assigning, correspondence, hearing, steps
from app.services.assigning import PARTS
from app.services.correspondence import Person, Telling
from app.services.journal import Entry
from app.services.steps import Step
from app.services.transitions import Desk
from app.store import assignments
from app.store.assignments import Assignment
from app.store.requests import DesignationRequest


async def declare(desk: Desk, reference: str, reason: str | None) -> DesignationRequest:
    """Writes the conflict down, ends what the declarer was there, and tells the coordinators; not them the reason."""
    found = await steps.seen(desk, reference)
    person = desk.actor.person_id
    if person is None:
        raise NotPermitted("A machine has no conflicts of interest; people declare their own.")
    if await assignments.has_declared(desk.db, found.id, person):
        raise NotFound  # in another call, while this one waited for the row
    at_work = await assignments.active(desk.db, found.id)
    mine = next((each for each in at_work if each.person_id == person), None)
    row = {"person_id": person, "request_id": found.id, "reason": reason, "declared_at": desk.now}
    ended = {
        "ended_at": desk.now,
        "ended_by": person,
        "reason": "conflict declared",
        "the_request": found.id,
        "the_person": person,
    }
    step = Step(
        entries=_entries(desk, mine),
        values=_values(mine),
        first=() if mine is None else ((assignments.end_active, ended),),
        records=((assignments.conflicts, [row]),),
        tellings=(await _telling(desk, found, mine),),
    )
    return await steps.take(desk, found, step)


def _values(mine: Assignment | None) -> dict[str, None] | None:
    if mine is None:
        return None
    return {"lead_reviewer_id": None} if mine.part == "lead" else {}


def _entries(desk: Desk, mine: Assignment | None) -> tuple[Entry, ...]:
    facts = {"person": str(desk.actor.person_id)}
    declared = Entry("conflict_declared", desk.actor, desk.now, audience=Audience.PROGRAM, facts=facts)
    return (declared,) if mine is None else (declared, assigning.entry_of(desk, "unassigned", mine))


async def _telling(desk: Desk, found: DesignationRequest, mine: Assignment | None) -> Telling:
    """To the coordinators, but not to whoever declares it and is about to see no more of it."""
    left = "none" if mine is None else PARTS[mine.part]
    told = await assignments.coordinators(desk.db, found.id)
    others = (Person(each.id, each.email) for each in told if each.id != desk.actor.person_id)
    words = hearing.words_of(desk.public_url, found, left=left)
    return correspondence.by_name(
        hearing.about(found, found.lead_center), "conflict_declared", words, *others
    )
