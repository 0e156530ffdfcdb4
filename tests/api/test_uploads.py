"""What becomes of uploads that are cut, endless, repeated, too many, or raced; and how much memory one takes."""

import asyncio
import contextlib
import hashlib
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.delivery import file_upkeep
from app.main import create_app
from app.storage.blobs import PART, Blobs
from app.store.attachments import attachments as table
from tests.files import attach, pdf
from tests.given import Given, Person
from tests.served import served
from tests.storage import stores

PATH = "/v1/designation-requests"
FORM = {"Content-Type": "multipart/form-data; boundary=x"}
FILE = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
KIND = b'\r\n--x\r\nContent-Disposition: form-data; name="kind"\r\n\r\nother\r\n--x--\r\n'


def bytes_kept(given: Given) -> list[Path]:
    """By `walk`, which passes over folders that go while it looks."""
    found = os.walk(given.runtime.settings.storage)
    return [Path(folder, name) for folder, _, names in found for name in names]


async def rows(given: Given) -> int:
    async with given.runtime.database.reading() as db:
        return len((await db.execute(table.select())).all())


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.fixture
def socket(sqlite_given: Given) -> Iterator[tuple[str, int]]:
    """Host and port of a second process's worth of the same service, over the same store."""
    runtime = sqlite_given.runtime
    with served(create_app(runtime.settings, runtime.now)) as url:
        parts = urlsplit(url)
        yield str(parts.hostname), int(parts.port or 0)


def head(person: Person, number: str, length: int) -> bytes:
    """The head of an upload, as it goes over the wire."""
    lines = (
        f"POST {PATH}/{number}/attachments HTTP/1.1",
        "Host: desk.example",
        f"Authorization: Bearer {person.key}",
        f"Content-Type: {FORM['Content-Type']}",
        f"Content-Length: {length}",
        "\r\n",
    )
    return "\r\n".join(lines).encode()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - what is waited for is in another thread
            await asyncio.sleep(0.01)


async def test_a_large_file_goes_through_with_memory_flat(sqlite_given: Given):
    person = await sqlite_given.member()
    draft = await sqlite_given.draft(person)
    await attach(person, draft["number"])  # what is loaded at the first upload is no part of it
    line, pieces = b"lot,yield\n12,0.93\n" * 3641, 1000
    most = start = resident()

    async def body() -> AsyncIterator[bytes]:
        nonlocal most
        yield FILE
        for _ in range(pieces):
            most = max(most, resident())
            yield line
        yield KIND

    answered = await person.post(f"{PATH}/{draft['number']}/attachments", content=body(), headers=FORM)
    assert answered.status_code == 201, answered.text
    assert answered.json()["size"] == pieces * len(line) > 64 * 10**6
    assert answered.json()["sha256"] == hashlib.sha256(line * pieces).hexdigest()
    assert most - start < 32 * 2**20


