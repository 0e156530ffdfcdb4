"""What the tests of webhooks share: their addresses, a machine of the program, and a sender that does as it is told."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import text

from app.delivery.loop import Worker
from app.delivery.sending import Delivered, Outcome
from app.domain.policy import Scope
from app.services import keys
from app.services.fan_out import KIND
from app.services.keys import Owner
from app.store.deliveries import Claimed
from tests.delivery.given import Scripted
from tests.given import Given, Person

PATH = "/v1/webhook-endpoints"
LOG = "/v1/webhook-deliveries"
URL = "https://hooks.partner.example/in"
BODY = {"url": URL, "event_types": ["*"]}


def at(endpoint: dict[str, Any], rest: str = "") -> str:
    return f"{PATH}/{endpoint['id']}{rest}"


async def tagged(person: Person, endpoint: dict[str, Any]) -> dict[str, str]:
    """If-Match with the tag that the endpoint has now."""
    return {"If-Match": (await person.get(at(endpoint))).headers["etag"]}


async def patched(person: Person, endpoint: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    answered = await person.patch(at(endpoint), json=body, headers=await tagged(person, endpoint))
    assert answered.status_code == 200, answered.text
    return answered.json()


async def machine(given: Given, *scopes: Scope) -> Person:
    """A machine of the program, as `amtdp keys create --program` makes its key."""
    async with given.runtime.database.writing() as db:
        made = await keys.make(
            db,
            given.runtime.keyring,
            Owner(),
            given.runtime.now(),
            scopes=scopes or tuple(keys.MACHINE_SCOPES),
            label="case system",
        )
    return Person(made.id, "case system", "", made.text, made.id, given.client)


async def at_once(given: Given, *calls: Awaitable[Any]) -> list[Any]:
    """The answers of calls that truly meet: each finds a connection open, and none waits for one to be made."""

    database = given.runtime.database

    async def hold(way: Any) -> None:
        async with way() as db:
            await db.execute(text("SELECT 1"))
            await asyncio.sleep(0 if database.is_sqlite else 0.2)

    await asyncio.gather(*(hold(way) for _ in calls for way in (database.reading, database.writing)))
    return list(await asyncio.gather(*calls))


async def send(given: Given, answer: Callable[[Claimed], Outcome] = lambda _: Delivered()) -> list[Claimed]:
    """Has everything that is due end as told; what was sent."""
    sender = Scripted(answer)
    runtime = given.runtime
    await Worker(runtime.database, {KIND: sender}, runtime.now, random=random.Random(1)).drain()
    return sender.given
