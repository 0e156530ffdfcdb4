"""The feed as a stream, over real sockets: cut it anywhere, and whoever comes back has everything once."""

import asyncio
import contextlib
import random
import signal
import socket
import sys
import time
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import update

from app.api.streams import HEARTBEAT, MOST_OF_ONE, EventStream, Streams
from app.delivery.publishing import publish
from app.domain.errors import NotPermitted, TooMany, Unavailable
from app.domain.policy import Audience
from app.main import create_app
from app.serving import GRACE
from app.store.api_keys import api_keys
from app.store.database import Database
from app.store.journal import events
from app.store.mandates import mandates
from tests.api.test_events import mandated, numbered, told
from tests.conftest import CHEAP
from tests.delivery.given import until
from tests.event_source import opened
from tests.events import CHANGED, Consumer, kept
from tests.given import Given
from tests.served import free_port, served
from tests.statements import heard

SOON = GRACE / 2  # seconds: who waited for a stream to end by itself would wait twice as long


@pytest.fixture
def app(settings, clock) -> FastAPI:
    """The service that is read from, beside the one that `given` writes through: the same store and keys."""
    app = create_app(settings, clock, passwords=CHEAP)
    app.state.runtime.streams.poll = 0.02
    return app


@pytest.fixture
def url(app: FastAPI, given: Given):
    with served(app) as url:
        yield url


def _checked_out(app: FastAPI) -> int:
    database = app.state.runtime.database
    at_hand = len(database._writers._idle) + len(database._readers._idle)
    return sum(engine.pool.checkedout() for engine in database.engines) - at_hand


