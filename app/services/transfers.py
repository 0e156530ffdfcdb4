"""Transfers: a designation passes to another holder by the signatures of both. Authorizations that were given stay."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from app.domain.designations import OFFER_LIFE
from app.domain.errors import Conflict, EmailNotConfirmed, Flaw, Invalid, NotFound
from app.domain.identity import new_id
from app.domain.notices import Hearer
from app.domain.policy import Permission
from app.services import designation_letters
from app.services.designation_changes import Change, Step, announced, carry_out, signed
from app.services.designations import held, insist_on, insist_on_life, own_of, seen
from app.services.journal import instant
from app.services.transitions import Desk
from app.store import applicants
from app.store import transfers as store
from app.store.columns import Record
from app.store.designations import Designation
from app.store.transfers import transfers

Signature = Mapping[str, Any]


async def offer(desk: Desk, reference: str, to: UUID, signature: Signature) -> Record:
    """Raises NotFound, NotPermitted, EmailNotConfirmed, Conflict, Invalid."""
    found = await held(desk, reference, Permission.HOLD_DESIGNATIONS)
    if not desk.actor.email_confirmed:
        raise EmailNotConfirmed
    _insist_on_freedom(found)
    receiver = await applicants.find(desk.db, to)
    if receiver is None or to == found.holder_id:
        said = "There is no such applicant." if receiver is None else "The holder has it already."
        raise Invalid(flaws=[Flaw("/to", "another-applicant", said)])
    await _clear(desk, found)
    id, expires_at = new_id(), desk.now + OFFER_LIFE
    row = {
        "id": id,
        "designation_id": found.id,
        "from_id": found.holder_id,
        "to_id": to,
        "offered_by": desk.actor.person_id,
        "offered_at": desk.now,
        "expires_at": expires_at,
    }
    terms = {"transfer_id": str(id), "to": str(to)}
    told = await designation_letters.to_parties(
        desk,
        found,
        "transfer_offered",
        [found.holder_id, to],
        receiver=receiver.name,
        until=instant(expires_at),
    )
    records = ((transfers, [row]), signed(desk, found, signature, "offer_transfer", terms))
    change = Change("transfer_offered", terms, said=told, records=records)
    await carry_out(desk, found, change)
    return await _found(desk, found, id)


async def _clear(desk: Desk, found: Designation) -> None:
    """Makes room for a new offer where the last one has expired. Raises Conflict where it stands."""
    before = await store.pending(desk.db, found.id)
    if before is None:
        return
    if before.expires_at > desk.now:
        raise Conflict("There is an open offer; withdraw it first.", (), transfer_id=str(before.id))
    values = {"outcome": "expired", "closed_at": before.expires_at, "the_id": before.id}
    await store.CLOSE.run(desk.db, values)  # before the new one: one offer at most is without an outcome


async def accept(desk: Desk, reference: str, id: UUID, signature: Signature) -> Designation:
    """The receiving applicant signs too, and holds it from this instant on. Raises NotFound, NotPermitted, Conflict."""
    found = await seen(desk, reference, lock=True)
    offered = await _found(desk, found, id)
    insist_on(desk.actor, Permission.HOLD_DESIGNATIONS, offered.to_id)
    _insist_open(desk, offered)
    _insist_on_freedom(found)
    terms = {"transfer_id": str(id), "from": str(offered.from_id), "to": str(offered.to_id)}
    holders, authorized = await designation_letters.concerned(desk, found, offered.from_id, offered.to_id)
    heard = {Hearer.PARTIES: holders, Hearer.AUTHORIZED: authorized}
    change = Change(
        "transferred",
        terms,
        values={
            "holder_id": offered.to_id,
            "holder_since": desk.now,
            # consent to publish is the new holder's to give
            "public": False,
            "public_as_of": None,
            "public_statement": None,
        },
        announced=announced("designation.transferred"),
        said=designation_letters.said(
            desk, found, "transferred", heard, receiver=offered.to_name, at=instant(desk.now)
        ),
        records=(signed(desk, found, signature, "accept_transfer", terms),),
        steps=(_closing(desk, offered, "accepted"),),
    )
    await carry_out(desk, found, change)
    return await seen(desk, reference)


async def close(desk: Desk, reference: str, id: UUID, insist: Callable[[Record], None]) -> None:
    """Its holder withdraws an offer, the receiving applicant declines it; one that is over stays as it is."""
    found = await seen(desk, reference, lock=True)
    offered = await _found(desk, found, id)
    by_holder = desk.actor.may(Permission.HOLD_DESIGNATIONS, offered.from_id)
    insist_on(desk.actor, Permission.HOLD_DESIGNATIONS, offered.from_id if by_holder else offered.to_id)
    insist(offered)
    _insist_open(desk, offered)
    outcome = "withdrawn" if by_holder else "declined"
    told = await designation_letters.to_parties(
        desk,
        found,
        f"transfer_{outcome}",
        [offered.from_id, offered.to_id],
        receiver=offered.to_name,
        outcome=outcome,
    )
    change = Change(
        f"transfer_{outcome}",
        {"transfer_id": str(id)},
        said=told,
        steps=(_closing(desk, offered, outcome),),
    )
    await carry_out(desk, found, change)


def state_of(row: Record, desk: Desk) -> str:
    """What has become of an offer; that it has expired is nobody's act."""
    if row.outcome is not None:
        return str(row.outcome)
    return "offered" if row.expires_at > desk.now else "expired"


async def _found(desk: Desk, found: Designation, id: UUID) -> Record:
    row = await store.find(desk.db, found.id, own_of(desk.actor), id)
    if row is None:
        raise NotFound
    return row


def _closing(desk: Desk, offered: Record, outcome: str) -> Step:
    values = {"outcome": outcome, "closed_by": desk.actor.person_id, "closed_at": desk.now}
    return Step(store.CLOSE, {**values, "the_id": offered.id})


def _insist_open(desk: Desk, offered: Record) -> None:
    state = state_of(offered, desk)
    if state != "offered":
        raise Conflict(f"The offer is {state}.", (), present=state)


def _insist_on_freedom(found: Designation) -> None:
    """Raises Conflict where it has ended, or its holder has had notice: that is given to a holder, not to a thing."""
    insist_on_life(found)
    if found.notice_on is not None:
        raise Conflict("The program has given notice that it means to end the designation.")
