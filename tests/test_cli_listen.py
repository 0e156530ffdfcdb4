"""`amtdp listen` as a process, between a real service and a receiver on this machine."""

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from standardwebhooks.webhooks import Webhook
from typer.testing import CliRunner

from app.cli import app as cli
from app.client.webhooks import received
from app.domain import webhooks
from app.domain.policy import Audience
from app.main import create_app
from tests.api.test_events import numbered, told
from tests.conftest import CHEAP
from tests.delivery.given import until
from tests.events import CHANGED, Consumer, kept
from tests.given import Given
from tests.served import free_port, served

SECRET = webhooks.secret_of(bytes(range(32)))
FORWARD = ("listen", "--forward", "http://localhost:9")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The feed is read over HTTP, whatever keeps it."""
    return sqlite_url


class Receiver:
    """Keeps what it is posted, and answers with the next of `answers`, else 204."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []

    @contextlib.contextmanager
    def on(self, port: int = 0) -> Iterator[str]:
        kept = self

        class Answering(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                kept.got.append((dict(self.headers), body))
                self.send_response(kept.answers.pop(0) if kept.answers else 204)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", port), Answering)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}/hooks"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    async def has(self, count: int) -> None:
        async def enough() -> bool:
            return len(self.got) >= count

        await until(enough, 30)


@pytest.fixture(autouse=True)
def _interrupts_are_heard() -> Iterator[None]:
    """A shell that starts the tests beside itself has them ignored, and each process hands that down."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Listener:
    """The process: what it says, line by line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []

    async def says(self, word: str) -> str:
        async with asyncio.timeout(30):
            while True:
                line = (await self.process.stdout.readline()).decode()
                assert line, (word, self.lines, await self.process.stderr.read())
                self.lines.append(line.rstrip())
                if word in line:
                    return line

    async def stop(self, number: int = signal.SIGINT) -> str:
        """Where it would go on."""
        self.process.send_signal(number)
        line = await self.says("--after")
        async with asyncio.timeout(30):
            assert await self.process.wait() == 0
        return line.split()[-1]


@contextlib.asynccontextmanager
async def listening(url: str, key: str, forward: str, *more: str) -> AsyncIterator[Listener]:
    command = [sys.executable, "-m", "app.cli", "listen", "--base-url", url, "--forward", forward, *more]
    process = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, "AMTDP_API_KEY": key}, stdout=-1, stderr=-1
    )
    listener = Listener(process)
    try:
        await listener.says("listening")
        yield listener
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.fixture
def url(settings, clock, given: Given) -> Iterator[str]:
    with served(create_app(settings, clock, passwords=CHEAP)) as url:
        yield url


async def test_each_event_from_now_on_arrives_signed_with_the_bytes_of_the_feed(given: Given, url: str):
    person, receiver = await given.member(), Receiver()
    one, two = numbered(person, 1), numbered(person, 2)
    await told(given, one, 3)
    earlier = Consumer(person)
    await earlier.drain()
    with receiver.on() as forward:
        async with listening(url, person.key, forward) as listener:
            secret = listener.lines[0].split()[1]
            for subject in (one, two, one):
                await told(given, subject)
            await receiver.has(3)
            line = await listener.says(two.number)
            assert "  204  " in line
            await listener.says(f"{one.number} 5")
            place = await listener.stop()
    later = Consumer(person, cursor=earlier.cursor)
    await later.drain()
    bodies = await kept(given.runtime.database, Audience.APPLICANT)
    assert place == later.ids[-1]
    assert line.split()[-1] == later.ids[1]
    assert [body.decode() for _, body in receiver.got] == [bodies[each] for each in later.ids]
    for headers, body in receiver.got:
        delivery = received(headers, body, secrets=[secret])
        assert delivery.event.id == headers["webhook-id"]
        Webhook(secret).verify(body.decode(), headers)
        assert "v1a," not in headers["webhook-signature"]
        assert headers["content-type"] == "application/cloudevents+json"
    order = [(each["webhook-sequence"], each.get("webhook-previous-sequence")) for each, _ in receiver.got]
    assert order == [("4", None), ("1", None), ("5", "4")]
    assert person.key not in "".join(listener.lines)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_goes_on_from_where_it_was_stopped_with_the_secret_it_is_given(given: Given, url, number):
    person, receiver = await given.member(), Receiver()
    await told(given, numbered(person), 2)
    with receiver.on() as forward:
        more = ("--secret", SECRET)
        async with listening(url, person.key, forward, "--from-start", *more) as listener:
            await receiver.has(2)
            await listener.says(" 2  ")
            place = await listener.stop(number)
        await told(given, numbered(person, 2), 2)
        async with listening(url, person.key, forward, "--after", place, *more):
            await receiver.has(4)
    consumer = Consumer(person)
    await consumer.drain()
    assert [headers["webhook-id"] for headers, _ in receiver.got] == consumer.ids
    assert {received(*each, secrets=[SECRET]).event.id for each in receiver.got} == set(consumer.ids)


