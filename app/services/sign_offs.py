"""Counsel's sign-offs: where the statute is silent, no designation is ended or graduated without one."""

from typing import Any

from app.domain.errors import NotFound
from app.domain.identity import new_id
from app.domain.policy import Audience, Permission
from app.services.designation_changes import Change, carry_out
from app.services.designations import insist_on, insist_on_life, seen
from app.services.transitions import Desk
from app.store.designation_records import sign_offs
from app.store.designations import Designation


async def program_only(desk: Desk, reference: str, *, lock: bool = False) -> Designation:
    """The designation, for staff: to anyone else there are no sign-offs."""
    if not desk.actor.is_staff:
        raise NotFound
    return await seen(desk, reference, lock=lock)


async def sign_off(desk: Desk, reference: str, purpose: str, note: str) -> dict[str, Any]:
    """Raises NotFound, NotPermitted, Conflict."""
    found = await program_only(desk, reference, lock=True)
    insist_on(desk.actor, Permission.END_DESIGNATIONS, None)
    insist_on_life(found)
    row = {
        "id": new_id(),
        "designation_id": found.id,
        "purpose": purpose,
        "note": note,
        "by": desk.actor.person_id,
        "at": desk.now,
    }
    facts = {"for": purpose, "sign_off_id": str(row["id"])}
    records = ((sign_offs, [row]),)
    change = Change("signed_off", facts, reason=note, audience=Audience.PROGRAM, records=records)
    await carry_out(desk, found, change)
    return row
