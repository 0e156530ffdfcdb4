"""What a call costs beside throughput: statements, CPU of a judgement, memory, start, and growth with the store."""

import asyncio
import copy
import time
from dataclasses import replace
from datetime import date
from typing import Any

from app.domain import exact_json
from app.domain.content import Content
from app.domain.rules import pack
from app.domain.rules.case import Applicant, Case
from app.domain.rules.engine import judge
from benchmarks import fill
from benchmarks.cores import forget_peak, megabytes, peak_megabytes
from benchmarks.load import Burst, Call, in_turn, send
from benchmarks.served import Served
from benchmarks.stage import REQUESTS, Stage, call_of
from benchmarks.table import Line, at_least, at_most
from tests.domain.rules import given_content
from tests.given import Given, Person, sound_content
from tests.statements import heard

SMALL, LARGE = 1_000, 100_000
PAGES = 40
FILTERS = (
    "", "state=submitted", "status=under_assessment", "applicant_type=cdmo", "center=CBER", "scope=platform",
    "due_before=2027-01-01", "received_from=2026-01-01", "updated_since=2026-01-01T00:00:00Z", "q=continuous",
    "sort=updated_at", "sort=created_at", "sort=-created_at", "sort=received_on", "sort=-received_on",
    "sort=statutory_due_on", "sort=-statutory_due_on", "clock=running", "clock=overdue",
    "assigned_to=me", "assigned_to=me&sort=statutory_due_on", "assigned_to=me&clock=running",
)  # fmt: skip


def statements(stage: Stage) -> list[Line]:
    """Statements of one call, transaction control included; the suite holds the same budgets."""
    section = f"Statements a call, {stage.name}"

    async def count(given: Given) -> list[Line]:
        person, database = await given.member(), given.runtime.database
        counted: dict[str, int] = {}
        with heard(database) as found:
            draft = await given.ready_draft(person)
            counted["open a draft"] = len(found)
        at, tag = f"{REQUESTS}/{draft['number']}", {"If-Match": draft["etag"]}
        with heard(database) as found:
            await person.patch(at, json={"content": {"title": "Other"}}, headers=tag)
            counted["amend a draft"] = len(found)
        with heard(database) as found:
            await given.move(person, draft["number"], "submit")
            counted["submit"] = len(found)
        with heard(database) as found:
            await person.get(at)
            counted["get by id"] = len(found)
        with heard(database) as found:
            await person.get(REQUESTS)
            counted["list"] = len(found)
        most = {"open a draft": 8, "amend a draft": 8, "submit": 16}
        return [at_most(section, what, number, most.get(what, 4)) for what, number in counted.items()]

    return stage.prepare(count)


def readiness() -> list[Line]:
    """CPU of judging, parsing of the stored text left out."""
    big = given_content.adequate("commercial", "platform")
    items = big["scalability"]["evidence"]
    big["scalability"]["evidence"] = [
        {**copy.deepcopy(items[n % len(items)]), "key": f"ev-{n}"} for n in range(40)
    ]
    section = "Readiness, CPU"
    return [
        at_most(section, "40 evidence items", _judging(big, 40), 15, unit=" ms"),
        at_most(section, "the smallest request", _judging({}, 400), 0.5, unit=" ms"),
    ]


def _judging(tree: dict[str, Any], times: int) -> float:
    content = Content.model_validate(exact_json.decode(exact_json.encode(tree)))
    applicant, rules = Applicant("Bench", "cdmo"), pack.load()
    judge(Case(content, applicant, date(2026, 6, 1), rules))
    began = time.process_time()
    for _ in range(times):
        judge(Case(content, applicant, date(2026, 6, 1), rules))
    return (time.process_time() - began) * 1000 / times


def process(stage: Stage) -> list[Line]:
    """Start to ready, and what one worker holds after a request of each kind."""
    section = f"One worker, {stage.name}"

    async def cast(given: Given) -> tuple[Person, str]:
        person = await given.member()
        return person, (await given.submitted(person))["number"]

    person, number = stage.prepare(cast)
    with stage.service() as service:
        content = exact_json.decode(exact_json.encode({"content": sound_content()}))
        for call, expects in (
            (call_of(person, "POST", REQUESTS, content), 201),
            (call_of(person, "GET", f"{REQUESTS}/{number}"), 200),
            (call_of(person, "GET", f"{REQUESTS}/{number}/receipt"), 200),
            (call_of(person, "GET", REQUESTS), 200),
            (call_of(person, "POST", "/v1/readiness-checks", content), 200),
        ):
            send(Burst(service.port, [call], 1, expects, connections=1))
        return [
            at_most(section, "start to ready", service.ready_after, 3, unit=" s"),
            at_most(section, "memory at idle", megabytes(service.pid), 200, unit=" MB"),
        ]


