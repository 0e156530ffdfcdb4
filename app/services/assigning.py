"""Who works on a request: what an assignment changes, and who it tells."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.domain.errors import Conflict, Flaw, Invalid, NotFound, NotPermitted
from app.domain.identity import new_id
from app.domain.lifecycle import State
from app.domain.mailboxes import desk_of
from app.domain.policy import Audience, Permission, Role
from app.services import correspondence, hearing, steps
from app.services.announcements import Announcement
from app.services.correspondence import Person, Telling
from app.services.journal import Entry
from app.services.steps import Step
from app.services.transitions import Desk, First, Record
from app.store import assignments, threads
from app.store.assignments import Assignment, Candidate
from app.store.requests import DesignationRequest

# Until the assessment begins a request may be without a lead, and its lead center may change.
BEFORE_ASSESSMENT = frozenset({State.SUBMITTED, State.TECHNICALLY_REJECTED})
PARTS = {"lead": "lead reviewer", "team": "member of the team"}


@dataclass(frozen=True, slots=True)
class Assigned:
    """What makes somebody work on a request; `first` ends what they, and a lead before them, were there."""

    person: Candidate
    first: tuple[First, ...]
    records: tuple[Record, ...]
    assignment: Assignment
    announced: tuple[Announcement, ...]
    telling: Telling


@dataclass(frozen=True, slots=True)
class Wish:
    """What a coordinator asks for: a person's part, a lead center, or both."""

    person_id: UUID | None
    part: str | None
    lead_center: str | None


async def still_eligible(
    desk: Desk, found: DesignationRequest, person_id: UUID, role: Role
) -> Candidate | None:
    """Who was given a part before, if the part could be given to them today."""
    person = await assignments.candidate(desk.db, found.id, person_id)
    if person is None or not person.active or role not in person.roles or person.recused:
        return None
    return person


async def eligible(
    desk: Desk, found: DesignationRequest, person_id: UUID, role: Role, pointer: str, *also: Role
) -> Candidate:
    """The member of staff, if a role of theirs fits. Raises Invalid naming the member of the body."""
    person = await assignments.candidate(desk.db, found.id, person_id)
    if person is None or not person.active or person.roles.isdisjoint({role, *also}):
        roles = " or ".join((role, *also))
        raise Invalid(
            flaws=[Flaw(pointer, "no-such-person", f"No active member of staff with role {roles}.")]
        )
    if person.recused:
        raise Invalid(flaws=[Flaw(pointer, "recused", "They declared a conflict of interest on it.")])
    return person


def assign(
    desk: Desk, found: DesignationRequest, person: Candidate, part: str, lead_center: str | None = None
) -> Assigned:
    """Gives them the part, and the request the center; a lead takes the place of the one before.

    Opinions given so far stay.
    """
    replaced = {person.id}
    if part == "lead" and found.lead_reviewer_id is not None:
        replaced.add(found.lead_reviewer_id)
    ended = _ended(desk, found, f"replaced: {person.id} is {part}")
    first = tuple((assignments.end_active, {**ended, "the_person": each}) for each in sorted(replaced))
    row: dict[str, Any] = {
        "id": new_id(),
        "request_id": found.id,
        "person_id": person.id,
        "part": part,
        "due_on": found.statutory_due_on,
        "assigned_by": desk.actor.person_id,
        "assigned_at": desk.now,
    }
    told = {"person_id": str(person.id), "part": part}
    due = str(found.statutory_due_on)
    words = hearing.words_of(desk.public_url, found, part=PARTS[part], due=due)
    return Assigned(
        person,
        first,
        ((assignments.assignments, [row]),),
        Assignment(**row, name=person.name),
        (Announcement("designation_request.assigned", Audience.PROGRAM, told),),
        correspondence.by_name(
            hearing.about(found, lead_center or found.lead_center),
            "assigned",
            words,
            Person(person.id, person.email, person.name),
        ),
    )


def _ended(desk: Desk, found: DesignationRequest, reason: str) -> dict[str, Any]:
    by = desk.actor.person_id
    return {"ended_at": desk.now, "ended_by": by, "reason": reason, "the_request": found.id}


