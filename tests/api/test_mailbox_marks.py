"""Counts, lists and marks: whatever happens in whatever order, a count is its list, and nothing goes back."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import given as example
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.mailboxes import DESK_IDS, Desk
from app.domain.policy import GRANTS, Actor, Audience, Role, Standing
from app.services import conversing, inboxes
from app.services.transitions import Desk as Hand
from app.store import inboxes as store
from app.store.inboxes import ALL, UNREAD
from app.store.receipts import receipts
from app.store.threads import placements
from tests.given import Given, Person
from tests.mailboxes import BOXES, begin, listed, mark, reply

EACH = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
STATES = ("opened", "acknowledged", "archived")
PROGRAM = DESK_IDS[Desk.PROGRAM]


@dataclass
class Said:
    id: str
    thread: str
    seq: int


@dataclass
class Model:
    """What should be so: for each person the marks on each message that it heard, or marked."""

    said: list[Said] = field(default_factory=list)
    marks: dict[UUID, dict[str, set[str]]] = field(default_factory=dict)

    def says(self, message: Said, hearers: list[Person]) -> None:
        self.said.append(message)
        for each in hearers:
            self.marks.setdefault(each.id, {})[message.id] = set()

    def mark(self, person: Person, message: Said, state: str) -> None:
        own = self.marks.setdefault(person.id, {})
        new = own.setdefault(message.id, {"opened"})
        new |= {state, "opened"} if state == "acknowledged" else {state}

    def threads(self) -> dict[str, list[Said]]:
        found: dict[str, list[Said]] = {}
        for each in self.said:
            found.setdefault(each.thread, []).append(each)
        return found

    def unread(self, person: Person) -> dict[str, int]:
        own = self.marks.get(person.id, {})
        counted = {
            thread: sum("opened" not in own[each.id] for each in said if each.id in own)
            for thread, said in self.threads().items()
        }
        return {thread: count for thread, count in counted.items() if count}

    def archived(self, person: Person) -> set[str]:
        own = self.marks.get(person.id, {})
        return {thread for thread, said in self.threads().items() if "archived" in own.get(said[-1].id, ())}


@dataclass
class Scene:
    given: Given
    members: list[Person]
    coordinator: Person
    model: Model = field(default_factory=Model)

    def mailbox(self, person: Person) -> object:
        return PROGRAM if person is self.coordinator else person.applicant_id

    @property
    def everyone(self) -> list[Person]:
        return [*self.members, self.coordinator]

    async def say(self, author: Person, thread: str | None) -> None:
        """From either side; all others hear, since one coordinator is all of the program."""
        if thread is None:
            more = (
                {} if author is not self.coordinator else {"applicant_id": str(self.members[0].applicant_id)}
            )
            begun = await begin(author, self.mailbox(author), **more)
            message = Said(begun["items"][0]["id"], begun["id"], 1)
        else:
            answered = await reply(author, {"url": f"/v1/threads/{thread}"})
            message = Said(answered["id"], thread, answered["seq"])
        self.model.says(message, [each for each in self.everyone if each is not author])

    async def mark(self, person: Person, how: str, message: Said, state: str) -> None:
        model = self.model
        if how == "message":
            await mark(person, f"/v1/messages/{message.id}", state)
            model.mark(person, message, state)
        elif how == "thread":
            await mark(person, f"/v1/threads/{message.thread}", state, through=message.seq)
            for each in model.threads()[message.thread][: message.seq]:
                model.mark(person, each, state)
        else:
            shown = await listed(person, self.mailbox(person), "?limit=2")
            seen = [{"id": each["id"], "through": each["last"]["seq"]} for each in shown]
            await mark(person, f"{BOXES}/{self.mailbox(person)}", state, threads=seen)
            for line in seen:
                for each in model.threads()[line["id"]][: line["through"]]:
                    model.mark(person, each, state)

    async def check(self) -> None:
        for person in self.everyone:
            mailbox = self.mailbox(person)
            answered = (await person.get(BOXES)).json()["items"]
            [count] = [each["unread"] for each in answered if each["id"] == str(mailbox)]
            unread = await listed(person, mailbox, "?unread=true")
            assert {each["id"]: each["unread"] for each in unread} == self.model.unread(person)
            assert count == len(unread)
            archived = await listed(person, mailbox, "?archived=true")
            assert {each["id"] for each in archived} == self.model.archived(person)
            rest = await listed(person, mailbox, "?archived=false")
            whole = await listed(person, mailbox)
            assert len(archived) + len(rest) == len(whole) == len(self.model.threads())


async def scene_of(given: Given, members: int = 2) -> Scene:
    first = await given.member()
    others = [await given.member("preparer", first.applicant_id) for _ in range(members - 1)]
    return Scene(given, [first, *others], await given.staff("coordinator"))


async def instants(given: Given) -> dict[tuple[UUID, UUID], tuple[Any, ...]]:
    row = receipts.c
    query = select(row.message_id, row.person_id, row.opened_at, row.acknowledged_at, row.archived_at)
    async with given.runtime.database.reading() as db:
        return {(each[0], each[1]): tuple(each[2:]) for each in await db.execute(query)}


def went_back(before: dict[Any, tuple[Any, ...]], after: dict[Any, tuple[Any, ...]]) -> list[Any]:
    """Receipts of which something that was set is not as it was set."""
    return [
        key
        for key, old in before.items()
        if any(was is not None and was != now for was, now in zip(old, after[key], strict=True))
    ]


@EACH
@example(data=st.data())
async def test_counts_are_their_lists_and_the_model_whatever_is_said_and_marked(given: Given, data: Any):
    async with given.runtime.database.writing() as db:
        # one coordinator at a time is all of the program, and the desk is empty
        await db.execute(text("UPDATE people SET staff_roles = '' WHERE kind = 'staff'"))
        for table in (placements, receipts):
            await db.execute(table.delete())
    scene, before = await scene_of(given), {}
    for _ in range(data.draw(st.integers(3, 12), label="steps")):
        given.runtime.now.move(minutes=1)
        person = data.draw(st.sampled_from(scene.everyone))
        act = data.draw(st.sampled_from(["say", "say", "join", "message", "thread", "mailbox"]))
        if act == "join":
            applicant_id = scene.members[0].applicant_id
            scene.members.append(await given.member("preparer", applicant_id))
        elif act == "say" or not scene.model.said:
            await scene.say(person, data.draw(st.sampled_from([None, *scene.model.threads()])))
        else:
            message = data.draw(st.sampled_from(scene.model.said))
            await scene.mark(person, act, message, data.draw(st.sampled_from(STATES)))
        after = await instants(given)
        assert went_back(before, after) == []
        before = after
    await scene.check()


def actor_of(person: Person, *roles: Role) -> Actor:
    """The caller that a key of this person becomes."""
    if person.applicant_id is None:
        return Actor(person.key_id, person.id, person.name, Audience.PROGRAM, roles=frozenset(roles))
    standing = Standing(person.applicant_id, "Applicant", "cdmo", GRANTS[Role.SIGNER])
    standings = {person.applicant_id: standing}
    return Actor(person.key_id, person.id, person.name, Audience.APPLICANT, standings=standings)


@asynccontextmanager
async def moment(given: Given) -> AsyncIterator[AsyncConnection]:
    """A connection to which nothing changes."""
    database = given.runtime.database
    async with database.reader.connect() as db:
        if database.is_sqlite:
            await db.execute(text("BEGIN"))
            yield db
            await db.execute(text("COMMIT"))
        else:
            still = await db.execution_options(isolation_level="REPEATABLE READ")
            async with still.begin():
                yield still


@dataclass
class Crowd:
    """Two people of an applicant and one of the program in one thread, past HTTP: what meets is the database."""

    given: Given
    one: Actor
    two: Actor
    staff: Actor
    mailbox: UUID
    thread: UUID
    said: list[UUID]
    marked: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def act(self, actor: Actor, act: Callable[[Hand], Awaitable[Any]]) -> Any:
        runtime = self.given.runtime
        async with runtime.database.writing() as db:
            return await act(Hand(db, actor, runtime.now(), runtime.keyring, "http://test"))

    async def mark(self, actor: Actor, seed: int, times: int) -> None:
        dice = random.Random(seed)
        for _ in range(times):
            await self.act(actor, self._any_mark(dice))
            self.marked += 1

    def _any_mark(self, dice: random.Random) -> Callable[[Hand], Awaitable[Any]]:
        state, message = dice.choice(STATES), dice.choice(self.said)
        through = dice.randint(1, len(self.said))
        return dice.choice(
            [
                lambda hand: inboxes.mark_message(hand, message, state),
                lambda hand: inboxes.mark_thread(hand, self.thread, state, through),
                lambda hand: inboxes.mark_mailbox(hand, self.mailbox, state, [(self.thread, through)]),
            ]
        )

    async def write(self, times: int) -> None:
        for _ in range(times):
            answer = await self.act(
                self.staff, lambda hand: conversing.reply(hand, self.thread, "Another message.", ())
            )
            self.said.append(answer)
            await asyncio.sleep(0.01)

    async def look(self) -> None:
        before: dict[Any, Any] = {}
        while not self.over.is_set():
            async with moment(self.given) as db:
                for actor in (self.one, self.two):
                    count = (await store.unread(db, actor, [self.mailbox])).get(self.mailbox, 0)
                    rows = await store.page(db, actor, self.mailbox, UNREAD, None, 50)
                    [line] = await store.page(db, actor, self.mailbox, ALL, None, 50)
                    assert (count, bool(line.unread)) == (len(rows), bool(rows))
            after = await instants(self.given)
            assert went_back(before, after) == []
            before = after
            await asyncio.sleep(0.02)

    async def work(self) -> None:
        marks = [self.mark(each, n, 334) for n, each in enumerate((self.one, self.one, self.two))]
        await asyncio.gather(*marks, self.write(40))
        self.over.set()


async def test_marks_that_meet_never_disagree_with_the_list(given: Given):
    """Two people, one of them twice, mark one thread 1,000 times in parallel, while messages arrive in it."""
    scene = await scene_of(given)
    await scene.say(scene.coordinator, None)
    one, two = (actor_of(each) for each in scene.members)
    staff = actor_of(scene.coordinator, Role.COORDINATOR)
    mailbox = scene.members[0].applicant_id
    assert mailbox is not None
    [first] = scene.model.said
    crowd = Crowd(given, one, two, staff, mailbox, UUID(first.thread), [UUID(first.id)])
    await asyncio.gather(crowd.work(), crowd.look())
    assert (crowd.marked, len(crowd.said)) == (1002, 41)
    for person in scene.members:
        async with given.runtime.database.reading() as db:
            own = select(receipts).where(receipts.c.person_id == person.id)
            rows = (await db.execute(own)).all()
        assert {row.message_id for row in rows} == set(crowd.said)
        assert all(row.opened_at is not None for row in rows if row.acknowledged_at is not None)
        await mark(person, f"/v1/threads/{crowd.thread}", "opened", through=41)
        assert await listed(person, mailbox, "?unread=true") == []


async def test_a_mark_takes_what_the_list_showed_and_nothing_that_came_meanwhile(given: Given):
    """A slow writer's message has the lower id, and is committed after the list was read."""
    slow, quick, coordinator = await given.member(), await given.member(), await given.staff("coordinator")
    threads = [await begin(each, each.applicant_id) for each in (slow, quick)]
    seen = [{"id": each["id"], "through": 1} for each in threads]
    await mark(coordinator, f"{BOXES}/{PROGRAM}", "acknowledged", threads=seen)
    runtime, written, go = given.runtime, asyncio.Event(), asyncio.Event()

    async def write_slowly() -> None:
        async with runtime.database.writing() as db:
            hand = Hand(db, actor_of(slow), runtime.now(), runtime.keyring, "http://test")
            await conversing.reply(hand, UUID(threads[0]["id"]), "Nobody has seen this.", ())
            if runtime.database.is_sqlite:  # where one writes at a time, nobody overtakes
                return
            written.set()
            await go.wait()

    writing = asyncio.create_task(write_slowly())
    if runtime.database.is_sqlite:
        seen = await listed(coordinator, PROGRAM)
        await writing
        await reply(quick, threads[1])
    else:
        await written.wait()
        await reply(quick, threads[1])
        seen = await listed(coordinator, PROGRAM)
        go.set()
        await writing
    shown = [{"id": each["id"], "through": each["last"]["seq"]} for each in seen]
    await mark(coordinator, f"{BOXES}/{PROGRAM}", "opened", threads=shown)
    unread = {each["id"] for each in await listed(coordinator, PROGRAM, "?unread=true")}
    assert threads[0]["id"] in unread
    [*_, last] = (await slow.get(threads[0]["url"])).json()["items"]
    assert last["proof"]["program"]["opened_at"] is None


