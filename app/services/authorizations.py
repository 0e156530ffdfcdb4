"""Authorizations: the holder lets another person reference the data, in the same context of use (506L(d)(2))."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.domain import exact_json
from app.domain.calendars import civil_date
from app.domain.designations import WORDED_FORMS, Application
from app.domain.errors import Conflict, EmailNotConfirmed, Flaw, Invalid, NotFound
from app.domain.identity import new_id
from app.domain.notices import Hearer
from app.domain.policy import Permission
from app.services import designation_letters
from app.services.correspondence import Said
from app.services.designation_changes import Change, Step, announced, carry_out
from app.services.designation_letters import Reached
from app.services.designations import held, insist_on_life
from app.services.transitions import Desk
from app.store import authorizations as store
from app.store.authorizations import authorizations
from app.store.columns import Record
from app.store.designations import Designation

MOST = 500  # of one designation, those that are over included


@dataclass(frozen=True, slots=True)
class Party:
    """Who is authorized: an applicant here or, without an account, a name and perhaps an address."""

    applicant_id: UUID | None = None
    name: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """What the holder says: who, for which application, which items of which date, on which civil days."""

    party: Party
    application: Application
    items: Sequence[dict[str, Any]]  # {what, dated}
    valid_from: date | None
    valid_until: date | None


async def give(desk: Desk, reference: str, given: Given) -> tuple[Designation, Record]:
    """Raises NotFound, NotPermitted, EmailNotConfirmed, Conflict, Invalid."""
    found = await held(desk, reference, Permission.MANAGE_APPLICANT)
    if not desk.actor.email_confirmed:
        raise EmailNotConfirmed  # the other side is told by mail who lets it reference what
    insist_on_life(found)
    number, name = await store.beside(desk.db, found.id, given.party.applicant_id)
    flaws = list(_flaws(found, given, civil_date(desk.now)))
    if given.party.applicant_id is not None and name is None:
        flaws.append(Flaw("/person/applicant_id", "unknown", "There is no such applicant."))
    if flaws:
        raise Invalid(flaws=flaws)
    if number >= MOST:
        raise Conflict(f"The designation has {MOST} authorizations already.")
    row = _row(desk, found, given)
    after = await carry_out(
        desk,
        found,
        Change(
            "authorization_given",
            {"authorization_id": str(row["id"]), "application": given.application.kind},
            announced=announced("designation.authorization_given", authorization_id=str(row["id"])),
            said=await _said_of_giving(desk, found, row, name),
            records=((authorizations, [row]),),
        ),
    )
    made = await store.find(desk.db, found.id, row["id"])
    assert made is not None  # noqa: S101 - made in this transaction
    return after, made


async def revoke(desk: Desk, reference: str, id: UUID, insist: Callable[[Designation, Record], None]) -> None:
    """Ends it at once and tells both sides; one that was revoked before stays as it is."""
    found = await held(desk, reference, Permission.MANAGE_APPLICANT)
    given = await store.find(desk.db, found.id, id)
    if given is None:
        raise NotFound
    insist(found, given)
    if given.revoked_at is not None:
        return
    told = await _told(desk, found, given.party_id, given.party_email)
    ended = {"revoked_at": desk.now, "revoked_by": desk.actor.person_id, "the_id": id}
    change = Change(
        "authorization_revoked",
        {"authorization_id": str(id)},
        announced=announced("designation.authorization_revoked", authorization_id=str(id)),
        said=designation_letters.said(
            desk, found, "authorization_revoked", {Hearer.PARTIES: told}, party=given.name_of_party
        ),
        steps=(Step(store.REVOKE, ended),),
    )
    await carry_out(desk, found, change)


def _row(desk: Desk, found: Designation, given: Given) -> dict[str, Any]:
    return {
        "id": new_id(),
        "designation_id": found.id,
        "holder_id": found.holder_id,
        "party_id": given.party.applicant_id,
        "party_name": given.party.name,
        "party_email": given.party.email,
        "application_kind": given.application.kind,
        "application_number": given.application.number,
        "items": exact_json.stored(list(given.items)),
        "valid_from": given.valid_from or civil_date(desk.now),
        "valid_until": given.valid_until,
        "created_by": desk.actor.person_id,
        "created_at": desk.now,
    }


async def _said_of_giving(desk: Desk, found: Designation, row: dict[str, Any], name: str | None) -> Said:
    term = {"from": str(row["valid_from"]), "until": str(row["valid_until"] or "it is ended")}
    return designation_letters.said(
        desk,
        found,
        "authorization_given",
        {Hearer.PARTIES: await _told(desk, found, row["party_id"], row["party_email"])},
        party=name or row["party_name"],
        **term,
    )


async def _told(desk: Desk, found: Designation, party_id: UUID | None, email: str | None) -> list[Reached]:
    """Both sides: the signers of the holder, and those of the party or the address it has."""
    members = [found.holder_id, *([party_id] if party_id is not None else [])]
    alone = [] if email is None else [Reached(email)]
    return [*await designation_letters.signers(desk, members), *alone]


def _flaws(found: Designation, given: Given, today: date) -> list[Flaw]:
    flaws = []
    if not given.application.is_well_formed:
        form = WORDED_FORMS[given.application.kind]
        flaws.append(Flaw("/application/number", "form", f"For {given.application.kind}: {form}."))
    begins = given.valid_from or today
    if begins < today:
        flaws.append(Flaw("/from", "today-or-later", "An authorization is for what comes."))
    if given.valid_until is not None and given.valid_until < max(begins, today):
        flaws.append(Flaw("/until", "from-or-later", "It ends on its first day or later, not before today."))
    for place, item in enumerate(given.items):
        if item["dated"] > today:
            at = f"/items_covered/{place}/dated"
            flaws.append(Flaw(at, "not-in-the-future", "Only information that there is can be referenced."))
    if given.party.applicant_id == found.holder_id:
        own = "The holder needs no authorization of its own."
        flaws.append(Flaw("/person/applicant_id", "other-than-holder", own))
    return flaws