async def appoint(desk: Desk, reference: str, wish: Wish) -> tuple[DesignationRequest, Assignment | None]:
    """Does as a coordinator wishes, and tells the person. Raises NotFound, NotPermitted, Invalid, Conflict."""
    found = await steps.received(desk, reference)
    _insist_on_right(desk)
    center = _center(found, wish)
    if center:
        await threads.move(desk.db, found.id, desk_of(center["lead_center"]))
    if wish.person_id is None or wish.part is None:
        if not center:
            raise Conflict("It has this lead center already.")
        entry = Entry("center_assigned", desk.actor, desk.now, audience=Audience.PROGRAM, facts=center)
        return await steps.take(desk, found, Step((entry,), center)), None
    person = await eligible(desk, found, wish.person_id, Role.REVIEWER, "/person_id")
    at_work = await assignments.active(desk.db, found.id)
    mine = next((each for each in at_work if each.person_id == person.id), None)
    _insist_on_change(found, mine, wish.part)
    made = assign(desk, found, person, wish.part, wish.lead_center)
    leaving = [each for each in at_work if each is mine or (wish.part == "lead" and each.part == "lead")]
    entries = [entry_of(desk, "unassigned", each) for each in leaving]
    entries.append(entry_of(desk, "assigned", made.assignment))
    values = {**center, **_lead_after(wish.part, person, mine)}
    step = Step(tuple(entries), values, made.first, made.records, made.announced, (made.telling,))
    return await steps.take(desk, found, step), made.assignment


def _insist_on_right(desk: Desk) -> None:
    if not desk.actor.may(Permission.ASSIGN) or desk.actor.person_id is None:
        raise NotPermitted("Who works on a request is the coordinator's to say.")


def _center(found: DesignationRequest, wish: Wish) -> dict[str, str]:
    """The column to write. An applicant sees its center once the assessment has begun: from then on it stays."""
    if wish.lead_center is None or wish.lead_center == found.lead_center:
        return {}
    if found.state not in BEFORE_ASSESSMENT:
        raise Conflict("The lead center stays once the assessment has begun.", present=found.lead_center)
    return {"lead_center": wish.lead_center}


def _insist_on_change(found: DesignationRequest, mine: Assignment | None, part: str) -> None:
    if mine is None:
        return
    if mine.part == part:
        raise Conflict("They have this part already.", assignment_id=str(mine.id))
    if mine.part == "lead":
        _insist_on_lead(found)


def _insist_on_lead(found: DesignationRequest) -> None:
    if found.state not in BEFORE_ASSESSMENT:
        raise Conflict("A request keeps its lead once the assessment has begun: assign another lead.")


def _lead_after(part: str, person: Candidate, mine: Assignment | None) -> dict[str, UUID | None]:
    if part == "lead":
        return {"lead_reviewer_id": person.id}
    return {"lead_reviewer_id": None} if mine is not None and mine.part == "lead" else {}


def entry_of(desk: Desk, action: str, of: Assignment) -> Entry:
    """What the journal says of an assignment: ids alone."""
    facts = {"assignment": str(of.id), "person": str(of.person_id), "part": of.part}
    return Entry(action, desk.actor, desk.now, audience=Audience.PROGRAM, facts=facts)


async def end(
    desk: Desk, reference: str, assignment_id: UUID, insist: Callable[[Assignment], None]
) -> DesignationRequest:
    """Ends an assignment; its row stays. Raises NotFound, NotPermitted, PreconditionFailed, Conflict."""
    found = await steps.received(desk, reference)
    _insist_on_right(desk)
    kept = await assignments.find(desk.db, found.id, assignment_id)
    if kept is None:
        raise NotFound
    insist(kept)
    if kept.ended_at is not None:
        raise Conflict("This assignment has ended already.")
    is_lead = kept.part == "lead"
    if is_lead:
        _insist_on_lead(found)
    ended = {**_ended(desk, found, "ended by a coordinator"), "the_person": kept.person_id}
    values = {"lead_reviewer_id": None} if is_lead else {}
    entries = (entry_of(desk, "unassigned", kept),)
    return await steps.take(desk, found, Step(entries, values, ((assignments.end_active, ended),)))
