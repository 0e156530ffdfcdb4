"""Designations: what a decision grants, who may see and do what with it, and how the world is told of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import exact_json
from app.domain.calendars import civil_date
from app.domain.designation_lifecycle import WORKFLOW, State, is_live
from app.domain.designations import number_of
from app.domain.errors import Conflict, NotFound, NotPermitted
from app.domain.identity import new_id
from app.domain.policy import SCOPE_OF, Actor, Audience, Permission
from app.services.announcements import Announcement, Subject
from app.services.transitions import Desk, Record
from app.store import designations as store
from app.store.designation_records import changes
from app.store.designations import Designation, designations
from app.store.requests import DesignationRequest

BOTH = (Audience.APPLICANT, Audience.PROGRAM)


@dataclass(frozen=True, slots=True)
class Grant:
    """What the signatory grants: this method in this context of use, to the applicant of the request."""

    request: DesignationRequest
    context_of_use: str
    method_name: str
    method_version: str | None
    decided_on: date
    at: datetime
    decision_n: int
    decided_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Granted:
    """A designation about to be: its rows, and whose events will tell of it."""

    designation: Designation
    records: tuple[Record, ...]
    subject: Subject

    @property
    def announced(self) -> tuple[Announcement, ...]:
        """That it was granted, for both sides."""
        return _announced(self.designation.request_number, self.designation.granted_on)

    @property
    def number(self) -> str:
        return self.designation.number


async def granted(db: AsyncConnection, grant: Grant, *, preview: bool = False) -> Granted:
    """The designation that a decision grants. A preview takes no number and shows one that is never given."""
    id, year = new_id(), grant.decided_on.year
    number = number_of(year, 0) if preview else await store.next_number(db, id, year)
    told = len(_announced(grant.request.number, grant.decided_on)) // len(BOTH)
    values = {
        "id": id,
        "number": number,
        "request_id": grant.request.id,
        "decision_n": grant.decision_n,
        "holder_id": grant.request.applicant_id,
        "holder_since": grant.at,
        "method_id": _registered_method(grant.request),
        "method_name": grant.method_name,
        "method_version": grant.method_version,
        "context_of_use": grant.context_of_use,
        "center": grant.request.lead_center,
        "state": WORKFLOW.initial.value,
        "granted_on": grant.decided_on,
        "granted_at": grant.at,
        "public": False,
        "revision": 1,
        "updated_at": grant.at,
        "changes_seq": 1,
        "applicant_sequence": told,
        "program_sequence": told,
    }
    first = {
        "designation_id": id,
        "seq": 1,
        "id": new_id(),
        "holder_id": grant.request.applicant_id,
        "at": grant.at,
        "audience": Audience.APPLICANT.value,
        "what": "granted",
        "by_kind": "program",
        "by_id": grant.decided_by,
        "facts": exact_json.stored({"method": grant.method_name, "context_of_use": grant.context_of_use}),
    }
    made = Designation.granted(values, grant.request)
    subject = of_designation(made, made.state, dict.fromkeys(BOTH, 0))
    return Granted(made, ((designations, [values]), (changes, [first])), subject)


def _announced(request_number: str, granted_on: date) -> tuple[Announcement, ...]:
    facts = {"designation_request": request_number, "granted_on": str(granted_on)}
    kinds: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("designation.granted", facts),
        ("designation.status_changed", {}),
    )
    return tuple(Announcement(type, audience, data) for audience in BOTH for type, data in kinds)


def _registered_method(request: DesignationRequest) -> UUID | None:
    named = (exact_json.decode(request.content).get("method") or {}).get("method_id")
    return None if named is None else UUID(named)


def of_designation(
    found: Designation, state: State, sequences: Mapping[Audience, int] | None = None
) -> Subject:
    """A designation as events tell of it; `state` is what it has after the change."""
    last = {Audience.APPLICANT: found.applicant_sequence, Audience.PROGRAM: found.program_sequence}
    return Subject(
        found.id,
        found.number,
        f"/v1/designations/{found.number}",
        found.holder_id,
        {"number": found.number, "status": state.value},
        last if sequences is None else sequences,
    )


async def seen(desk: Desk, reference: str, *, lock: bool = False) -> Designation:
    """The designation, if the caller can see it at all: whole, or the part it is authorized for."""
    found = await store.find(desk.db, desk.actor, reference, desk.now, civil_date(desk.now), lock=lock)
    if found is None:
        raise NotFound
    return found


async def seen_whole(desk: Desk, reference: str, *, lock: bool = False) -> Designation:
    """The designation, for its holder and for staff; for whoever is authorized there is nothing here."""
    found = await seen(desk, reference, lock=lock)
    if not is_whole(desk.actor, found):
        raise NotFound
    return found


async def held(desk: Desk, reference: str, permission: Permission) -> Designation:
    """The designation, locked, for whoever may do this for its holder. Raises NotFound, NotPermitted."""
    found = await seen_whole(desk, reference, lock=True)
    insist_on(desk.actor, permission, found.holder_id)
    return found


def is_whole(actor: Actor, found: Designation) -> bool:
    """Whether the caller, who can see it, sees all of it."""
    return actor.is_staff or found.holder_id in actor.applicants(Permission.READ_REQUESTS)


def own_of(actor: Actor) -> list[UUID] | None:
    """Whose things within a designation the caller reads; None: all."""
    return None if actor.is_staff else actor.applicants(Permission.READ_REQUESTS)


def insist_on(actor: Actor, permission: Permission, applicant_id: UUID | None) -> None:
    """Raises NotPermitted unless the caller is a person who may, for that applicant or in the program."""
    if actor.person_id is None or not actor.may(permission, applicant_id):
        scope = SCOPE_OF[permission].value
        raise NotPermitted(f"Your role must allow you to {permission.value}, with a key that has {scope}.")


def insist_on_life(found: Designation) -> None:
    """Raises Conflict for a designation that has ended: nothing new may rely on it."""
    if not is_live(found.state):
        state = found.state.value.replace("_", " ")
        raise Conflict(
            f"The designation is {state}; nothing new can rely on it.", (), present=found.state.value
        )
