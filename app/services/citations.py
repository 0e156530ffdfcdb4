"""Citations: which applications rely on a designation, and when they were approved (506L(e)(3)(E)).

Which application relies on what is its applicant's own business: a citation is seen by whom it is of, and by staff.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from app.domain.calendars import civil_date
from app.domain.designations import WORDED_FORMS, Application, Term
from app.domain.errors import Conflict, Flaw, Invalid, NotFound
from app.domain.identity import new_id
from app.domain.policy import Audience, Permission
from app.services.announcements import Announcement
from app.services.designation_changes import Change, Step, carry_out
from app.services.designations import insist_on, insist_on_life, is_whole, own_of, seen
from app.services.transitions import Desk
from app.store import applicants
from app.store import authorizations as given
from app.store import citations as store
from app.store.citations import citations
from app.store.columns import Record
from app.store.designations import Designation


@dataclass(frozen=True, slots=True)
class Cited:
    """An application and the day on which it cites the designation; whose it is, and by which authorization."""

    application: Application
    cited_on: date
    applicant_id: UUID | None
    authorization_id: UUID | None


async def cite(desk: Desk, reference: str, cited: Cited) -> Record:
    """Raises NotFound, NotPermitted, Conflict, Invalid."""
    found = await seen(desk, reference, lock=True)
    applicant_id = await _whose(desk, found, cited)
    if not desk.actor.is_staff:
        insist_on_life(found)
    authorization = await _authorization(desk, found, cited, applicant_id)
    flaws = list(_flaws(found, cited, civil_date(desk.now)))
    if flaws:
        raise Invalid(flaws=flaws)
    id = new_id()
    row = {
        "id": id,
        "designation_id": found.id,
        "applicant_id": applicant_id,
        "authorization_id": authorization and authorization.id,
        "application_kind": cited.application.kind,
        "application_number": cited.application.number,
        "cited_on": cited.cited_on,
        "by_program": desk.actor.is_staff,
        "created_by": desk.actor.person_id,
        "created_at": desk.now,
        "updated_at": desk.now,
    }
    if await store.same(desk.db, row) is not None:
        raise Conflict("This application is recorded as citing the designation on that day already.")
    change = _change(found, "cited", id, applicant_id, {"cited_on": str(cited.cited_on)})
    await carry_out(desk, found, replace(change, records=((citations, [row]),)))
    return await _found(desk, found, id)


async def approve(
    desk: Desk, reference: str, id: UUID, approved_on: date | None, insist: Callable[[Record], None]
) -> Record:
    """Notes on which day the application was approved, or takes that back. For whom it is of, and coordinators."""
    found = await seen(desk, reference, lock=True)
    before = await _found(desk, found, id)
    _insist_on_right(desk, before.applicant_id)
    insist(before)
    if approved_on is not None and not before.cited_on <= approved_on <= civil_date(desk.now):
        between = "An approval comes with the citation or after it, and not in the future."
        raise Invalid(flaws=[Flaw("/approved_on", "cited-on-or-later", between)])
    facts = {"approved_on": approved_on and str(approved_on)}
    change = _change(found, "citation_approved", id, before.applicant_id, facts)
    step = Step(store.CHANGE, {"approved_on": approved_on, "updated_at": desk.now, "the_id": id})
    await carry_out(desk, found, replace(change, steps=(step,)))
    return await _found(desk, found, id)


async def _found(desk: Desk, found: Designation, id: UUID) -> Record:
    row = await store.find(desk.db, found.id, own_of(desk.actor), id)
    if row is None:
        raise NotFound
    return row


async def _whose(desk: Desk, found: Designation, cited: Cited) -> UUID | None:
    """Whose application it is: as a coordinator says, else the caller's. Raises NotPermitted, Invalid."""
    named = cited.applicant_id
    if desk.actor.is_staff:
        insist_on(desk.actor, Permission.SCREEN_REQUESTS, None)
        if named is not None and await applicants.find(desk.db, named) is None:
            raise Invalid(flaws=[Flaw("/applicant", "unknown", "There is no such applicant.")])
        return named
    for_whom = found.holder_id if is_whole(desk.actor, found) else await _only_party(desk, found, named)
    if named not in {None, for_whom}:
        raise Invalid(flaws=[Flaw("/applicant", "own", "You record what you cite yourself.")])
    _insist_on_right(desk, for_whom)
    return for_whom


async def _only_party(desk: Desk, found: Designation, named: UUID | None) -> UUID:
    """The one of the caller's applicants that is authorized now. Raises NotFound, Invalid."""
    own = own_of(desk.actor) or []
    held = await given.held(desk.db, [found.id], own, civil_date(desk.now))
    parties = {each.party_id for each in held}
    if not parties:
        raise NotFound  # it is offered to the caller, which may see that much and no more
    if named is not None and named in parties:
        return named
    if len(parties) > 1:
        raise Invalid(flaws=[Flaw("/applicant", "which", "You act for several that are authorized.")])
    only: UUID = parties.pop()
    return only


def _insist_on_right(desk: Desk, applicant_id: UUID | None) -> None:
    if desk.actor.is_staff:
        insist_on(desk.actor, Permission.SCREEN_REQUESTS, None)
    else:
        insist_on(desk.actor, Permission.MANAGE_APPLICANT, applicant_id)


async def _authorization(
    desk: Desk, found: Designation, cited: Cited, applicant_id: UUID | None
) -> Record | None:
    """By which authorization another than the holder cites. Raises Invalid where none covers it."""
    if applicant_id == found.holder_id and cited.authorization_id is None:
        return None
    if desk.actor.is_staff and cited.authorization_id is None:
        return None
    candidates = await given.of_party(desk.db, found.id, applicant_id)
    named = [each for each in candidates if cited.authorization_id in {None, each.id}]
    fitting = [each for each in named if _covers(each, cited)]
    if not fitting:
        at = "/application" if cited.authorization_id is None else "/authorization_id"
        wrong = "No authorization covers this application on that day."
        raise Invalid(flaws=[Flaw(at, "not-authorized", wrong)])
    return fitting[0]


def _covers(row: Record, cited: Cited) -> bool:
    """Whether it stood on the day of the citation, for this application."""
    revoked_on = None if row.revoked_at is None else civil_date(row.revoked_at)
    return (
        Term(row.valid_from, row.valid_until).has(cited.cited_on)
        and (revoked_on is None or cited.cited_on < revoked_on)
        and Application(row.application_kind, row.application_number).covers(cited.application)
    )


def _flaws(found: Designation, cited: Cited, today: date) -> Iterator[Flaw]:
    if not cited.application.is_well_formed:
        form = WORDED_FORMS[cited.application.kind]
        yield Flaw("/application/number", "form", f"For {cited.application.kind}: {form}.")
    if cited.cited_on > today:
        yield Flaw("/cited_on", "not-in-the-future", "A citation is recorded when it was made.")
    if not Term(found.granted_on, found.ended_on).has(cited.cited_on):
        yield Flaw("/cited_on", "while-live", "The designation was not live on that day.")


def _change(
    found: Designation, what: str, id: UUID, applicant_id: UUID | None, facts: dict[str, Any]
) -> Change:
    """The holder hears of its own citations; those of others are for the program alone."""
    is_holders = applicant_id == found.holder_id
    audiences = (Audience.APPLICANT, Audience.PROGRAM) if is_holders else (Audience.PROGRAM,)
    told = tuple(Announcement("designation.cited", each, {"citation_id": str(id)}) for each in audiences)
    audience = Audience.APPLICANT if is_holders else Audience.PROGRAM
    return Change(what, {"citation_id": str(id), **facts}, audience=audience, announced=told)
