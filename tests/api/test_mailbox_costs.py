"""What mailboxes ask of the database: a budget for each call, the same for much as for little."""

from collections.abc import Awaitable, Callable

import httpx2

from tests.api.test_statement_counts import READ, WRITE, cost
from tests.given import Given, Person
from tests.mailboxes import BOXES, begin, mark, reply
from tests.statements import budget

# an answer about nothing that counts events by itself locks its thread and counts there
UNNUMBERED = 1


async def _costs(given: Given, members: int, threads: int) -> dict[str, int]:
    """Of each call, for an applicant with so many people and threads."""
    owner, desk = await given.member(), await given.desk()
    for _ in range(members - 1):
        await given.member("preparer", owner.applicant_id)
    number = (await given.under_assessment(owner, desk))["number"]
    at = f"{BOXES}/{owner.applicant_id}"
    begun = [await begin(owner, owner.applicant_id) for _ in range(threads)]
    about = await begin(owner, owner.applicant_id, about=number)
    for each in (about, *begun):
        for _ in range(threads):
            await reply(desk.lead, each)
    since = (await owner.get(f"{at}/changes")).json()["next"]
    await mark(owner, begun[0]["url"], "opened", through=2)
    opening = {"subject": "S", "text": "T"}
    message = about["items"][0]["id"]
    seen = [{"id": each["id"], "through": 1} for each in (about, *begun)]

    calls: dict[str, Callable[[], Awaitable[httpx2.Response]]] = {
        "mailboxes": lambda: owner.get(BOXES),
        "desks": lambda: desk.coordinator.get(BOXES),
        "threads": lambda: owner.get(f"{at}/threads"),
        "unread": lambda: owner.get(f"{at}/threads?unread=true&archived=false&turn=applicant"),
        "changes": lambda: owner.get(f"{at}/changes", params={"since": since}),
        "read": lambda: owner.get(about["url"]),
        "read inside": lambda: desk.lead.get(about["url"]),
        "mark message": lambda: owner.post(f"/v1/messages/{message}/receipts", json={"state": "opened"}),
        "mark thread": lambda: owner.post(f"{about['url']}/receipts", json={"state": "opened", "through": 2}),
        "mark mailbox": lambda: owner.post(f"{at}/receipts", json={"state": "archived", "threads": seen}),
        "answer": lambda: owner.post(f"{about['url']}/messages", json={"text": "T"}),
        "answer unnumbered": lambda: owner.post(f"{begun[0]['url']}/messages", json={"text": "T"}),
        "begin": lambda: owner.post(f"{at}/threads", json=opening),
        "begin about": lambda: owner.post(f"{at}/threads", json={**opening, "about": number}),
    }
    return {name: await cost(given, call) for name, call in calls.items()}


async def test_calls_of_mailboxes_take_as_many_statements_for_much_as_for_little(given: Given):
    little = await _costs(given, members=1, threads=1)
    assert await _costs(given, members=6, threads=5) == little
    reads = {"mailboxes", "desks", "threads", "unread", "changes", "read", "read inside"}
    allowed = {name: READ if name in reads else WRITE for name in little}
    allowed["answer unnumbered"] += UNNUMBERED
    for name in ("answer", "answer unnumbered", "begin", "begin about"):
        allowed[name] = budget(given.runtime.database, allowed[name])
    assert {name: count for name, count in little.items() if count > allowed[name]} == {}


async def test_the_person_that_a_thread_is_shown_to_costs_nothing_more(given: Given):
    """A control: the counter does count."""
    owner: Person = await given.member()
    assert await cost(given, lambda: owner.get(BOXES)) == 2
