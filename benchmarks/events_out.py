"""Events out: one worker against bare loops, fairness beside hanging endpoints, and how soon the first byte comes."""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from uuid import uuid4

import psycopg

from app.domain.identity import new_id
from app.domain.policy import Audience
from app.services import announcements, webhook_secrets
from app.services.announcements import Announcement, Subject
from app.store import claims
from app.store.claims import Share, Terms
from app.store.webhook_endpoints import webhook_endpoints
from app.wiring import worker_of
from benchmarks.cores import CLIENT_CORE, SERVICE_CORE, pin
from benchmarks.stage import Stage
from benchmarks.table import Line, at_least, at_most
from tests.given import Given

EVENT = "designation_request.withdrawn"
POSTS = 12_000
WORKER_ROUNDS = 5
CLIENTS = {"httpx2": 2, "aiohttp": 0.6}  # and how many times as much is wanted
ENDPOINTS, HANGING, EVENTS = 50, 5, 1_000
FIRST_BYTES = 60
FEW, MANY, CLAIMS = 1_000, 1_000_000, 25
PATIENCE = 240.0  # seconds


@dataclass(frozen=True)
class Came:
    """One request at the receiver."""

    at: float  # seconds of the machine's monotonic clock
    path: str
    id: str


class Receiver:
    """A process that writes down what came; read when it has ended."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.receiver", str(file)],
            stdout=subprocess.PIPE,
            preexec_fn=lambda: pin(CLIENT_CORE),  # noqa: PLW1509 - no thread runs here yet
        )
        assert self.process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def end(self) -> list[Came]:
        self.process.terminate()
        self.process.wait(30)
        lines = (line.split(" ") for line in self.file.read_text().splitlines())
        return [Came(int(at) / 1e9, path, id) for at, path, id in lines]


@contextmanager
def _receiving() -> Iterator[Receiver]:
    with tempfile.TemporaryDirectory() as folder:
        receiver = Receiver(Path(folder) / "came")
        try:
            yield receiver
        finally:
            receiver.process.kill()
            receiver.process.wait()


@contextmanager
def _working(stage: Stage) -> Iterator[None]:
    """One `amtdp worker`, on the service's core."""
    command = [
        str(Path(sys.executable).parent / "amtdp"), "worker", "--data-dir", str(stage.folder),
        "--database-url", stage.database_url,
    ]  # fmt: skip
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: pin(SERVICE_CORE),  # noqa: PLW1509 - no thread runs here yet
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def _listen(given: Given, applicant_id: Any, urls: Sequence[str]) -> None:
    """Endpoints as the API would make them; more than an owner may have."""
    runtime, now = given.runtime, given.runtime.now()
    rows = [
        {
            "id": new_id(), "applicant_id": applicant_id, "url": url, "event_types": EVENT, "state": "active",
            "secrets": webhook_secrets.sealed(runtime.keyring, [webhook_secrets.new_secret()]),
            "created_at": now, "updated_at": now,
        }
        for url in urls
    ]  # fmt: skip
    async with runtime.database.writing() as db:
        await db.execute(webhook_endpoints.insert(), rows)


async def _tell(given: Given, applicant_id: Any, place: int) -> None:
    """One event about a request of its own, committed with its deliveries."""
    runtime, number = given.runtime, f"AMT-2026-{place + 1:05d}"
    about = Subject(
        new_id(), number, f"/v1/designation-requests/{number}", applicant_id,
        {"number": number, "status": "withdrawn"}, {Audience.APPLICANT: 0},
    )  # fmt: skip
    async with runtime.database.writing() as db:
        told = [Announcement(EVENT, Audience.APPLICANT)]
        await announcements.announce(db, about, runtime.now(), runtime.settings.public_url, told)


def _prepared(stage: Stage, urls: Sequence[str], events: int) -> None:
    async def prepare(given: Given) -> None:
        applicant_id = await given.applicant()
        await _listen(given, applicant_id, urls)
        for place in range(events):
            await _tell(given, applicant_id, place)

    stage.prepare(prepare)


def _wait(stage: Stage, path: str = "") -> None:
    """Until no delivery to an endpoint with such a path is open; what it asks costs the workers' database little."""
    query = (
        "SELECT EXISTS (SELECT FROM deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id"
        " WHERE d.state = 'ready' AND e.url LIKE %(urls)s) OR EXISTS (SELECT FROM deliveries d"
        " JOIN webhook_endpoints e ON e.id = d.endpoint_id WHERE d.state = 'running' AND e.url LIKE %(urls)s)"
    )
    until = time.monotonic() + PATIENCE
    with psycopg.connect(stage.database_url, autocommit=True) as db:
        while time.monotonic() < until:
            if db.execute(query, {"urls": f"%{path}%"}).fetchone() == (False,):
                return
            time.sleep(0.25)
    raise RuntimeError("the deliveries did not end in time")


def _rate(came: Sequence[Came]) -> float:
    times = sorted(each.at for each in came)
    return (len(times) - 1) / (times[-1] - times[0])