async def test_filters_are_the_feeds(given: Given, url: str):
    person, receiver = await given.member(), Receiver()
    await told(given, numbered(person, 1))
    await told(given, numbered(person, 2), type="designation_request.withdrawn")
    await told(given, numbered(person, 3), 2)
    with receiver.on() as forward:
        more = ("--from-start", "--type", CHANGED, "--subject", "AMT-2026-00003")
        async with listening(url, person.key, forward, *more):
            await receiver.has(2)
            await asyncio.sleep(0.2)
    assert [headers["webhook-sequence"] for headers, _ in receiver.got] == ["1", "2"]


async def test_a_service_that_is_started_anew_is_gone_on_from(given: Given, settings, clock):
    person, receiver = await given.member(), Receiver()
    with receiver.on() as forward, free_port() as port, contextlib.ExitStack() as first:
        url = first.enter_context(served(create_app(settings, clock, passwords=CHEAP), port=port))
        async with listening(url, person.key, forward):
            await told(given, numbered(person), 2)
            await receiver.has(2)
            await asyncio.to_thread(first.close)
            await told(given, numbered(person), 2)
            with served(create_app(settings, clock, passwords=CHEAP), port=port):
                await told(given, numbered(person, 2))
                await receiver.has(5)
    consumer = Consumer(person)
    await consumer.drain()
    assert [headers["webhook-id"] for headers, _ in receiver.got] == consumer.ids


async def test_a_receiver_that_is_away_is_waited_for_and_one_that_refuses_is_not(given: Given, url: str):
    person, receiver = await given.member(), Receiver()
    with free_port() as port:
        async with listening(url, person.key, f"http://127.0.0.1:{port}/hooks") as listener:
            await told(given, numbered(person), 3)
            await listener.says("waiting")
            receiver.answers = [500, 302]
            with receiver.on(port):
                await receiver.has(3)
                await listener.says("  204  ")
    said = [line.split()[1] for line in listener.lines if CHANGED in line]
    assert said == ["500", "302", "204"]
    assert [headers["webhook-sequence"] for headers, _ in receiver.got] == ["1", "2", "3"]


@pytest.mark.parametrize(
    "forward",
    [
        "https://hooks.northfield.example/amt",
        "http://hooks.northfield.example/amt",
        "http://10.0.0.7:9000/",
        "http://0.0.0.0:9000/",
        "http://localhost.example:9000/",
        "http://localhost@hooks.example/",
        "http://[::ffff:7f00:1]:9000/",
        "https://localhost:9000/",
        "ftp://localhost/",
        "localhost:9000",
    ],
)
def test_events_are_forwarded_to_this_machine_alone(forward: str):
    said = CliRunner().invoke(cli, ["listen", "--forward", forward, "--api-key", "amtdp_x"])
    assert said.exit_code == 2, said.output
    assert "this machine" in said.output


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--api-key-file", "/nonexistent/key"],
        ["--api-key", "amtdp_x", "--base-url", "http://desk.example"],
        ["--api-key", "amtdp_x", "--secret", "whsec_short"],
        ["--api-key", "amtdp_x", "--after", "x", "--from-start"],
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_asked(arguments, monkeypatch):
    monkeypatch.delenv("AMTDP_API_KEY", raising=False)
    said = CliRunner().invoke(cli, [*FORWARD, *arguments])
    assert said.exit_code == 2, said.output
    assert "amtdp_x" not in said.output


async def test_a_key_from_a_file_that_is_not_let_in_is_told_and_not_shown(given: Given, url: str, tmp_path):
    person, key = await given.member(), tmp_path / "key"
    key.write_text(f"{person.key[:-1]}\n")
    command = [sys.executable, "-m", "app.cli", *FORWARD, "--base-url", url, "--api-key-file", str(key)]
    process = await asyncio.create_subprocess_exec(*command, stdout=-1, stderr=-1)
    said = b"".join(await process.communicate()).decode()
    assert process.returncode == 1
    assert "401 unauthenticated" in said
    assert person.key[:-1] not in said
