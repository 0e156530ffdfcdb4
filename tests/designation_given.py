"""Designations for tests: granted by a decision."""

from typing import Any

import httpx2

from app.domain.designation_lifecycle import TRANSITIONS
from tests.given import DECISIONS, Given, Person

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
    "end_by_program": {"reason": "The control strategy is no longer used."},
}


async def granted(given: Given, holder: Person, context_of_use: str = CONTEXT) -> str:
    """The number of a designation that the signer's applicant holds."""
    desk = await given.desk()
    request = await given.recommended(holder, desk, context=context_of_use)
    decided = await given.move(desk.signatory, request["number"], "designate", **DECISIONS["designate"])
    assert decided.status_code == 200, decided.text
    held = (await holder.get(PATH)).json()["items"]
    return next(each["number"] for each in held if each["designation_request"] == request["number"])


async def move(given: Given, person: Person, number: str, name: str, **arguments: Any) -> httpx2.Response:
    """A transition, signed where it needs a signature, with arguments that do where none are given."""
    body = {**ARGUMENTS.get(name, {}), **arguments}
    if "signature" in TRANSITIONS[name].requires:
        body.setdefault("signature", given.signature(person))
    query = "?preview=true" if body.pop("preview", False) else ""
    return await person.post(f"{PATH}/{number}/transitions{query}", json={"name": name, **body})