def throughput(stage: Stage) -> list[Line]:
    """Deliveries a second of one worker, claims, signatures, log and settles included, in turn with bare loops.

    A bare loop runs before and after each of ours: for as long as one takes, a shared machine does not keep its pace.
    """
    section, rates = f"Deliveries of one worker, {stage.name}", []
    for _ in range(WORKER_ROUNDS):
        before = {client: _posted(client) for client in CLIENTS}
        ours = _delivered(stage)
        after = {client: _posted(client) for client in CLIENTS}
        rates.append({"ours": ours, **{each: (before[each] + after[each]) / 2 for each in CLIENTS}})
    told = ", ".join(f"{name} {median(each[name] for each in rates):.0f}/s" for name in rates[0])
    lines = []
    for client, target in CLIENTS.items():
        ratios = sorted(each["ours"] / each[client] for each in rates)
        note = f"{ratios[0]:.2f} to {ratios[-1]:.2f} in {len(ratios)} rounds; {told}"
        lines.append(at_least(section, f"deliveries / bare {client} loop", median(ratios), target, note))
    return lines


def _delivered(stage: Stage) -> float:
    with _receiving() as receiver:
        _prepared(stage, [f"{receiver.url}/{n}" for n in range(10)], POSTS // 10)
        with _working(stage):
            _wait(stage)
        return _rate(receiver.end())


def _posted(client: str) -> float:
    with _receiving() as receiver:
        command = [
            sys.executable,
            "-m",
            "benchmarks.bare_posts",
            client,
            f"{receiver.url}/x",
            str(POSTS),
        ]
        subprocess.run(command, check=True)
        return _rate(receiver.end())


def hanging(stage: Stage) -> list[Line]:
    """1,000 events that wait for 50 endpoints of which 5 hang, against the same without these 5."""
    healthy = ENDPOINTS - HANGING
    worst = {}
    for bad in (0, HANGING):
        with _receiving() as receiver:
            urls = [f"{receiver.url}/{bad}/{n}" for n in range(healthy)]
            urls += [f"{receiver.url}/hang/{n}" for n in range(bad)]
            _prepared(stage, urls, EVENTS)
            with _working(stage):
                _wait(stage, f"/{bad}/")
            came = [each for each in receiver.end() if not each.path.startswith("/hang")]
        began = min(each.at for each in came)
        worst[bad] = quantiles([each.at - began for each in came], n=20)[-1]
    note = f"{worst[HANGING]:.1f} s beside hanging ones, {worst[0]:.1f} s without"
    section = f"{EVENTS:,} events, {ENDPOINTS} endpoints of which {HANGING} hang, {stage.name}"
    return [
        at_most(section, "p95 of the healthy / without hanging ones", worst[HANGING] / worst[0], 1.5, note)
    ]


def first_byte(stage: Stage) -> list[Line]:
    """From the commit to the first byte at a receiver, sent by a worker of its own or, embedded, in the same process."""
    committed = []

    async def tell(given: Given) -> None:
        stop = asyncio.Event()
        beside = asyncio.create_task(worker_of(given.runtime).run(stop)) if stage.is_sqlite else None
        await tell_all(given)
        stop.set()
        if beside is not None:
            await beside

    async def tell_all(given: Given) -> None:
        applicant_id = await given.applicant()
        await _listen(given, applicant_id, [f"{receiver.url}/one"])
        await _tell(given, applicant_id, 0)  # wakes and warms the worker
        await asyncio.sleep(3)
        for place in range(1, FIRST_BYTES + 1):
            await _tell(given, applicant_id, place)
            committed.append(time.monotonic())
            await asyncio.sleep(0.05)
        await asyncio.sleep(2)

    with _receiving() as receiver:
        with nullcontext() if stage.is_sqlite else _working(stage):
            time.sleep(3)
            stage.prepare(tell)
        came = sorted(each.at for each in receiver.end())[1:]
    waits = [(at - then) * 1000 for at, then in zip(came, committed, strict=True)]
    return [at_most("Commit to first byte, median", stage.name, median(waits), 50, unit=" ms")]


def claim_cost(stage: Stage) -> list[Line]:
    """Claiming with a million settled rows beside it, and with a thousand."""

    async def cost(given: Given) -> float:
        database, at, took = given.runtime.database, datetime.now(UTC), []
        for _ in range(CLAIMS):
            terms = Terms(uuid4(), at + timedelta(minutes=2), 200, {"lane": Share(0, 200)})
            began = time.perf_counter()
            async with database.writing() as db:
                claimed = await claims.claim(db, at, terms)
            took.append(time.perf_counter() - began)
            assert len(claimed) == 200
        return median(took[5:])

    few = _claims_beside(stage, FEW, cost)
    many = _claims_beside(stage, MANY - FEW, cost)
    section = f"A claim beside settled rows, {stage.name}"
    return [
        at_most(
            section, f"{MANY:,} / {FEW:,}", many / few, 1.3, f"{many * 1000:.1f} ms and {few * 1000:.1f} ms"
        )
    ]


def _claims_beside(stage: Stage, settled: int, cost: Any) -> float:
    fill = (
        "INSERT INTO deliveries (id, kind, lane, payload, state, run_at, created_at, settled_at)"
        " SELECT gen_random_uuid(), 'webhook', 'lane', '', %(state)s, now() - interval '1 hour', now(), %(over)s"
        " FROM generate_series(1, %(count)s)"
    )
    stage.prepare(_nothing)  # the tables
    with psycopg.connect(stage.database_url, autocommit=True) as db:
        db.execute("DELETE FROM deliveries WHERE state IN ('ready', 'running')")
        db.execute(fill, {"state": "done", "over": datetime.now(UTC), "count": settled})
        db.execute(fill, {"state": "ready", "over": None, "count": 200 * CLAIMS})
        db.execute("VACUUM ANALYZE deliveries")
    took: float = stage.prepare(cost)
    return took


async def _nothing(_: Given) -> None:
    """Migrates, and no more."""
