"""The package on its way out: one moment of the record, few statements, little memory, and never something else."""

import asyncio
import hashlib
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

import httpx2
import pytest

from app.domain.identity import new_id
from app.storage.archives import Altered
from app.store import requests
from app.store.attachments import Attachment, attachments
from tests.given import Given
from tests.packages import PATH, document, faults, filed, package
from tests.statements import heard

LARGE, MOST_AT_ONCE, MOST_HELD = 64 * 2**20, 2**20, 8 * 2**20
MOST_STATEMENTS = 24  # of which the program takes five for its own work, and both take one at each version


async def test_bytes_that_are_not_those_of_the_record_end_the_connection(given: Given):
    person = await given.member()
    number = await filed(given, person, "a.pdf")
    async with given.runtime.database.writing() as db:
        await db.execute(attachments.update().values(sha256="0" * 64))
    transport = httpx2.ASGITransport(given.client._transport.app, raise_app_exceptions=True)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as caller:
        person.client = caller
        with pytest.raises(Altered, match=r"attachments/01-a\.pdf"):
            await package(person, number)


@pytest.mark.parametrize("who", ["owner", "staff"])
async def test_a_package_takes_as_many_statements_for_much_as_for_little(given: Given, who: str):
    counts = []
    for much in (1, 12):
        owner, staff = await given.member(), await given.staff("reviewer", "coordinator")
        number = await filed(given, owner, *(f"report-{place}.pdf" for place in range(much)))
        for _ in range(much):
            assert (await staff.post(f"{PATH}/{number}/notes", json={"text": "A note."})).status_code == 201
        with heard(given.runtime.database) as statements:
            await package(owner if who == "owner" else staff, number)
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert counts[0] <= MOST_STATEMENTS, counts


async def test_a_package_shows_one_moment_while_the_request_goes_on(given: Given):
    person, company = await given.member(), await given.desk()
    number = (await given.under_assessment(person, company))["number"]

    async def write() -> None:
        for place in range(15):
            noted = await company.lead.post(f"{PATH}/{number}/notes", json={"text": f"Note {place}."})
            assert noted.status_code == 201

    async def read() -> list[bytes]:
        return [await package(company.lead, number) for _ in range(15)]

    _, taken = await asyncio.gather(write(), read())
    for raw in taken:
        assert await faults(given, raw) == ()
        entries = document(raw, "journal.json")["items"]
        written = sum(each["entry"]["action"] == "note_written" for each in entries)
        assert len(document(raw, "review.json")["notes"]) == written


async def test_a_large_file_passes_piece_by_piece(sqlite_given: Given):
    """Counted at both ends: what is sent at once, and what is held at most."""
    given = sqlite_given
    person = await given.member()
    number = await filed(given, person)
    await package(person, number)  # what is loaded once is loaded now
    await _put_large_file(given, number)
    sent: list[int] = []

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.body":
            sent.append(len(message["body"]))

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    headers = [(b"host", b"test"), (b"authorization", f"Bearer {person.key}".encode())]
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1",
        "method": "GET", "scheme": "http", "path": f"{PATH}/{number}/package", "root_path": "",
        "query_string": b"", "headers": headers, "client": ("127.0.0.1", 1), "server": ("test", 80),
    }  # fmt: skip
    tracemalloc.start()
    try:
        await given.client._transport.app(scope, receive, send)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(sent) > LARGE
    assert max(sent) < MOST_AT_ONCE
    assert peak < MOST_HELD


async def _put_large_file(given: Given, number: str) -> None:
    """Beside the door, which would take its time."""
    piece, digest = b"x" * 2**20, hashlib.sha256()

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(LARGE // len(piece)):
            digest.update(piece)
            yield piece

    blob, now = f"large/{new_id()}", given.runtime.now()
    await given.runtime.blobs.put(blob, pieces())
    async with given.runtime.database.writing() as db:
        row = (await db.execute(requests.requests.select().where(requests.requests.c.number == number))).one()
        file = Attachment(
            id=new_id(), request_id=row.id, filename="large.txt", size=LARGE, sha256=digest.hexdigest(),
            media_type="text/plain", kind="other", description=None, scan="clean", blob=blob, created_by=None,
            created_at=now, removed_at=None,
        )  # fmt: skip
        await db.execute(attachments.insert(), asdict(file))
