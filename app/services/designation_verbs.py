"""What each transition of a designation does, as a plan: changes of the method, the ways it ends, graduation."""

from collections.abc import Mapping
from typing import Any

from app.domain import exact_json
from app.domain.calendars import civil_date
from app.domain.designation_lifecycle import State
from app.domain.designations import may_end_from
from app.domain.errors import Flaw, Invalid
from app.domain.notices import Hearer
from app.domain.workflow import Reason
from app.services import designation_letters
from app.services.correspondence import Said
from app.services.designation_changes import Change, Step, announced, signed
from app.services.designation_moves import Verb
from app.services.journal import instant
from app.services.snapshots import signature_of
from app.services.transitions import Call, Desk
from app.store import designation_records, transfers
from app.store.designations import Designation

MOVED = announced("designation.status_changed")
NO_NOTICE = Reason("no-notice", "The holder has had no notice: propose_end gives it.")


async def notify_change(desk: Desk, found: Designation, call: Call) -> Change:
    """Raises Invalid for a change that leaves the context of use: the entitlement is for that one alone."""
    said = call.arguments
    if said["alters_context_of_use"]:
        new = "Another context of use needs a new designation request, which names this designation."
        raise Invalid(flaws=[Flaw("/alters_context_of_use", "new-request", new)])
    told = {
        "change": said["change"],
        "effective_on": str(said["effective_on"]),
        "method_version": said.get("method_version"),
        "notified_at": instant(desk.now),
    }
    return Change(
        "change_notified",
        {**told, **_note(call)},
        values={"state": State.UPDATE_PENDING, "pending_change": exact_json.stored(told)},
        announced=MOVED,
        said=designation_letters.said(desk, found, "change_notified", {}),
    )


async def acknowledge_change(desk: Desk, found: Designation, call: Call) -> Change:
    pending = exact_json.decode(found.pending_change or "{}")
    version = pending.get("method_version")
    return Change(
        "change_acknowledged",
        {**pending, **_note(call)},
        values={
            "state": State.ACTIVE,
            "pending_change": None,
            "method_version": version or found.method_version,
        },
        announced=MOVED,
        said=await designation_letters.to_holder(desk, found, "change_acknowledged"),
    )


async def end_by_holder(desk: Desk, found: Designation, call: Call) -> Change:
    return await _ended(desk, found, call, State.ENDED_BY_HOLDER)


async def end_by_program(desk: Desk, found: Designation, call: Call) -> Change:
    return await _ended(desk, found, call, State.ENDED_BY_PROGRAM)


async def graduate(desk: Desk, found: Designation, call: Call) -> Change:
    return await _ended(desk, found, call, State.GRADUATED)


async def _ended(desk: Desk, found: Designation, call: Call, state: State) -> Change:
    """Nothing new may rely on it: authorizations stay as they were given and hold no more, an open offer ends."""
    offer = await transfers.pending(desk.db, found.id)
    closed = {"outcome": "ended", "closed_by": desk.actor.person_id, "closed_at": desk.now}
    reason = call.arguments.get("reason")
    said = {**({"reason": reason} if reason else {}), **_note(call)}
    return Change(
        state.value,
        _note(call),
        reason=reason,
        values={"state": state, "ended_on": civil_date(desk.now), "pending_change": None},
        announced=MOVED,
        said=await _farewells(desk, found, state.value),
        records=(signed(desk, found, signature_of(call), call.name, said),),
        steps=(Step(transfers.CLOSE, {**closed, "the_id": offer.id}),) if offer is not None else (),
    )


async def _farewells(desk: Desk, found: Designation, what: str) -> Said:
    holders, authorized = await designation_letters.concerned(desk, found, found.holder_id)
    heard = {Hearer.HOLDER: holders, Hearer.AUTHORIZED: authorized}
    return designation_letters.said(desk, found, what, heard)


async def propose_end(desk: Desk, found: Designation, call: Call) -> Change:
    reason, today = call.arguments["reason"], civil_date(desk.now)
    end_from = str(may_end_from(today))
    return Change(
        "end_proposed",
        {"end_from": end_from, **_note(call)},
        reason=reason,
        values={"notice_on": today, "notice_reason": reason},
        announced=announced("designation.end_proposed"),
        said=await designation_letters.to_holder(desk, found, "end_proposed", end_from=end_from),
        records=(signed(desk, found, signature_of(call), call.name, {"reason": reason, **_note(call)}),),
    )


async def withdraw_notice(desk: Desk, found: Designation, call: Call) -> Change:
    return Change(
        "notice_withdrawn",
        reason=call.note,
        values={"notice_on": None, "notice_reason": None},
        announced=announced("designation.notice_withdrawn"),
        said=await designation_letters.to_holder(desk, found, "notice_withdrawn"),
    )


async def while_notice_is_pending(desk: Desk, found: Designation) -> list[Reason]:  # noqa: ARG001 - the shape of every guard
    return [] if found.notice_on is not None else [NO_NOTICE]


async def no_notice_yet(desk: Desk, found: Designation) -> list[Reason]:  # noqa: ARG001 - the shape of every guard
    if found.notice_on is None:
        return []
    return [Reason("notice-given", f"The holder was given notice on {found.notice_on}.")]


async def after_notice(desk: Desk, found: Designation) -> list[Reason]:
    """Where the statute is silent, counsel signs off; and nobody is surprised."""
    reasons = await _unless_signed_off(desk, found, State.ENDED_BY_PROGRAM)
    if found.notice_on is None:
        return [*reasons, NO_NOTICE]
    end_from = may_end_from(found.notice_on)
    if civil_date(desk.now) < end_from:
        reasons.append(Reason("notice-running", f"The notice to the holder runs until {end_from}."))
    return reasons


async def when_graduation_is_signed_off(desk: Desk, found: Designation) -> list[Reason]:
    return await _unless_signed_off(desk, found, State.GRADUATED)


async def _unless_signed_off(desk: Desk, found: Designation, purpose: State) -> list[Reason]:
    if await designation_records.is_signed_off(desk.db, found.id, purpose.value):
        return []
    return [Reason("not-signed-off", "Counsel has not signed this off.")]


def _note(call: Call) -> dict[str, Any]:
    return {"note": call.note} if call.note is not None else {}


VERBS: Mapping[str, Verb] = {
    "notify_change": Verb(notify_change),
    "acknowledge_change": Verb(acknowledge_change),
    "end_by_holder": Verb(end_by_holder),
    "propose_end": Verb(propose_end, no_notice_yet),
    "withdraw_notice": Verb(withdraw_notice, while_notice_is_pending),
    "end_by_program": Verb(end_by_program, after_notice),
    "graduate": Verb(graduate, when_graduation_is_signed_off),
}
