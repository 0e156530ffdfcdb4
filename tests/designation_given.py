"""Designations for tests: granted by a decision."""

from typing import Any

import httpx2

from app.domain.designation_lifecycle import TRANSITIONS
from tests.given import DECISIONS, Desk, Given, Person

PATH = "/v1/designations"
CONTEXT = "Closed autologous T-cell expansion for products of one donor"
ARGUMENTS = {
    "notify_change": {
        "change": "A second feeder of the same model.",
        "effective_on": "2026-07-01",
        "alters_context_of_use": False,
        "method_version": "3",
    },
    "propose_end": {"reason": "The control strategy is no longer used."},
    "withdraw_notice": {"note": "It is in use again."},
    "end_by_program": {"reason": "The control strategy is no longer used."},
}


async def granted(
    given: Given, holder: Person, context_of_use: str = CONTEXT, *, filed: str | None = None
) -> str:
    """The number of a designation that the signer's applicant holds; `filed` is that of its request, else a new one."""
    desk = await given.desk()
    request = filed or (await given.submitted(holder))["number"]
    await recommended(given, desk, request, context_of_use)
    decided = await given.move(desk.signatory, request, "designate", **DECISIONS["designate"])
    assert decided.status_code == 200, decided.text
    held = (await holder.get(PATH)).json()["items"]
    return next(each["number"] for each in held if each["designation_request"] == request)


async def recommended(given: Given, desk: Desk, request: str, context_of_use: str = CONTEXT) -> None:
    """Brings a received request before the signatory."""
    lead = {"lead_center": "CBER", "lead_reviewer_id": str(desk.lead.id)}
    accepted = await given.move(desk.coordinator, request, "accept", **lead)
    assert accepted.status_code == 200, accepted.text
    await given.rated(desk, request)
    fixed = {"outcome": "designate", "context_of_use": context_of_use}
    moved = await given.move(desk.lead, request, "recommend", **fixed)
    assert moved.status_code == 200, moved.text


async def move(given: Given, person: Person, number: str, name: str, **arguments: Any) -> httpx2.Response:
    """A transition, signed where it needs a signature, with arguments that do where none are given."""
    body = {**ARGUMENTS.get(name, {}), **arguments}
    if "signature" in TRANSITIONS[name].requires:
        body.setdefault("signature", given.signature(person))
    query = "?preview=true" if body.pop("preview", False) else ""
    return await person.post(f"{PATH}/{number}/transitions{query}", json={"name": name, **body})