async def test_a_mark_of_several_threads_is_all_or_nothing_and_says_what_is_wrong(given: Given):
    owner, stranger = await given.member(), await given.member()
    mine, other = [await begin(owner, owner.applicant_id) for _ in range(2)]
    coordinator = await given.staff("coordinator")
    await reply(coordinator, mine)
    theirs = await begin(stranger, stranger.applicant_id)
    box = f"{BOXES}/{owner.applicant_id}/receipts"
    wrong = [(mine["id"], 2), (other["id"], 2), (theirs["id"], 1)]
    body = {"state": "opened", "threads": [{"id": id, "through": seq} for id, seq in wrong]}
    refused = await owner.post(box, json=body)
    assert refused.status_code == 422
    found = [(each["pointer"], each["rule"]) for each in refused.json()["errors"]]
    assert found == [("/threads/1/through", "beyond"), ("/threads/2/id", "unknown")]
    assert len(await listed(owner, owner.applicant_id, "?unread=true")) == 1, "nothing was marked"
    twice = {"state": "opened", "threads": [{"id": mine["id"], "through": seq} for seq in (2, 1)]}
    assert (await owner.post(box, json=twice)).json() == {"marked": 2}, "the furthest counts"
    for threads in ([], [{"id": mine["id"], "through": 1}] * 101):
        refused = await owner.post(box, json={"state": "opened", "threads": threads})
        assert refused.status_code == 422
