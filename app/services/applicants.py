"""Applicants: seen, managed, opened and changed by those who act for them."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from app.domain import exact_json
from app.domain.errors import Conflict, NotFound, NotPermitted
from app.domain.identity import new_id
from app.domain.policy import Actor, Permission, Scope
from app.services import security
from app.services.transitions import Desk
from app.store import applicant_list, applicants
from app.store.columns import Record

Applicant = Record
MOST: Final = 200  # that one person acts for: all of them are looked up with its key


async def seen(desk: Desk, id: UUID) -> Applicant:
    """The applicant, if the caller can see it. Raises NotFound."""
    found = await applicant_list.seen(desk.db, desk.actor, id)
    if found is None:
        raise NotFound
    if desk.actor.is_staff:
        await security.read_by_staff(
            desk.db,
            desk.now,
            person_id=desk.actor.person_id,
            key_id=desk.actor.key_id,
            subject_id=id,
            what="getApplicant",
        )
    return found


async def within(desk: Desk, id: UUID) -> None:
    """Raises NotFound for strangers and staff, NotPermitted for agents: this is for members and their machines."""
    actor = desk.actor
    if id not in actor.applicants(Permission.READ_REQUESTS):
        raise NotFound
    if actor.person_id is not None and await applicants.member(desk.db, id, actor.person_id) is None:
        raise NotPermitted("This is for members of the applicant, not for its agents.")


async def managed(desk: Desk, id: UUID) -> Applicant:
    """The applicant, locked, if the caller is a signer of it now. Raises NotFound, NotPermitted."""
    actor = desk.actor
    if id not in actor.standings:
        raise NotFound
    if actor.person_id is None or not actor.may(Permission.MANAGE_APPLICANT, id):
        raise NotPermitted("This needs the role signer of the applicant, and the scope requests:write.")
    found = await applicants.find(desk.db, id, lock=True)
    member = await applicants.member(desk.db, id, actor.person_id)
    if found is None or member is None or member.role != "signer":  # taken off since the call began
        raise NotFound
    return found


async def open_another(desk: Desk, sent: Mapping[str, Any]) -> UUID:
    """A new applicant whose signer the caller is. Raises NotPermitted for staff and machines."""
    actor = desk.actor
    if actor.person_id is None or actor.is_staff:
        raise NotPermitted("Only a person outside the program opens an applicant.")
    may_write(actor)
    if len(actor.standings) >= MOST:
        raise Conflict(f"You act for {MOST} applicants already.")
    id = new_id()
    row = {**columns(sent), "id": id, "created_at": desk.now, "updated_at": desk.now}
    await applicants.open_for(desk.db, row, actor.person_id, "signer")
    await security.note(desk.db, "applicant_opened", desk.now, actor_id=actor.person_id, subject_id=id)
    return id


async def change(desk: Desk, before: Applicant, sent: Mapping[str, Any]) -> None:
    """Writes all members anew. Drafts follow a change of type; what is filed stays as it was filed."""
    values = columns(sent)
    await applicants.change(desk.db, before.id, {**values, "updated_at": desk.now})
    if values["type"] != before.type:
        await applicant_list.retype_drafts(desk.db, before.id, values["type"])
    changed = [name for name, value in values.items() if getattr(before, name) != value]
    await security.note(
        desk.db,
        "applicant_changed",
        desk.now,
        actor_id=desk.actor.person_id,
        subject_id=before.id,
        members=" ".join(sorted(changed)),
    )


def columns(sent: Mapping[str, Any]) -> dict[str, Any]:
    """An applicant's members as its row keeps them; what was left out is nothing."""
    kept = {name: sent.get(name) for name in ("name", "type", "type_detail", "country")}
    return {**kept, "identifiers": exact_json.stored(sent.get("identifiers", {}))}


def may_write(actor: Actor) -> None:
    """Raises NotPermitted for a key that can change nothing."""
    if Scope.REQUESTS_WRITE not in actor.scopes:
        raise NotPermitted("This needs the scope requests:write.")