async def _until(holds, seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what is waited for sets no event here
            await asyncio.sleep(0.01)


async def test_an_event_arrives_with_its_id_its_type_and_its_frozen_bytes(given: Given, url: str):
    person = await given.member()
    await told(given, numbered(person), 2)
    async with opened(url, person) as source:
        assert source.response.headers["content-type"].startswith("text/event-stream")
        assert source.response.headers["cache-control"] == "no-store"
        assert "content-length" not in source.response.headers
        found = await source.take(2)
        await told(given, numbered(person, 2), type="designation_request.withdrawn")
        found += await source.take(1)
    bodies = await kept(given.runtime.database, Audience.APPLICANT)
    assert {each["id"]: each["data"] for each in found} == bodies
    assert [each["event"] for each in found] == [CHANGED, CHANGED, "designation_request.withdrawn"]
    consumer = Consumer(person)
    await consumer.drain()
    assert consumer.ids == [each["id"] for each in found], "the order of the pages"


@pytest.mark.parametrize("seed", range(2))
async def test_a_stream_cut_again_and_again_loses_nothing_and_says_nothing_twice(given: Given, url, seed):
    chance, person = random.Random(seed), await given.member()
    subjects, total, last, seen = [numbered(person, n) for n in range(3)], 60, None, []

    async def write() -> None:
        for n in range(total):
            await chance.choice(subjects).tell(given.runtime.database)
            if n % 3 == 0:
                await publish(given.runtime.database)
        await publish(given.runtime.database)

    writing = asyncio.create_task(write())
    while len(seen) < total:
        async with opened(url, person, last, limit=str(chance.choice((1, 4, 200)))) as source:
            seen += await source.take(min(chance.randint(1, 9), total - len(seen)))
            last = seen[-1]["id"]
    await writing
    consumer = Consumer(person, cursor=last)
    assert await consumer.drain() == []
    assert {each["id"]: each["data"] for each in seen} == await kept(
        given.runtime.database, Audience.APPLICANT
    )
    assert len({each["id"] for each in seen}) == total


async def test_the_last_event_id_wins_over_after(given: Given, url: str):
    person = await given.member()
    await told(given, numbered(person), 4)
    consumer = Consumer(person)
    await consumer.drain()
    for query in ({"after": consumer.ids[0]}, {"after": consumer.cursor}, {}):
        async with opened(url, person, consumer.ids[2], **query) as source:
            assert [each["id"] for each in await source.take(1)] == consumer.ids[3:]
    async with opened(url, person, after=consumer.ids[1], type=CHANGED) as source:
        assert [each["id"] for each in await source.take(2)] == consumer.ids[2:]


async def test_a_stream_after_an_event_that_is_not_published_yet_waits_for_it(given: Given, url: str):
    person = await given.member()
    subject = numbered(person)
    await subject.tell(given.runtime.database)
    (first,) = await kept(given.runtime.database, Audience.APPLICANT)
    async with opened(url, person, first) as source:
        await told(given, subject)
        (found,) = await source.take(1)
    assert '"sequence":2' in found["data"]


async def test_silence_is_broken_by_heartbeats_and_an_idle_stream_holds_no_connection(
    given: Given, app: FastAPI, url: str
):
    app.state.runtime.streams.beat = 0.1
    person, other = await given.member(), await given.member()
    async with opened(url, person) as source:
        blocks, beats = source.blocks(), 0
        assert await anext(blocks) == "retry: 2000"
        while beats < 3:
            await told(given, numbered(other))  # of another: nothing is sent, and the beat goes on
            assert await anext(blocks) + "\n\n" == HEARTBEAT.decode()
            beats += 1
        app.state.runtime.streams.poll = app.state.runtime.streams.beat = 3600
        idle = 0
        async with asyncio.timeout(30):  # waits that had begun end with a look
            while idle < 20:
                await asyncio.sleep(0.005)
                idle = 0 if _checked_out(app) else idle + 1


async def test_the_feed_is_watched_only_while_a_stream_is_open(given: Given, app: FastAPI, url: str):
    person = await given.member()
    database = app.state.runtime.database
    with heard(database) as statements:
        await asyncio.sleep(0.2)
        assert statements == []
        async with opened(url, person) as source:
            await anext(source.blocks())
            await _until(lambda: len(statements) > 20)
        await _until(app.state.runtime.streams._watch.done)
        await asyncio.sleep(0.05)
        before = len(statements)
        await asyncio.sleep(0.2)
        assert len(statements) == before


async def test_many_streams_are_woken_by_one_watcher(given: Given, app: FastAPI, url: str):
    people = [await given.member() for _ in range(4)]
    async with asyncio.timeout(60):
        sources = [opened(url, each) for each in people for _ in range(3)]
        streams = [await each.__aenter__() for each in sources]
        for each in people:
            await told(given, numbered(each))
        found = [(await each.take(1))[0]["id"] for each in streams]
        for each in sources:
            await each.__aexit__(None, None, None)
    assert sorted(found) == sorted([*await kept(given.runtime.database, Audience.APPLICANT)] * 3)


async def test_a_revoked_key_ends_its_stream_before_another_event(given: Given, url: str, app: FastAPI):
    person = await given.member()
    await told(given, numbered(person))
    async with opened(url, person) as source:
        assert len(await source.take(1)) == 1
        async with given.runtime.database.writing() as db:
            revoked = update(api_keys).where(api_keys.c.id == person.key_id)
            await db.execute(revoked.values(revoked_at=given.runtime.now()))
        await told(given, numbered(person, 2))
        assert await source.take(1) == []
        assert source.ended
    async with opened(url, person) as source:
        assert source.response.status_code == 401


async def test_a_revoked_key_ends_a_silent_stream_at_the_next_beat(given: Given, url: str, app: FastAPI):
    app.state.runtime.streams.beat = 0.2
    person = await given.member()
    async with opened(url, person) as source:
        await anext(source.blocks())
        async with given.runtime.database.writing() as db:
            await db.execute(update(api_keys).values(revoked_at=given.runtime.now()))
        async with asyncio.timeout(20):  # the client gives up after 30
            assert await source.take(1) == []


async def test_rights_that_end_are_gone_from_an_open_stream_at_once(given: Given, url: str):
    principal, agent = await given.member(), await given.member()
    mandate_id = await mandated(given, principal, agent, "read")
    await told(given, numbered(principal, 1))
    async with opened(url, agent) as source:
        assert [each["event"] for each in await source.take(1)] == [CHANGED]
        async with given.runtime.database.writing() as db:
            ended = update(mandates).where(mandates.c.id == mandate_id)
            await db.execute(ended.values(revoked_at=given.runtime.now()))
        await told(given, numbered(principal, 1))
        await told(given, numbered(agent, 2))
        (found,) = await source.take(1)
    assert '"AMT-2026-00002"' in found["data"]


async def test_a_caller_has_so_many_streams_and_another_when_one_has_ended(given: Given, app, url: str):
    person, other = await given.member(), await given.member()
    sources = [opened(url, person) for _ in range(MOST_OF_ONE)]
    streams = [await each.__aenter__() for each in sources]
    assert {each.response.status_code for each in streams} == {200}
    headers = {"Authorization": f"Bearer {person.key}", "Accept": "text/event-stream"}
    async with httpx2.AsyncClient(base_url=url, timeout=30) as client:
        refused = await client.get("/v1/events", headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (429, "too-many-requests")
        assert int(refused.headers["retry-after"]) > 0
        page = await client.get("/v1/events", headers={**headers, "Accept": "application/json"})
        assert page.status_code == 200, "pages are not counted"
    async with opened(url, other) as source:
        assert source.response.status_code == 200
    await sources[0].__aexit__(None, None, None)
    seats = app.state.runtime.streams._seats
    await _until(lambda: seats.total() == MOST_OF_ONE - 1)
    async with opened(url, person) as source:
        assert source.response.status_code == 200
    for each in sources[1:]:
        await each.__aexit__(None, None, None)
    await _until(lambda: app.state.runtime.streams._seats.total() == 0)


async def test_a_server_that_stops_ends_its_streams_whole_and_soon(given: Given, settings, clock):
    person = await given.member()
    await told(given, numbered(person), 3)
    serving = served(create_app(settings, clock, passwords=CHEAP))
    url = serving.__enter__()
    async with opened(url, person) as source:
        assert len(await source.take(3)) == 3
        began = time.monotonic()
        stopping = asyncio.create_task(asyncio.to_thread(serving.__exit__, None, None, None))
        assert await source.take(1) == []
        assert source.ended, "the answer was ended, not broken off"
        await stopping
        assert time.monotonic() - began < SOON


async def test_a_caller_that_never_reads_keeps_no_other_waiting_and_a_stop_only_so_long(
    given: Given, settings, clock
):
    person, total = await given.member(), 6000
    rows = [
        {"id": UUID(int=n), "type": CHANGED, "audience": "applicant", "at": clock(), "sequence": n,
         "subject_id": person.id, "subject": "AMT-2026-00001", "applicant_id": person.applicant_id,
         "body": f'{{"n":{n},"filling":"{"x" * 1000}"}}'}
        for n in range(1, total + 1)
    ]  # fmt: skip
    async with given.runtime.database.writing() as db:
        await db.execute(events.insert(), rows)
    while await publish(given.runtime.database):
        pass
    app = create_app(settings, clock, passwords=CHEAP)
    serving = served(app, grace=2)
    host, port = serving.__enter__().removeprefix("http://").split(":")
    with socket.socket() as stuck:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.connect((host, int(port)))
        stuck.sendall(
            f"GET /v1/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n"
            f"Authorization: Bearer {person.key}\r\n\r\n".encode()
        )
        await _until(lambda: app.state.runtime.streams._open)
        (left,) = app.state.runtime.streams._open
        async with opened(f"http://{host}:{port}", person) as source:
            assert len(await source.take(total)) == total
        assert left.read.__self__.place < total, "most of it was not even read from the store"
        began = time.monotonic()
        await asyncio.to_thread(serving.__exit__, None, None, None)
        assert time.monotonic() - began < SOON


async def test_the_loop_of_the_same_process_feeds_the_streams(given: Given, settings, clock):
    person = await given.member()
    with served(create_app(settings, clock, deliver=True, passwords=CHEAP)) as url:
        async with opened(url, person) as source:
            number = (await given.submitted(person))["number"]
            async with asyncio.timeout(30):
                (found,) = await source.take(1)
    assert f'"{number}"' in found["data"]


async def test_a_real_process_ends_its_streams_and_goes_when_it_is_told_to(given: Given, settings):
    person = await given.member()
    with free_port() as port:
        command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port),
                   "--data-dir", str(settings.data_dir), "--database-url", settings.database_url]  # fmt: skip
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
        url = f"http://127.0.0.1:{port}"

        async def answers() -> bool:
            with contextlib.suppress(httpx2.ConnectError):
                async with httpx2.AsyncClient(timeout=30) as client:
                    return (await client.get(f"{url}/healthz")).status_code == 200
            return False

        await until(answers)
    async with opened(url, person) as source:
        await numbered(person).tell(given.runtime.database)  # the loop in the process finds it
        assert len(await source.take(1)) == 1
        process.terminate()
        began = time.monotonic()
        assert await source.take(1) == []
        assert source.ended
    assert await process.wait() == -signal.SIGTERM
    assert time.monotonic() - began < SOON


