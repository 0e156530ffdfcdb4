"""What changed since: a consumer that only ever follows has what the list has, in whatever order writers commit."""

import asyncio
import random
from operator import itemgetter
from typing import Any
from uuid import UUID

from app.api import positions
from app.domain import exact_json
from app.domain.policy import Role
from app.services import conversing
from app.services.transitions import Desk as Hand
from tests.api.test_mailbox_marks import actor_of
from tests.given import Given, Person
from tests.mailboxes import BOXES, begin, listed, mark

WRITERS, EACH = 6, 12


class Follower:
    """A consumer that keeps what it is told, and asks for nothing else."""

    def __init__(self, person: Person, mailbox: object) -> None:
        self.person = person
        self.at = f"{BOXES}/{mailbox}/changes"
        self.since: str | None = None
        self.kept: dict[str, dict[str, Any]] = {}

    async def poll(self) -> int:
        params = {} if self.since is None else {"since": self.since}
        answered = await self.person.get(self.at, params=params)
        assert answered.status_code == 200, answered.text
        body = answered.json()
        self.since = body["next"]
        for each in body["items"]:
            if each.pop("gone"):
                self.kept.pop(each["id"], None)
            else:
                self.kept[each["id"]] = each
        return len(body["items"])


async def test_a_follower_misses_nothing_whatever_order_writers_commit_in(given: Given):
    owner, coordinator = await given.member(), await given.staff("coordinator")
    threads = [UUID((await begin(owner, owner.applicant_id))["id"]) for _ in range(WRITERS)]
    follower = Follower(owner, owner.applicant_id)
    await follower.poll()
    runtime, staff = given.runtime, actor_of(coordinator, Role.COORDINATOR)
    over = asyncio.Event()

    async def writing(thread: UUID, seed: int) -> None:
        dice = random.Random(seed)
        for n in range(EACH):
            async with runtime.database.writing() as db:
                hand = Hand(db, staff, runtime.now(), runtime.keyring, "http://test")
                await conversing.reply(hand, thread, f"Message {n}", ())
                # the later it began, the sooner it may commit
                await asyncio.sleep(0 if runtime.database.is_sqlite else dice.random() * 0.05)

    async def marking() -> None:
        for n in range(EACH):
            await mark(owner, f"/v1/threads/{threads[n % WRITERS]}", "opened", through=1)
            await asyncio.sleep(0.01)

    async def following() -> None:
        while not over.is_set():
            await follower.poll()

    async def working() -> None:
        await asyncio.gather(*(writing(each, n) for n, each in enumerate(threads)), marking())
        over.set()

    await asyncio.gather(working(), following())
    while await follower.poll():
        pass
    there = {each["id"]: each for each in await listed(owner, owner.applicant_id)}
    assert follower.kept == there
    assert {each["messages"] for each in there.values()} == {EACH + 1}


async def test_a_desk_is_told_of_threads_that_leave_it_and_come(given: Given):
    owner, desk = await given.member(), await given.desk()
    boxes = (await desk.coordinator.get(BOXES)).json()["items"]
    program, cber = (
        Follower(desk.coordinator, next(each["id"] for each in boxes if each["name"] == name))
        for name in ("Program desk", "CBER desk")
    )
    for each in (program, cber):
        await each.poll()
    number = (await given.submitted(owner))["number"]
    thread = await begin(owner, owner.applicant_id, about=number)
    await program.poll()
    assert thread["id"] in program.kept
    lead = {"lead_center": "CBER", "lead_reviewer_id": str(desk.lead.id)}
    assert (await given.move(desk.coordinator, number, "accept", **lead)).status_code == 200
    for follower in (program, cber):
        while await follower.poll():
            pass
        there = await listed(desk.coordinator, follower.at.split("/")[3])
        # who leads is looked up when a list is read; it is no change of a thread
        kept = [{**each, "owner": None} for each in follower.kept.values()]
        listing = [{**each, "owner": None} for each in there]
        assert sorted(kept, key=itemgetter("id")) == sorted(listing, key=itemgetter("id"))
    assert any(each["about"]["number"] == number for each in cber.kept.values())
    main = {each["id"] for each in program.kept.values()}
    assert main == {thread["id"]}  # what nobody wrote in since


async def test_next_is_good_for_its_caller_and_mailbox_alone(given: Given):
    owner, other = await given.member(), await given.member()
    at = f"{BOXES}/{owner.applicant_id}/changes"
    begun = (await owner.get(at)).json()["next"]
    for person, path, since in (
        (other, f"{BOXES}/{other.applicant_id}/changes", begun),
        (owner, at, begun[:-1] + ("B" if begun[-1] == "A" else "A")),
        (owner, at, "A"),
    ):
        refused = await person.get(path, params={"since": since})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/query/since")


async def test_a_place_from_before_a_restore_is_refused_and_not_waited_at(given: Given):
    """The store went back; the consumer's place did not. It would have been told of nothing for as long."""
    owner = await given.member()
    await begin(owner, owner.applicant_id)
    at = f"{BOXES}/{owner.applicant_id}/changes"
    listing = exact_json.stored(["changes", str(owner.id), str(owner.applicant_id)])
    keyring = given.runtime.keyring
    next_place = (await owner.get(at)).json()["next"]
    plain = positions.opened_bytes(keyring, listing, next_place)
    assert plain is not None
    for half in (0, 24):
        ahead = (int.from_bytes(plain[half : half + 8], "big") + 100_000).to_bytes(8, "big")
        since = positions.sealed_bytes(keyring, listing, plain[:half] + ahead + plain[half + 8 :])
        refused = await owner.get(at, params={"since": since})
        assert refused.status_code == 422, refused.text
        assert [each["pointer"] for each in refused.json()["errors"]] == ["/query/since"]
    assert (await owner.get(at, params={"since": next_place})).status_code == 200
