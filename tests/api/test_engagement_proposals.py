"""The proposal of an engagement: real PDFs, counted page by page, refused where they are too long."""

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, NumberObject

from app.delivery import file_upkeep
from app.domain.engagements import PAGES
from app.samples.plain_pdf import NEW_PAGE, plain_pdf
from app.storage.scanning import Clamd, Scan
from app.wiring import utc_now
from tests.clamd import clamd
from tests.engagements import PATH, move
from tests.files import docx, pdf
from tests.given import Given, Person
from tests.tables import snapshot


def paper(pages: int) -> bytes:
    paragraphs = [part for n in range(pages) for part in (f"Page {n}", NEW_PAGE)][:-1]
    return plain_pdf("A proposal", paragraphs)


async def put(person: Person, number: str, content: bytes, name: str = "proposal.pdf", **more):
    headers = more.pop("headers", {})
    return await person.post(
        f"{PATH}/{number}/proposal", files={"file": (name, content)}, data=more, headers=headers
    )


@pytest.mark.parametrize("format", PAGES)
async def test_a_proposal_has_as_many_pages_as_its_format_takes(given: Given, format: str):
    owner, most = await given.member(), PAGES[format]
    number = (await given.engagement(owner, format=format))["number"]
    fits = await put(owner, number, paper(most))
    assert fits.status_code == 201, fits.text
    assert fits.json()["proposal"]["pages"] == most
    before = await snapshot(given.runtime.database)
    refused = await put(owner, number, paper(most + 1))
    assert refused.status_code == 422
    problem = refused.json()
    assert [(each["pointer"], each["rule"]) for each in problem["errors"]] == [("/file", "pages")]
    assert (problem["stated"], problem["allowed"]) == (most + 1, most)
    assert await snapshot(given.runtime.database) == before
    kept = await owner.get(f"{PATH}/{number}/proposal/content")
    assert kept.content == paper(most)


async def test_pages_are_counted_not_believed(sqlite_given: Given):
    owner = await sqlite_given.member()
    number = (await sqlite_given.engagement(owner))["number"]
    writer, out = PdfWriter(clone_from=PdfReader(io.BytesIO(paper(4)))), io.BytesIO()
    writer.root_object["/Pages"].get_object()[NameObject("/Count")] = NumberObject(2)
    writer.write(out)
    lying = await put(owner, number, out.getvalue())
    assert (lying.status_code, lying.json()["stated"]) == (422, 4)
    locked, sealed = PdfWriter(clone_from=PdfReader(io.BytesIO(paper(4)))), io.BytesIO()
    locked.encrypt("", "owner")
    locked.write(sealed)
    assert (await put(owner, number, sealed.getvalue())).json()["stated"] == 4


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("proposal.docx", docx()),
        ("notes.txt", b"Plain notes."),
        ("proposal.pdf", b"no pdf"),
        ("proposal", pdf()),
    ],
)
async def test_only_a_pdf_is_a_proposal(sqlite_given: Given, name: str, content: bytes):
    owner = await sqlite_given.member()
    number = (await sqlite_given.engagement(owner))["number"]
    refused = await put(owner, number, content, name)
    assert (refused.status_code, refused.json()["code"]) == (422, "file-refused")


async def test_another_proposal_takes_its_place(given: Given):
    owner = await given.member()
    number = (await given.engagement(owner))["number"]
    first, second = await put(owner, number, paper(1)), await put(owner, number, paper(2))
    assert first.headers["etag"] != second.headers["etag"]
    assert second.json()["proposal"]["id"] != first.json()["proposal"]["id"]
    shown = (await owner.get(f"{PATH}/{number}")).json()["proposal"]
    assert shown["pages"] == 2
    runtime = given.runtime
    assert await file_upkeep.erase_removed(runtime.database, runtime.blobs) == 1
    assert (await owner.get(f"{PATH}/{number}/proposal/content")).content == paper(2)


async def test_a_shorter_format_is_refused_while_the_proposal_is_longer(given: Given):
    owner = await given.member()
    made = await given.engagement(owner, format="ETP")
    put_it = await put(owner, made["number"], paper(3))
    tag = {"If-Match": put_it.headers["etag"]}
    refused = await owner.patch(f"{PATH}/{made['number']}", json={"content": {"format": "CATT"}}, headers=tag)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/content/format"
    assert (refused.json()["stated"], refused.json()["allowed"]) == (3, 2)


async def test_none_is_taken_once_the_program_has_decided(given: Given):
    owner, desk = await given.member(), await given.staff("coordinator")
    number = (await given.engagement(owner))["number"]
    assert (await put(desk, number, paper(1))).status_code == 403
    assert (await owner.get(f"{PATH}/{number}/proposal/content")).status_code == 404
    await move(desk, number, "accept")
    assert (await put(owner, number, paper(1))).status_code == 409


async def test_a_repeated_upload_is_done_once(given: Given):
    owner = await given.member()
    number = (await given.engagement(owner))["number"]
    once = {"Idempotency-Key": "the-same"}
    first = await put(owner, number, paper(1), headers=once)
    again = await put(owner, number, paper(1), headers=once)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()
    other = await put(owner, number, paper(2), headers=once)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    wrong = await put(owner, number, paper(1), sha256="0" * 64)
    assert wrong.json()["errors"][0]["rule"] == "digest"


async def test_bytes_of_a_proposal_are_no_orphans(given: Given, clock):
    owner, runtime = await given.member(), given.runtime
    number = (await given.engagement(owner))["number"]
    await put(owner, number, paper(1))
    later = utc_now() + timedelta(days=1)
    assert await file_upkeep.sweep_orphans(runtime.database, runtime.blobs, later) == 0
    part = await owner.get(f"{PATH}/{number}/proposal/content", headers={"Range": "bytes=0-4"})
    assert (part.status_code, part.content) == (206, b"%PDF-")


async def test_a_verdict_that_was_owed_changes_the_tag_with_what_is_shown(given: Given):
    runtime = given.runtime
    runtime.scanner = Clamd("tcp://127.0.0.1:9")
    owner = await given.member()
    number = (await given.engagement(owner))["number"]
    waiting = await put(owner, number, paper(1))
    assert waiting.json()["proposal"]["scan"] == "pending"
    content = f"{PATH}/{number}/proposal/content"
    assert (await owner.get(content)).json()["code"] == "scan-pending"
    facts = (runtime.database, runtime.keyring, runtime.blobs)
    async with clamd() as url:
        said = await file_upkeep.scan_proposals_again(*facts, Clamd(url), runtime.now())
        assert await file_upkeep.scan_proposals_again(*facts, Clamd(url), runtime.now()) == {}
    assert list(said.values()) == [Scan.CLEAN]
    shown = await owner.get(f"{PATH}/{number}")
    assert shown.json()["proposal"]["scan"] == "clean"
    assert shown.headers["etag"] != waiting.headers["etag"]
    assert (await owner.get(content)).status_code == 200