# Below, one stream alone and an ASGI server that does as it is told.


class Peer:
    """The other end: there until `gone`, and takes so many messages and then no more."""

    def __init__(self, takes: int = 10**9) -> None:
        self.sent: list[dict] = []
        self.gone, self.takes = asyncio.Event(), takes

    async def receive(self) -> dict:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict) -> None:
        if len(self.sent) == self.takes:
            await asyncio.Event().wait()
        self.sent.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(each.get("body", b"") for each in self.sent)


@pytest.fixture
async def streams(sqlite_url):
    database = Database(sqlite_url)
    opened = Streams(database, poll=0.01, beat=0.05)
    yield opened
    await opened.closed()
    await database.close()


def _run(stream: EventStream, peer: Peer) -> asyncio.Task:
    return asyncio.create_task(stream({"type": "http"}, peer.receive, peer.send))


async def _full() -> tuple[bytes, bool]:
    await asyncio.sleep(0)
    return b"data: x\n\n", True


@pytest.mark.parametrize("taken", [0, 3])
async def test_a_consumer_that_does_not_read_costs_one_page_and_keeps_nobody_waiting(
    streams: Streams, taken: int
):
    reads = 0

    async def counted() -> tuple[bytes, bool]:
        nonlocal reads
        reads += 1
        return await _full()

    stuck, brisk = Peer(taken), Peer()
    slow = _run(EventStream(streams, "a", counted), stuck)
    quick = _run(EventStream(streams, "b", _full), brisk)
    await _until(lambda: len(brisk.sent) > 100)
    assert (len(stuck.sent), reads) == (taken, max(0, taken - 1))
    streams.close()
    async with asyncio.timeout(30):
        await asyncio.gather(slow, quick)
    assert brisk.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
    assert streams._seats.total() == 0


