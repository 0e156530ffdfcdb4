"""Designations for tests: granted as a decision grants them, on a request that SQL has moved to `designated`."""

from typing import Any

import httpx2
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.calendars import civil_date
from app.domain.designation_lifecycle import TRANSITIONS
from app.domain.policy import Actor, Audience, Role
from app.services import designations
from app.services.designations import Grant, Granted
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
    "withdraw_notice": {"note": "It is in use again."},
    "end_by_program": {"reason": "The control strategy is no longer used."},
}


async def granted(
    given: Given, holder: Person, context_of_use: str = CONTEXT, *, filed: str | None = None
) -> str:
    """The number of a designation that the signer's applicant holds; `filed` is that of the request, else a new one."""
    runtime, signatory = given.runtime, await given.staff("signatory")
    request = filed or (await given.submitted(holder))["number"]
    async with runtime.database.writing() as db:
        grant = await _decided(given, db, request, signatory, context_of_use)
        made, writes = await designations.granted(db, grant), Writes()
        for table, rows in made.records:
            writes.insert(table, rows)
        await designations.gather_granted(db, writes, made, runtime.now(), runtime.settings.public_url)
        await writes.send(db)
    return made.number


async def preview_of_grant(given: Given, holder: Person) -> Granted:
    """What a decision would grant, with nothing of it done."""
    filed, signatory = await given.submitted(holder), await given.staff("signatory")
    async with given.runtime.database.writing() as db:
        grant = await _decided(given, db, filed["number"], signatory, CONTEXT)
        return await designations.granted(db, grant, preview=True)


async def _decided(
    given: Given, db: AsyncConnection, number: str, signatory: Person, context_of_use: str
) -> Grant:
    """The request as a decision leaves it, and what the decision grants."""
    row, now = requests.requests, given.runtime.now()
    moved = row.update().where(row.c.number == number)
    await db.execute(moved.values(state="designated", status="designated", lead_center="CBER"))
    actor = Actor(None, signatory.id, signatory.name, Audience.PROGRAM, roles=frozenset({Role.SIGNATORY}))
    request = await requests.find(db, actor, number, lock=True)
    assert request is not None
    return Grant(
        request, context_of_use, "Loop-controlled expansion", "2", civil_date(now), now, 1, signatory.id
    )


async def move(given: Given, person: Person, number: str, name: str, **arguments: Any) -> httpx2.Response:
    """A transition, signed where it needs a signature, with arguments that do where none are given."""
    body = {**ARGUMENTS.get(name, {}), **arguments}
    if "signature" in TRANSITIONS[name].requires:
        body.setdefault("signature", given.signature(person))
    query = "?preview=true" if body.pop("preview", False) else ""
    return await person.post(f"{PATH}/{number}/transitions{query}", json={"name": name, **body})