@pytest.mark.parametrize("sent", [0, 100, 12 * 10**6])
async def test_a_connection_cut_in_mid_upload_leaves_no_row_and_no_bytes(sqlite_given: Given, socket, sent):
    person = await sqlite_given.member()
    draft = await sqlite_given.draft(person)
    _, writer = await asyncio.open_connection(*socket)
    writer.write(head(person, draft["number"], 50_000_000) + FILE + b"1,2\n" * (sent // 4))
    await writer.drain()
    if sent > PART:
        await until(lambda: bool(bytes_kept(sqlite_given)))
    writer.transport.abort()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    await until(lambda: not bytes_kept(sqlite_given))
    assert await rows(sqlite_given) == 0
    assert (await attach(person, draft["number"])).status_code == 201


async def test_two_gigabytes_are_refused_before_they_are_sent(sqlite_given: Given, socket):
    person = await sqlite_given.member()
    draft = await sqlite_given.draft(person)
    reader, writer = await asyncio.open_connection(*socket)
    writer.write(head(person, draft["number"], 2 * 2**30) + FILE)
    answer = await asyncio.wait_for(reader.read(), 60)  # to its end: nobody waits for the rest
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 413")
    assert b'"code":"too-large"' in answer
    assert b"connection: close" in answer.lower()


async def test_what_will_not_do_is_refused_while_it_is_still_being_sent(sqlite_given: Given):
    person = await sqlite_given.member()
    draft = await sqlite_given.draft(person)
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        yield FILE
        while sent < 50 * 2**20:
            sent += 2**16
            yield b"MZ" + bytes(2**16 - 2)

    answered = await person.post(f"{PATH}/{draft['number']}/attachments", content=body(), headers=FORM)
    assert (answered.status_code, answered.json()["code"]) == (422, "file-refused")
    assert sent < 2**20
    assert bytes_kept(sqlite_given) == []


async def test_a_key_brings_the_same_answer_whatever_has_become_of_the_request(given: Given):
    person = await given.member()
    draft = await given.ready_draft(person)
    key = {"Idempotency-Key": "upload-1"}
    first = await attach(person, draft["number"], headers=key)
    assert (await given.move(person, draft["number"], "submit")).status_code == 200
    again = await attach(person, draft["number"], headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    for other in ({"content": pdf(2)}, {"name": "other.pdf"}, {"kind": "letter"}):
        refused = await attach(person, draft["number"], headers=key, **other)
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency-key-reused")
    assert (await attach(person, draft["number"], headers={"Idempotency-Key": "new"})).status_code == 409
    assert len(bytes_kept(given)) == 1


async def test_one_key_in_parallel_keeps_one_file(given: Given):
    person = await given.member()
    draft = await given.draft(person)
    key = {"Idempotency-Key": "upload-1"}
    answers = await asyncio.gather(*(attach(person, draft["number"], headers=key) for _ in range(5)))
    assert {each.status_code for each in answers} <= {201, 409}
    assert len({each.json()["id"] for each in answers if each.status_code == 201}) == 1
    assert await rows(given) == len(bytes_kept(given)) == 1


async def test_a_request_never_has_more_files_than_the_limit_however_they_come(given: Given):
    given.runtime.settings = given.runtime.settings.model_copy(update={"max_files": 3})
    person = await given.member()
    draft = await given.draft(person)
    answers = await asyncio.gather(*(attach(person, draft["number"], name=f"{n}.pdf") for n in range(6)))
    assert sorted(each.status_code for each in answers) == [201, 201, 201, 409, 409, 409]
    assert {each.json()["code"] for each in answers if each.status_code == 409} == {"too-many-files"}
    assert await rows(given) == len(bytes_kept(given)) == 3


async def test_files_of_one_name_are_told_apart_by_a_number(given: Given):
    person = await given.member()
    draft = await given.draft(person)
    answers = await asyncio.gather(*(attach(person, draft["number"], name="r.pdf") for _ in range(3)))
    names = [each.json()["filename"] for each in answers]
    assert sorted(names) == ["r (2).pdf", "r (3).pdf", "r.pdf"]
    first = answers[names.index("r.pdf")]
    at = f"{PATH}/{draft['number']}/attachments/{first.json()['id']}"
    assert first.headers["location"] == at
    await person.delete(at, headers={"If-Match": first.headers["etag"]})
    assert (await attach(person, draft["number"], name="r.pdf")).json()["filename"] == "r.pdf"


async def test_files_are_listed_page_by_page(sqlite_given: Given):
    person = await sqlite_given.member()
    draft = await sqlite_given.draft(person)
    kept = [(await attach(person, draft["number"], name=f"{n}.pdf")).json()["id"] for n in range(5)]
    at, seen = f"{PATH}/{draft['number']}/attachments?limit=2", list[str]()
    url = at
    while url:
        body = (await person.get(url)).json()
        seen += [each["id"] for each in body["items"]]
        url = body["next_cursor"] and f"{at}&cursor={body['next_cursor']}"
    assert seen == kept


async def test_head_tells_everything_and_reads_nothing(sqlite_given: Given):
    person = await sqlite_given.member()
    draft = await sqlite_given.draft(person)
    kept = (await attach(person, draft["number"])).json()
    at = f"{PATH}/{draft['number']}/attachments/{kept['id']}/content"
    got, told = await person.get(at), await person.call("HEAD", at)
    assert (told.status_code, told.content) == (200, b"")
    for name in ("etag", "content-length", "content-type", "content-disposition", "repr-digest"):
        assert told.headers[name] == got.headers[name]


@pytest.mark.parametrize("accept", ["application/pdf", "*/*", "application/octet-stream", "application/*"])
async def test_a_download_may_ask_for_its_own_type(sqlite_given: Given, accept):
    person = await sqlite_given.member()
    draft = await sqlite_given.draft(person)
    kept = (await attach(person, draft["number"])).json()
    at = f"{PATH}/{draft['number']}/attachments/{kept['id']}/content"
    got = await person.get(at, headers={"Accept": accept})
    assert (got.status_code, got.headers["content-type"]) == (200, "application/pdf")
    assert "sandbox" in got.headers["content-security-policy"]
    assert (await person.get(at, headers={"Accept": "text/html"})).status_code == 406


async def test_a_range_of_another_version_brings_the_whole(sqlite_given: Given):
    person = await sqlite_given.member()
    draft = await sqlite_given.draft(person)
    kept = (await attach(person, draft["number"])).json()
    at = f"{PATH}/{draft['number']}/attachments/{kept['id']}/content"
    for condition, status in ((f'"{kept["sha256"]}"', 206), ('"other"', 200), (f'W/"{kept["sha256"]}"', 200)):
        got = await person.get(at, headers={"Range": "bytes=0-3", "If-Range": condition})
        assert got.status_code == status


async def test_a_storage_that_is_away_is_a_503_on_every_route_and_keeps_no_row(sqlite_given: Given):
    person = await sqlite_given.member()
    draft = await sqlite_given.draft(person)
    kept = (await attach(person, draft["number"])).json()
    with stores.bucket() as url:
        sqlite_given.runtime.blobs = Blobs(url.replace("files", "no-such-bucket"))
        put = await attach(person, draft["number"], name="b.pdf")
    got = await person.get(f"{PATH}/{draft['number']}/attachments/{kept['id']}/content")
    for answered in (put, got):
        assert (answered.status_code, answered.json()["code"]) == (503, "unavailable")
        assert int(answered.headers["retry-after"]) > 0
    assert await rows(sqlite_given) == 1


async def test_an_upload_in_two_orders_of_its_parts_is_one_upload(sqlite_given: Given):
    person = await sqlite_given.member()
    draft = await sqlite_given.draft(person)
    at = f"{PATH}/{draft['number']}/attachments"
    before = (
        b'--x\r\nContent-Disposition: form-data; name="kind"\r\n\r\nother\r\n' + FILE + b"1,2\r\n--x--\r\n"
    )
    after = FILE + b"1,2" + KIND
    for body in (before, after):

        async def by_bytes(body: bytes = body) -> AsyncIterator[bytes]:
            for place in range(len(body)):
                yield body[place : place + 1]

        answered = await person.post(at, content=by_bytes(), headers=FORM)
        assert (answered.status_code, answered.json()["size"]) == (201, 3), answered.text


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (FILE + b"1\r\n" + FILE + b"2" + KIND, "/file"),
        (FILE + b"1" + KIND.replace(b"other", b"x" * 5000), ""),
        (FILE + b"1" + KIND.replace(b'name="kind"', b'name="kinds"'), "/kind"),
        (FILE + b"1\r\n--x--\r\n", "/kind"),
        (FILE.replace(b'; filename="a.csv"', b"") + b"1" + KIND, "/file"),
        (KIND.removeprefix(b"\r\n"), "/file"),
        (b"--y\r\n", ""),
        (FILE.replace(b"Content-Disposition", b"Content-Nothing") + b"1" + KIND, ""),
        (
            b"".join(b'--x\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n\r\n' % n for n in range(50)),
            "",
        ),
    ],
)
async def test_a_form_that_is_not_one_file_and_its_fields_is_refused(sqlite_given: Given, body, pointer):
    person = await sqlite_given.member()
    draft = await sqlite_given.draft(person)
    answered = await person.post(f"{PATH}/{draft['number']}/attachments", content=body, headers=FORM)
    assert (answered.status_code, answered.json()["errors"][0]["pointer"]) == (422, pointer), answered.text
    assert bytes_kept(sqlite_given) == []


async def test_a_deleted_draft_takes_bytes_and_names_with_it_and_keeps_its_chain(given: Given):
    person = await given.member()
    draft = await given.draft(person)
    await attach(person, draft["number"], name="of-a-person.pdf", description="Ana Ruiz")
    now = await person.get(f"{PATH}/{draft['number']}")
    gone = await person.delete(f"{PATH}/{draft['number']}", headers={"If-Match": now.headers["etag"]})
    assert gone.status_code == 204
    assert await file_upkeep.erase_removed(given.runtime.database, given.runtime.blobs) == 1
    assert await rows(given) == len(bytes_kept(given)) == 0
