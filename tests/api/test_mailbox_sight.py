"""Who hears what a person writes, and who sees nothing of it: tables of situations, and canaries."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.domain.lifecycle import State
from app.store.people import people
from tests import desk as program
from tests.given import CONTEXT, DECISIONS, Desk, Given, Person
from tests.mailboxes import BOXES, begin, boxes, listed, read, reply

PATH = "/v1/designation-requests"
CANARY = "canary-words-in-confidence"


class House:
    """An applicant with a colleague and an agent, and everyone of the program, around one received request."""

    def __init__(self, given: Given) -> None:
        self.given = given
        self.people: dict[str, Person] = {}
        self.number = ""

    @classmethod
    async def built(cls, given: Given) -> "House":
        house, owner = cls(given), await given.member()
        agent = await given.member()
        mandate = {"agent": str(agent.applicant_id), "scope": "read"}
        made = await owner.post(f"/v1/applicants/{owner.applicant_id}/mandates", json=mandate)
        assert made.status_code == 201, made.text
        house.people = {
            "owner": owner,
            "colleague": await given.member("preparer", owner.applicant_id),
            "agent": agent,
            "stranger": await given.member(),
            "coordinator": await given.staff("coordinator"),
            "lead": await given.staff("reviewer"),
            "mate": await given.staff("reviewer"),
            "signatory": await given.staff("signatory"),
            "auditor": await given.staff("auditor"),
        }
        house.number = (await given.submitted(owner))["number"]
        return house

    def __getattr__(self, name: str) -> Person:
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None

    async def assign(self) -> None:
        accept = {"lead_center": "CBER", "lead_reviewer_id": str(self.lead.id)}
        moved = await self.given.move(self.coordinator, self.number, "accept", **accept)
        assert moved.status_code == 200, moved.text
        await program.assign(self.coordinator, self.number, self.mate)

    async def recuse(self, name: str) -> None:
        declared = await self.people[name].post(f"{PATH}/{self.number}/conflicts", json={"reason": "Shares."})
        assert declared.status_code in {200, 201}, declared.text

    async def leave(self, name: str) -> None:
        async with self.given.runtime.database.writing() as db:
            gone = people.update().where(people.c.id == self.people[name].id)
            await db.execute(gone.values(active=False))

    async def hearers(self, thread: dict[str, Any]) -> set[str]:
        """Who has the newest message of the thread unread in some mailbox of theirs."""
        found = set()
        for name, person in self.people.items():
            answered = await person.get(BOXES)
            if answered.status_code != 200:
                continue
            for box in answered.json()["items"]:
                unread = await listed(person, box["id"], "?unread=true")
                assert len(unread) == box["unread"]
                if any(each["id"] == thread["id"] for each in unread):
                    found.add(name)
        return found


@pytest.fixture
async def house(given: Given) -> House:
    return await House.built(given)


async def unassigned(_: House) -> None: ...


async def assigned(house: House) -> None:
    await house.assign()


async def decided(house: House) -> None:
    await house.assign()
    await program.put(house.given, house.number, State.DESIGNATED)


async def withdrawn(house: House) -> None:
    assert (await house.given.move(house.owner, house.number, "withdraw")).status_code == 200


async def lead_recused(house: House) -> None:
    await house.assign()
    await house.recuse("lead")


async def nobody_left_but_the_desk(house: House) -> None:
    await house.assign()
    await house.leave("lead")
    await house.leave("mate")


async def only_coordinator_recused(house: House) -> None:
    await house.recuse("coordinator")


THEIRS = {"colleague", "agent"}
Situation = Callable[[House], Awaitable[None]]


@pytest.mark.parametrize(
    ("situation", "inside"),
    [
        (unassigned, {"coordinator"}),
        (assigned, {"lead", "mate"}),
        (decided, {"lead", "mate"}),
        (withdrawn, {"coordinator"}),
        (lead_recused, {"mate"}),
        (nobody_left_but_the_desk, {"coordinator"}),
        (only_coordinator_recused, {"signatory"}),
    ],
    ids=lambda each: getattr(each, "__name__", "-"),
)
async def test_what_an_applicant_writes_is_heard_whatever_became_of_the_request(
    house: House, situation: Situation, inside: set[str]
):
    await situation(house)
    thread = await begin(house.owner, house.owner.applicant_id, about=house.number)
    assert await house.hearers(thread) == THEIRS | inside
    assert thread["turn"] == "program"


async def test_what_the_program_writes_is_heard_by_the_applicant_and_by_who_works_on_it(house: House):
    await house.assign()
    mailbox = house.mate.id
    thread = await begin(house.mate, mailbox, about=house.number)
    assert await house.hearers(thread) == {*THEIRS, "owner", "lead"}
    assert thread["turn"] == "applicant"
    assert [each["id"] for each in await listed(house.mate, mailbox) if each["id"] == thread["id"]]


async def test_what_stays_inside_is_heard_inside_alone_and_by_who_wrote_there_before(house: House):
    await house.assign()
    thread = await begin(
        house.signatory, house.signatory.id, about=house.number, audience="program", text=CANARY
    )
    assert await house.hearers(thread) == {"lead", "mate"}
    await reply(house.lead, thread)
    assert await house.hearers(thread) == {"lead", "mate", "signatory"}
    general = await begin(house.lead, house.lead.id, audience="program")
    assert await house.hearers(general) == {"coordinator"}


async def sees(person: Person, thread: dict[str, Any]) -> set[str]:
    """Where anything of the thread shows to this person."""
    found = set()
    message = thread["items"][0]["id"]
    body = {"state": "opened"}
    for what, answered in (
        ("thread", await person.get(thread["url"])),
        ("answer", await person.post(f"{thread['url']}/messages", json={"text": "Mine."})),
        ("marks", await person.post(f"{thread['url']}/receipts", json={**body, "through": 1})),
        ("mark", await person.post(f"/v1/messages/{message}/receipts", json=body)),
        ("theirs", await person.get(f"{BOXES}/{thread['mailbox']}/threads")),
        ("changes", await person.get(f"{BOXES}/{thread['mailbox']}/changes")),
    ):
        if answered.status_code not in {403, 404}:
            found.add(what)
        assert CANARY not in answered.text or answered.is_success
    mailboxes = await person.get(BOXES)
    for box in mailboxes.json().get("items", ()):
        answered = await person.get(f"{BOXES}/{box['id']}/threads")
        if thread["id"] in answered.text:
            found.add("list")
        assert box["unread"] == len(await listed(person, box["id"], "?unread=true"))
    return found


async def canary(house: House) -> dict[str, Any]:
    thread = await begin(
        house.owner, house.owner.applicant_id, about=house.number, subject=CANARY, text=CANARY
    )
    return {**thread, "mailbox": house.owner.applicant_id}


async def test_a_stranger_and_a_recused_reviewer_see_nothing_of_a_thread(house: House):
    await house.assign()
    thread = await canary(house)
    assert "thread" in await sees(house.mate, thread)
    await house.recuse("mate")
    for name in ("stranger", "mate"):
        assert await sees(house.people[name], thread) == set(), name


async def test_an_auditor_reads_everything_at_the_desks_and_changes_nothing(house: House):
    await house.assign()
    inside = await begin(house.lead, house.lead.id, about=house.number, audience="program", subject=CANARY)
    threads = [await canary(house), {**inside, "mailbox": house.lead.id}]
    before = [await read(house.lead, thread) for thread in threads]
    for thread in threads:
        assert await sees(house.auditor, thread) == {"thread", "list"}
    assert "theirs" not in await sees(house.auditor, threads[1]), "another person's mailbox is its own"
    begun = {"subject": "S", "text": "T", "about": house.number}
    refused = await house.auditor.post(f"{BOXES}/{house.auditor.id}/threads", json=begun)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-permitted")
    assert [await read(house.lead, thread) for thread in threads] == before
    assert [each["unread"] for each in (await boxes(house.auditor)).values()] == [0] * 4
    assert "auditor" not in await house.hearers(threads[0])
    shown = await read(house.owner, threads[0])
    assert [each["proof"]["program"]["opened_at"] for each in shown["items"]] == [None], (
        "reading it is no receipt"
    )
    await house.recuse("auditor")
    for thread in threads:
        assert await sees(house.auditor, thread) == set()


async def test_membership_and_mandate_show_threads_for_as_long_as_they_last(house: House):
    thread = await canary(house)
    assert {"thread", "list"} <= await sees(house.colleague, thread)
    agents = await sees(house.agent, thread)
    assert {"thread", "list"} <= agents
    assert "answer" not in agents  # the mandate is to read
    at = f"/v1/applicants/{house.owner.applicant_id}"
    [mandate] = (await house.owner.get(f"{at}/mandates")).json()["items"]
    tag = (await house.owner.get(f"{at}/mandates/{mandate['id']}")).headers["etag"]
    ended = await house.owner.delete(f"{at}/mandates/{mandate['id']}", headers={"If-Match": tag})
    assert ended.status_code in {200, 204}, ended.text
    tag = (await house.owner.get(f"{at}/members/{house.colleague.id}")).headers["etag"]
    ended = await house.owner.delete(f"{at}/members/{house.colleague.id}", headers={"If-Match": tag})
    assert ended.status_code in {200, 204}, ended.text
    for name in ("agent", "colleague"):
        assert await sees(house.people[name], thread) == set(), name


async def test_what_is_inside_does_not_exist_for_an_applicant(house: House):
    await house.assign()
    inside = await begin(house.lead, house.lead.id, about=house.number, audience="program", subject=CANARY)
    inside["mailbox"] = house.lead.id
    for name in ("owner", "colleague", "agent"):
        assert await sees(house.people[name], inside) == set(), name


async def test_an_applicant_is_never_told_who_of_the_program_writes_or_at_which_desk_it_lies(house: House):
    await house.assign()
    thread = await canary(house)
    await reply(house.lead, thread)
    await reply(house.coordinator, thread)
    staff = [house.people[name] for name in ("coordinator", "lead", "mate", "signatory")]
    secrets = [each for who in staff for each in (str(who.id), who.name, who.email)]
    at = f"{BOXES}/{house.owner.applicant_id}"
    for path in (thread["url"], f"{at}/threads", f"{at}/changes", BOXES, "/v1/events"):
        shown = (await house.owner.get(path)).text
        assert [each for each in (*secrets, "cber") if each in shown] == [], path
    sides = [each["side"] for each in (await read(house.owner, thread))["items"]]
    assert sides == ["applicant", "program", "program"]


@pytest.mark.parametrize("decision", ["designate", "deny"])
async def test_threads_of_a_decided_request_stay_with_its_desk_and_its_lead(house: House, decision: str):
    before = await begin(house.owner, house.owner.applicant_id, about=house.number)
    await house.assign()
    desk = Desk(house.coordinator, house.lead, house.signatory)
    await house.given.rated(desk, house.number)
    recommend = {"outcome": decision, "context_of_use": CONTEXT}
    for who, name, more in (
        (house.lead, "recommend", recommend),
        (house.signatory, decision, DECISIONS[decision]),
    ):
        moved = await house.given.move(who, house.number, name, **more)
        assert moved.status_code == 200, moved.text
    await reply(house.owner, before)  # which finds that a center leads by now
    await begin(house.owner, house.owner.applicant_id, about=house.number)
    mine = await listed(house.owner, house.owner.applicant_id)
    assert len(mine) == 3, "what it was told, what it asked before, and what it asks now"
    assert before["id"] in {each["id"] for each in mine}
    for thread in mine:
        for name in ("lead", "mate", "coordinator", "signatory", "auditor"):
            found = (await read(house.people[name], thread))["owner"]
            assert found == {"desk": "cber", "lead": house.lead.name}, name
        assert (await read(house.owner, thread))["owner"] == {"desk": "program"}


async def test_a_consultant_sees_what_was_said_to_them_and_no_more(house: House):
    consultant = await house.given.staff("consultant")
    await house.assign()
    await program.ask(house.lead, house.number, consultant)
    moved = await house.given.move(house.owner, house.number, "withdraw")
    assert moved.status_code == 200, moved.text
    assert [each["kind"] for each in (await boxes(consultant)).values()] == ["person"]
    [line] = await listed(consultant, consultant.id)
    assert (line["messages"], line["unread"], line["turn"], line["owner"]["lead"]) == (1, 1, None, None)
    whole = await read(consultant, line)
    assert len(whole["items"]) == 1
    assert "opinion" in whole["items"][0]["text"].lower() or house.number in whole["items"][0]["subject"]
    everything = await read(house.lead, line)
    assert len(everything["items"]) > 1
    unheard = next(each["id"] for each in everything["items"] if each["id"] != whole["items"][0]["id"])
    marked = await consultant.post(f"/v1/messages/{unheard}/receipts", json={"state": "opened"})
    assert marked.status_code == 404
    through = {"state": "acknowledged", "through": everything["messages"]}
    marked = await consultant.post(f"{line['url']}/receipts", json=through)
    assert marked.json() == {"marked": 1}
    assert (await consultant.get(f"{BOXES}/{consultant.id}/threads?turn=program")).status_code == 422


async def test_a_key_without_the_scope_opens_no_mailbox(given: Given):
    reader = await given.member(scopes="requests:read")
    refused = await reader.get(BOXES)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-permitted")
    mailbox = f"{BOXES}/{reader.applicant_id}"
    for method, path, body in (
        ("GET", f"{mailbox}/threads", None),
        ("POST", f"{mailbox}/threads", {"subject": "S", "text": "T"}),
    ):
        refused = await reader.call(method, path, **({"json": body} if body else {}))
        assert refused.status_code == 403, refused.text