def lists(stage: Stage) -> list[Line]:
    """A page of the program's list, by every filter and order, with few and with many requests."""
    section = f"A page of the list: {LARGE:,} requests / {SMALL:,}"

    async def cast(given: Given) -> tuple[Person, str, str]:
        owner, reader = await given.member(), await given.staff("auditor")
        others = [await given.applicant() for _ in range(7)]
        reviewers = [(await given.staff("reviewer")).id for _ in range(5)]
        fill.people(stage.database_url, others, reviewers)
        return reader, (await given.submitted(owner))["number"], str(reviewers[1])

    reader, template, reviewer = stage.prepare(cast)
    queries = {each: each.replace("=me", f"={reviewer}") for each in FILTERS}

    def page(query: str) -> float:
        return in_turn(
            service.port,
            call_of(reader, "GET", f"{REQUESTS}?{query}"),
            call_of(reader, "GET", "/v1/me"),
            PAGES,
        )

    with stage.service() as service:
        fill.desk(stage.database_url, template, SMALL, 0, 7, 5)
        few = {each: page(query) for each, query in queries.items()}
        fill.desk(stage.database_url, template, LARGE - SMALL, SMALL, 7, 5)
        many = {each: page(query) for each, query in queries.items()}
    return [at_most(section, each or "no filter", many[each] / few[each], 1.3) for each in FILTERS]


def holdings(stage: Stage) -> list[Line]:
    """Get, and more days, by a caller that holds many requests, in turn with one that holds few."""
    section = "The caller holds 10,000 requests / 20"

    async def cast(given: Given) -> list[tuple[Person, str]]:
        people = [await given.member(), await given.member()]
        return [(each, (await given.draft(each))["number"]) for each in people]

    (busy, of_many), (other, of_few) = stage.prepare(cast)
    fill.copies(stage.database_url, of_few, 19)
    fill.copies(stage.database_url, of_many, 9_999, first=19)
    with stage.service() as service:

        def ratio(method: str, what: str, times: int, expects: int) -> float:
            many = call_of(busy, method, f"{REQUESTS}/{of_many}{what}")
            few = call_of(other, method, f"{REQUESTS}/{of_few}{what}")
            return in_turn(service.port, many, few, times, expects)

        got, moved = ratio("GET", "", 300, 200), ratio("POST", "/extensions", 150, 201)
    return [
        at_most(section, "get by id", got, 1.2),
        at_most(section, "a change of state or days", moved, 1.2),
    ]


def uploads(stage: Stage) -> list[Line]:
    """A 500 MB file: against the same bytes streamed to a file with SHA-256, and what the server's memory does."""
    section = "Upload of 500 MB"

    async def cast(given: Given) -> tuple[Person, str]:
        person = await given.member()
        return person, (await given.draft(person))["number"]

    person, number = stage.prepare(cast)
    chunk = b"1,2,3,4,5,6,7\n" * 75_000
    times = 500 * 2**20 // len(chunk)
    with stage.service() as service, stage.floor() as floor:
        _upload(service, f"{REQUESTS}/{number}/attachments", person.key, chunk, 4)
        forget_peak(service.pid)
        before = megabytes(service.pid)
        bare = _upload(floor, "/copies", person.key, chunk, times)
        ours = _upload(service, f"{REQUESTS}/{number}/attachments", person.key, chunk, times)
        grown = peak_megabytes(service.pid) - before
    return [
        at_least(section, "throughput / bare streamed copy", bare / ours, 0.5),
        at_most(section, "growth of the server's memory", grown, 32, unit=" MB"),
    ]


def _upload(server: Served, path: str, key: str, chunk: bytes, times: int) -> float:
    return asyncio.run(_stream(server.port, path, key, chunk, times))


async def _stream(port: int, path: str, key: str, chunk: bytes, times: int) -> float:
    """Seconds to send the chunk so many times as one file of a form, from first byte to answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    kind = b'--x\r\nContent-Disposition: form-data; name="kind"\r\n\r\nother\r\n'
    head = kind + b'--x\r\nContent-Disposition: form-data; name="file"; filename="big.csv"\r\n\r\n'
    tail = b"\r\n--x--\r\n"
    call = Call(
        "POST", path, {"Authorization": f"Bearer {key}", "Content-Type": "multipart/form-data; boundary=x"}
    )
    length = len(head) + len(tail) + times * len(chunk)
    began = time.perf_counter()
    writer.write(call.wire().replace(b"Content-Length: 0", f"Content-Length: {length}".encode()) + head)
    for _ in range(times):
        writer.write(chunk)
        await writer.drain()
    writer.write(tail)
    status = (await reader.readline()).split()[1]
    took = time.perf_counter() - began
    writer.close()
    if not status.startswith(b"2"):
        raise RuntimeError(f"{path} answered {status.decode()}")
    return took


def reported(lines: list[Line]) -> list[Line]:
    """The same lines without their targets, which hold on PostgreSQL."""
    return [replace(line, target="", holds=None) for line in lines]
