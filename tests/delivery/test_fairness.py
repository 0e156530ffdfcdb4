"""Fairness and ends as properties: a schedule that is counted, not timed, and whatever answers may come."""

import asyncio
from collections import Counter
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy

from app.delivery.backoff import WAITS
from app.delivery.loop import Worker
from app.delivery.posting import Answer, Fault, NoAnswer
from app.store.claims import START
from app.store.deliveries import deliveries
from app.store.webhook_endpoints import webhook_attempts, webhook_endpoints
from tests.delivery.given import until
from tests.delivery.scene import Scene

EVENTS = 50
EACH = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
NO_HEADERS = CIMultiDictProxy(CIMultiDict[str]())


class Paths:
    """In place of sockets: answers by the path of the URL, and counts who was asked in which order."""

    def __init__(self, answer) -> None:
        self.answer = answer
        self.asked: list[str] = []

    async def post(self, the, addresses, wire: bytes, until: float) -> Answer:
        self.asked.append(the.path)
        found = self.answer(the.path)
        if found is None:
            await asyncio.Event().wait()  # for ever
        if isinstance(found, Fault):
            raise NoAnswer(found)
        return Answer(found, NO_HEADERS, b"")

    async def close(self) -> None: ...


async def _empty(scene: Scene) -> None:
    async with scene.database.writing() as db:
        for table in (deliveries, webhook_attempts, webhook_endpoints):
            await db.execute(table.delete())
    scene.worker = Worker(scene.database, scene.worker.senders, scene.clock)


@EACH
@given(healthy=st.integers(1, 6), dead=st.integers(0, 6), data=st.data())
async def test_dead_endpoints_take_a_few_places_in_the_schedule_and_no_more(
    scene: Scene, healthy: int, dead: int, data
):
    """Each of 50 events goes to every endpoint. The dead ones never answer, so what they get, they keep."""
    await _empty(scene)
    owner = await scene.owner()
    names = [f"/well{n}" for n in range(healthy)] + [f"/dead{n}" for n in range(dead)]
    order = data.draw(st.permutations(names))
    for name in order:
        await scene.endpoint(f"http://127.0.0.1:1{name}", owner)
    for _ in range(EVENTS):
        await scene.tell(owner)
    poster = Paths(lambda path: 204 if path.startswith("/well") else None)
    scene.peers(poster=poster)
    stop = asyncio.Event()
    scene.worker.grace = 0
    running = asyncio.create_task(scene.worker.run(stop))

    async def all_healthy_are_served() -> bool:
        return sum(path.startswith("/well") for path in poster.asked) == healthy * EVENTS

    await until(all_healthy_are_served)
    stop.set()
    await running
    asked = Counter(poster.asked)
    assert all(asked[f"/dead{n}"] <= START for n in range(dead)), "the places of the dead"
    assert all(asked[f"/well{n}"] == EVENTS for n in range(healthy))


@EACH
@given(lengths=st.lists(st.integers(1, EVENTS), min_size=2, max_size=5))
async def test_a_long_backlog_keeps_no_short_one_waiting(sqlite_scene: Scene, lengths: list[int]):
    """However long the others' backlogs are, each endpoint's n-th event goes within a bounded number of places."""
    await _empty(sqlite_scene)
    paths = []
    for n, length in enumerate(lengths):
        owner = await sqlite_scene.owner()
        await sqlite_scene.endpoint(f"http://127.0.0.1:1/{n}", owner)
        for _ in range(length):
            await sqlite_scene.tell(owner)
        paths.append(f"/{n}")
    poster = Paths(lambda _: 204)
    sqlite_scene.peers(poster=poster)
    await sqlite_scene.deliver()
    assert Counter(poster.asked) == dict(zip(paths, lengths, strict=True))
    for path, length in zip(paths, lengths, strict=True):
        places = [place for place, asked in enumerate(poster.asked) if asked == path]
        if length <= START:
            # what fits into the first claim is asked among the first claims of all
            assert places[-1] < START * len(paths)


ANSWERS = st.sampled_from([200, 204, 301, 404, 410, 429, 500, 503, *Fault])


@EACH
@given(story=st.lists(ANSWERS, min_size=1, max_size=30), events=st.integers(1, 4), ends=st.booleans())
async def test_every_delivery_ends_and_its_log_agrees(
    sqlite_scene: Scene, story: list[int | Fault], events: int, ends: bool
):
    """The receivers answer as the story goes, over and over; the endpoint may be disabled in the middle."""
    await _empty(sqlite_scene)
    owner, answers = await sqlite_scene.owner(), iter(story * 100)
    endpoint = await sqlite_scene.endpoint("http://127.0.0.1:1/in", owner)
    sqlite_scene.peers(poster=Paths(lambda _: next(answers)))
    for _ in range(events):
        await sqlite_scene.tell(owner)
    await sqlite_scene.deliver()
    if ends:
        await sqlite_scene.change(endpoint, state="disabled")
    await sqlite_scene.to_the_end()
    attempts: dict[UUID, list] = {}
    for each in await sqlite_scene.attempts(endpoint):
        attempts.setdefault(each.delivery_id, []).append(each)
    rows = await sqlite_scene.deliveries(endpoint)
    assert len(rows) == events
    for row in rows:
        tries = attempts.get(row.id, [])
        last = tries[-1] if tries else None
        assert [each.number for each in tries] == list(range(1, len(tries) + 1))
        assert all(each.outcome == "failed" for each in tries[:-1])
        assert row.settled_at is not None
        match row.state:
            case "done":
                assert (last.outcome, last.reason) == ("delivered", None)
            case "dead":
                assert (len(tries), last.outcome) == (len(WAITS) + 1, "failed")
            case "cancelled":
                assert last is None or last.reason == "gone" or last.outcome in {"cancelled", "failed"}
            case _:
                pytest.fail(f"{row.state} is no end")
    state = await sqlite_scene.row(endpoint)
    if any(row.state == "cancelled" for row in rows):
        assert state.state == "disabled"