async def test_a_caller_that_leaves_frees_its_place_and_stops_the_reading(streams: Streams):
    peer = Peer()
    running = _run(EventStream(streams, "a", _full), peer)
    await _until(lambda: peer.sent)
    peer.gone.set()
    await running
    assert (streams._seats.total(), streams._open) == (0, set())


async def test_a_stream_that_was_never_sent_frees_its_place(streams: Streams):
    stream = EventStream(streams, "a", _full)
    assert streams._seats.total() == 1
    del stream
    assert streams._seats.total() == 0


async def test_places_are_counted_for_each_and_for_all(streams: Streams, monkeypatch):
    held = [EventStream(streams, "a", _full) for _ in range(MOST_OF_ONE)]
    with pytest.raises(TooMany):
        EventStream(streams, "a", _full)
    held += [EventStream(streams, f"b{n}", _full) for n in range(195)]
    with pytest.raises(Unavailable):
        EventStream(streams, "c", _full)
    held.pop()
    EventStream(streams, "c", _full)
    streams.close()
    held.clear()
    with pytest.raises(Unavailable):
        EventStream(streams, "d", _full)


@pytest.mark.parametrize("fault", [NotPermitted(), OSError("with a secret in it")])
async def test_whatever_goes_wrong_while_reading_ends_the_answer_in_order(streams: Streams, fault):
    async def fails() -> tuple[bytes, bool]:
        raise fault

    peer = Peer()
    await _run(EventStream(streams, "a", fails), peer)
    assert peer.body == b"retry: 2000\n\n"
    assert peer.sent[-1]["more_body"] is False


async def test_a_database_that_is_away_for_a_while_ends_no_silent_stream(streams: Streams, monkeypatch):
    async def nothing() -> tuple[bytes, bool]:
        return b"", False

    reading, away = streams.database.reading, 3

    def sometimes():
        nonlocal away
        away -= 1
        if away >= 0:
            raise OSError("away")
        return reading()

    monkeypatch.setattr(streams.database, "reading", sometimes)
    peer = Peer()
    running = _run(EventStream(streams, "a", nothing), peer)
    await _until(lambda: away < 0)
    beats = peer.body.count(HEARTBEAT)
    await _until(lambda: peer.body.count(HEARTBEAT) > beats)
    assert not running.done()
    peer.gone.set()
    await running
