"""Dead letters over HTTP: seen by administrators alone, never what they hold, and revived once."""

import asyncio
import json

from sqlalchemy import select

from app.delivery.sending import Dead, Delivered
from app.services import post
from app.services.post import Letter
from app.store.deliveries import deliveries
from app.store.logs import security_log
from tests.api.hooks import at, send
from tests.delivery.given import Scripted, worker
from tests.given import Given

PATH = "/v1/program/dead-letters"


async def given_up(given: Given, count: int, kind: str = post.KIND, answer=lambda _: Dead("550 no such box")):
    """So many letters that nobody took, a second apart."""
    runtime = given.runtime
    for number in range(count):
        async with runtime.database.writing() as db:
            letter = Letter(f"canary-{number}@x.example", "key_created", {"label": "canary", "prefix": "p"})
            await post.queue(db, runtime.keyring, [letter], runtime.now())
        await worker(runtime.database, Scripted(answer), runtime.now, kind).drain()
        runtime.now.move(seconds=1)


async def test_an_administrator_sees_what_was_given_up_and_why_but_not_what_it_held(given: Given):
    admin = await given.staff("admin")
    await given_up(given, 1)
    answered = await admin.get(PATH)
    [letter] = answered.json()["items"]
    assert letter == {
        "id": letter["id"],
        "kind": "mail",
        "lane": "mail",
        "attempts": 1,
        "last_error": "550 no such box",
        "created_at": "2026-06-01T15:00:00.000000Z",
        "at": "2026-06-01T15:00:00.000000Z",
    }
    async with given.runtime.database.reading() as db:
        payload = (await db.execute(select(deliveries.c.payload))).scalar_one()
    assert payload
    assert payload not in answered.text
    assert "canary" not in answered.text


async def test_a_revived_letter_begins_anew_and_is_dead_no_more(given: Given):
    admin = await given.staff("admin")
    await given_up(given, 1)
    [letter] = (await admin.get(PATH)).json()["items"]
    answers = await asyncio.gather(*(admin.post(f"{PATH}/{letter['id']}/revivals") for _ in range(3)))
    assert sorted(each.status_code for each in answers) == [201, 404, 404]
    [revived] = [each.json() for each in answers if each.status_code == 201]
    assert revived == {"id": letter["id"], "kind": "mail", "lane": "mail", "status": "pending"}
    assert (await admin.get(PATH)).json()["items"] == []
    again = Scripted(lambda _: Delivered())
    await worker(given.runtime.database, again, given.runtime.now, post.KIND).drain()
    assert [str(each.id) for each in again.given] == [letter["id"]]
    async with given.runtime.database.reading() as db:
        query = select(security_log).where(security_log.c.action == "delivery_revived")
        row = (await db.execute(query)).one()
    assert (str(row.subject_id), row.actor_id, json.loads(row.facts)) == (
        letter["id"],
        admin.id,
        {"kind": "mail"},
    )


async def test_only_what_is_dead_is_revived(given: Given):
    admin, signer = await given.staff("admin"), await given.member()
    made = await given.endpoint(signer)
    test = (await signer.post(at(made, "/test-deliveries"))).json()
    assert (await admin.post(f"{PATH}/{test['id']}/revivals")).status_code == 404
    await send(given, lambda _: Dead("no"))
    assert (await admin.post(f"{PATH}/{test['id']}/revivals")).status_code == 201


async def test_dead_letters_exist_for_administrators_alone(given: Given):
    await given_up(given, 1)
    admin, signer = await given.staff("admin"), await given.member()
    clerk = await given.staff("coordinator", "reviewer", "auditor")
    [letter] = (await admin.get(PATH)).json()["items"]
    for person, status in ((signer, 404), (clerk, 403)):
        assert (await person.get(PATH)).status_code == status
        assert (await person.post(f"{PATH}/{letter['id']}/revivals")).status_code == status
    assert len((await admin.get(PATH)).json()["items"]) == 1


async def test_dead_letters_are_paged_latest_first_and_filtered_by_kind(given: Given):
    admin, signer = await given.staff("admin"), await given.member()
    await given_up(given, 4)
    made = await given.endpoint(signer)
    await signer.post(at(made, "/test-deliveries"))
    await send(given, lambda _: Dead("no"))
    seen, path = [], f"{PATH}?limit=2"
    while path:
        answered = await admin.get(path)
        seen += answered.json()["items"]
        path = answered.links["next"]["url"] if "next" in answered.links else ""
    assert [each["kind"] for each in seen] == ["webhook", "mail", "mail", "mail", "mail"]
    assert len({each["id"] for each in seen}) == 5
    assert [each["at"] for each in seen] == sorted((each["at"] for each in seen), reverse=True)
    assert [each["lane"] for each in (await admin.get(f"{PATH}?kind=webhook")).json()["items"]] == [
        f"webhook:{made['id']}"
    ]
    assert (await admin.get(f"{PATH}?kind=pigeon")).json()["items"] == []
