"""Designations for tests: granted as a decision grants them, on a request that SQL has moved to `designated`."""

from typing import Any

import httpx2

from app.domain.calendars import civil_date
from app.domain.designation_lifecycle import TRANSITIONS
from app.domain.policy import Actor, Audience, Role
from app.services import designations
from app.services.designations import Grant
from app.store import requests
from app.store.writes import Writes
from tests.given import Given, Person

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
    runtime = given.runtime
    filed = await given.submitted(holder)
    signatory = await given.staff("signatory", "auditor")
    async with runtime.database.writing() as db:
        row = requests.requests
        moved = row.update().where(row.c.number == filed["number"])
        await db.execute(moved.values(state="designated", status="designated", lead_center="CBER"))
        actor = Actor(None, signatory.id, signatory.name, Audience.PROGRAM, roles=frozenset({Role.SIGNATORY}))
        request = await requests.find(db, actor, filed["number"], lock=True)
        grant = Grant(
            request,
            context_of_use,
            "Loop-controlled expansion",
            "2",
            civil_date(runtime.now()),
            runtime.now(),
            1,
            signatory.id,
        )
        made, writes = await designations.granted(db, grant), Writes()
        for table, rows in made.records:
            writes.insert(table, rows)
        await designations.gather_granted(db, writes, made, runtime.now(), runtime.settings.public_url)
        await writes.send(db)
    return made.number


async def move(given: Given, person: Person, number: str, name: str, **arguments: Any) -> httpx2.Response:
    """A transition, signed where it needs a signature, with arguments that do where none are given."""
    body = {**ARGUMENTS.get(name, {}), **arguments}
    if "signature" in TRANSITIONS[name].requires:
        body.setdefault("signature", given.signature(person))
    query = "?preview=true" if body.pop("preview", False) else ""
    return await person.post(f"{PATH}/{number}/transitions{query}", json={"name": name, **body})
