"""Attachments over HTTP."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.delivery import file_upkeep
from app.services import verification
from app.storage.scanning import Clamd, Scan
from app.store.attachments import attachments as table
from tests.clamd import EICAR, clamd
from tests.files import attach, docx, pdf, zipped
from tests.given import Given

PATH = "/v1/designation-requests"


def _blobs(given: Given) -> list[Path]:
    return [path for path in Path(given.runtime.settings.storage).rglob("*") if path.is_file()]


async def test_a_file_is_kept_with_its_size_and_digest_and_comes_back_the_same(given: Given):
    person = await given.member()
    draft = await given.draft(person)
    content = pdf(3)
    answered = await attach(person, draft["number"], content, "Ångström report.pdf", description="The runs")
    assert answered.status_code == 201, answered.text
    kept = answered.json()
    assert (kept["filename"], kept["size"], kept["sha256"], kept["media_type"], kept["scan"]) == (
        "Ångström report.pdf", len(content), hashlib.sha256(content).hexdigest(), "application/pdf", "unscanned",
    )  # fmt: skip
    at = f"{PATH}/{draft['number']}/attachments"
    assert (await person.get(at)).json()["items"] == [kept]
    assert (await person.get(f"{at}/{kept['id']}")).json() == kept
    got = await person.get(f"{at}/{kept['id']}/content")
    assert got.content == content
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-disposition"].startswith("attachment;")
    assert "filename*=UTF-8''%C3%85ngstr%C3%B6m%20report.pdf" in got.headers["content-disposition"]
    assert (await person.get(f"{PATH}/{draft['number']}")).headers["etag"] == draft["etag"], (
        "an upload is no change"
    )


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=0-9", 206, 0, 10),
        ("bytes=5-", 206, 5, None),
        ("bytes=-7", 206, -7, None),
        ("bytes=0-999999999", 206, 0, None),
        ("bytes=999999999-", 416, 0, 0),
        ("bytes=-0", 416, 0, 0),
        ("bytes=9-5", 200, 0, None),
        ("bytes=", 200, 0, None),
        ("bytes=0-1,3-4", 200, 0, None),
        ("lines=0-1", 200, 0, None),
    ],
)
async def test_a_range_is_answered_in_part_or_refused_with_the_length(
    sqlite_given: Given, asked, status, start, end
):
    person = await sqlite_given.member()
    draft = await sqlite_given.draft(person)
    content = pdf()
    kept = (await attach(person, draft["number"], content)).json()
    at = f"{PATH}/{draft['number']}/attachments/{kept['id']}/content"
    got = await person.get(at, headers={"Range": asked})
    assert got.status_code == status
    if status < 300:
        assert got.content == content[start:end]
        assert got.headers["content-length"] == str(len(got.content))
        assert ("content-range" in got.headers) == (status == 206)
    else:
        assert got.headers["content-range"] == f"bytes */{len(content)}"
        assert got.json()["code"] == "range-not-satisfiable"
    held = await person.get(at, headers={"If-None-Match": f'"{kept["sha256"]}"'})
    assert (held.status_code, held.content) == (304, b"")


REFUSED = {
    "html before the pdf": ("a.pdf", b"<html>" + pdf()),
    "a pdf that is cut": ("a.pdf", pdf()[:60]),
    "a program called pdf": ("a.pdf", b"MZ" + bytes(100)),
    "a program called text": ("a.txt", b"MZ\x90 this is not text"),
    "a script called csv": ("a.csv", b"#!/bin/sh\nrm -rf /\n"),
    "text with a zero byte": ("a.txt", b"abc\0def"),
    "text that is no UTF-8 late on": ("a.csv", b"a,b\n" * 3000 + b"\xff\xfe"),
    "a zip called docx": ("a.docx", zipped(readme="x")),
    "a jpeg called png": ("a.png", b"\xff\xd8\xff\xe0" + bytes(50)),
    "a kind that is not taken": ("a.exe", b"MZ"),
    "no extension": ("report", pdf()),
    "nothing in it": ("a.pdf", b""),
    "a name of dots": ("...", pdf()),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_is_not_what_it_says_is_refused_at_upload_and_leaves_nothing(sqlite_given: Given, case):
    name, content = REFUSED[case]
    person = await sqlite_given.member()
    draft = await sqlite_given.draft(person)
    answered = await attach(person, draft["number"], content, name)
    assert (answered.status_code, answered.json()["code"]) == (422, "file-refused"), answered.text
    assert (await person.get(f"{PATH}/{draft['number']}/attachments")).json()["items"] == []
    assert _blobs(sqlite_given) == []


@pytest.mark.parametrize(
    ("name", "content"), [("a.docx", docx()), ("a.csv", b"x,y\n1,2\n"), ("A.PDF", pdf()), ("a.json", b"{}")]
)
async def test_the_kinds_that_are_taken_are_taken(sqlite_given: Given, name, content):
    person = await sqlite_given.member()
    draft = await sqlite_given.draft(person)
    assert (await attach(person, draft["number"], content, name)).status_code == 201


async def test_a_digest_or_field_that_is_wrong_refuses_the_file_and_leaves_nothing(given: Given):
    person = await given.member()
    draft = await given.draft(person)
    for fields, pointer in (
        ({"sha256": "0" * 64}, "/sha256"),
        ({"kind": "novel"}, "/kind"),
        ({"colour": "red"}, "/colour"),
    ):
        answered = await attach(person, draft["number"], **fields)
        assert (answered.status_code, answered.json()["errors"][0]["pointer"]) == (422, pointer)
    right = hashlib.sha256(pdf()).hexdigest().upper()
    assert (await attach(person, draft["number"], sha256=right)).status_code == 201
    assert len(_blobs(given)) == 1


async def test_repeating_an_upload_with_its_key_keeps_one_file(given: Given):
    person = await given.member()
    draft = await given.draft(person)
    key = {"Idempotency-Key": "upload-1"}
    content = pdf()
    first = await attach(person, draft["number"], content, headers=key)
    again = await attach(person, draft["number"], content, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    other = await attach(person, draft["number"], pdf(2), headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert len(_blobs(given)) == 1


async def test_a_file_over_the_limit_is_refused_by_its_length_or_as_it_passes_it(given: Given):
    person = await given.member()
    draft = await given.draft(person)
    most = given.runtime.settings.max_file_bytes
    claimed = await person.post(
        f"{PATH}/{draft['number']}/attachments",
        content=b"",
        headers={"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(2 * 2**30)},
    )
    assert (claimed.status_code, claimed.json()["code"]) == (413, "too-large")
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        while sent < 2 * most:
            sent += 2**20
            yield b"1,2\n" * 2**18

    passed = await person.post(
        f"{PATH}/{draft['number']}/attachments",
        content=endless(),
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    assert passed.status_code == 413
    assert sent <= most + 8 * 2**20
    assert _blobs(given) == []


async def test_a_body_cut_in_the_middle_leaves_no_row_and_no_bytes(given: Given):
    person = await given.member()
    draft = await given.draft(person)
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    at, kind = f"{PATH}/{draft['number']}/attachments", {"Content-Type": "multipart/form-data; boundary=x"}
    for body in (head + b"1,2\n" * 10, head, b"--x\r\n", b"", b"no boundary at all"):
        answered = await person.post(at, content=body, headers=kind)
        assert answered.status_code == 422, answered.text
    wrong = await person.post(at, content=b"{}", headers={"Content-Type": "application/json"})
    assert (wrong.status_code, wrong.json()["code"]) == (415, "unsupported-media-type")
    assert (await person.get(at)).json()["items"] == []
    assert _blobs(given) == []


async def test_nobody_else_sees_a_draft_file_and_staff_see_it_after_receipt(given: Given):
    person, stranger, staff = await given.member(), await given.member(), await given.staff("reviewer")
    draft = await given.ready_draft(person)
    kept = (await attach(person, draft["number"])).json()
    at = f"{PATH}/{draft['number']}/attachments"
    for other in (stranger, staff):
        for path in (at, f"{at}/{kept['id']}", f"{at}/{kept['id']}/content"):
            assert (await other.get(path)).status_code == 404
    assert (await attach(stranger, draft["number"])).status_code == 404
    filed = await given.move(person, draft["number"], "submit")
    assert filed.status_code == 200, filed.text
    receipt = (await person.get(f"{PATH}/{draft['number']}/receipt")).json()["receipt"]
    assert [(file["filename"], file["sha256"], file["scan"]) for file in receipt["attachments"]] == [
        ("report.pdf", kept["sha256"], "unscanned")
    ]
    assert (await staff.get(f"{at}/{kept['id']}/content")).status_code == 200
    late = await attach(person, draft["number"])
    problem = late.json()
    assert (late.status_code, problem["status"], problem["code"]) == (409, 409, "not-a-draft")
    removed = await person.delete(f"{at}/{kept['id']}", headers={"If-Match": "*"})
    assert removed.status_code == 409


async def test_a_file_can_be_taken_out_of_a_draft_by_its_tag(given: Given):
    person = await given.member()
    draft = await given.draft(person)
    answered = await attach(person, draft["number"])
    at = f"{PATH}/{draft['number']}/attachments/{answered.json()['id']}"
    assert (await person.delete(at)).status_code == 428
    assert (await person.delete(at, headers={"If-Match": '"other"'})).status_code == 412
    assert (await person.delete(at, headers={"If-Match": answered.headers["etag"]})).status_code == 204
    assert (await person.get(at)).status_code == 404
    assert _blobs(given) == []
    story = (await person.get(f"{PATH}/{draft['number']}/timeline")).json()["items"]
    assert [each["what"] for each in story] == ["draft_opened", "attachment_added", "attachment_removed"]


async def test_a_record_whose_bytes_are_gone_says_so(given: Given):
    person = await given.member()
    draft = await given.draft(person)
    kept = (await attach(person, draft["number"])).json()
    (blob,) = _blobs(given)
    blob.unlink()
    answered = await person.get(f"{PATH}/{draft['number']}/attachments/{kept['id']}/content")
    assert (answered.status_code, answered.json()["code"]) == (410, "file-missing")
    assert answered.json()["sha256"] == kept["sha256"]


async def test_files_and_a_draft_changed_at_once_keep_one_whole_chain(given: Given):
    person = await given.member()
    draft = await given.draft(person)
    at = f"{PATH}/{draft['number']}"
    answers = await asyncio.gather(
        *(attach(person, draft["number"], name=f"r{n}.pdf") for n in range(4)),
        person.patch(at, json={"content": {"title": "Meanwhile"}}, headers={"If-Match": draft["etag"]}),
    )
    assert sorted(each.status_code for each in answers) == [200, 201, 201, 201, 201]
    async with given.runtime.database.reading() as db:
        assert [fault async for _, fault in verification.broken_chains(db)] == [None]


async def test_an_infected_file_is_visible_not_served_and_stops_the_submission(given: Given):
    async with clamd() as url:
        given.runtime.scanner = Clamd(url)
        person = await given.member()
        draft = await given.ready_draft(person)
        bad = await attach(person, draft["number"], EICAR + b"\n", "sample.txt")
        assert (bad.status_code, bad.json()["scan"]) == (201, "infected")
        at = f"{PATH}/{draft['number']}/attachments/{bad.json()['id']}"
        refused = await person.get(f"{at}/content")
        assert (refused.status_code, refused.json()["code"]) == (403, "file-infected")
        submitted = await given.move(person, draft["number"], "submit")
        assert submitted.status_code == 422
        assert "file-infected" in {each["rule"] for each in submitted.json()["errors"]}
        await person.delete(at, headers={"If-Match": bad.headers["etag"]})
        assert (await attach(person, draft["number"])).json()["scan"] == "clean"
        assert (await given.move(person, draft["number"], "submit")).status_code == 200


async def test_a_scanner_that_is_away_leaves_the_file_pending_until_it_answers(given: Given):
    given.runtime.scanner = Clamd("tcp://127.0.0.1:9")
    person = await given.member()
    draft = await given.ready_draft(person)
    kept = await attach(person, draft["number"])
    assert kept.json()["scan"] == "pending"
    assert (await given.move(person, draft["number"], "submit")).status_code == 422
    at = f"{PATH}/{draft['number']}/attachments/{kept.json()['id']}"
    held_back = await person.get(f"{at}/content")
    assert (held_back.status_code, held_back.json()["code"]) == (409, "scan-pending")
    async with clamd() as url:
        said = await file_upkeep.scan_again(
            given.runtime.database, given.runtime.blobs, Clamd(url), given.runtime.now()
        )
    assert list(said.values()) == [Scan.CLEAN]
    now = await person.get(at)
    assert (now.json()["scan"], now.headers["etag"]) != ("pending", kept.headers["etag"])
    assert (await person.get(f"{at}/content")).status_code == 200
    assert (await given.move(person, draft["number"], "submit")).status_code == 200
    story = (await person.get(f"{PATH}/{draft['number']}/timeline")).json()["items"]
    assert [each["what"] for each in story][1:3] == ["attachment_added", "attachment_scanned"]


async def test_the_record_never_holds_a_name_that_leads_elsewhere(sqlite_given: Given):
    person = await sqlite_given.member()
    draft = await sqlite_given.draft(person)
    for sent in ("../../etc/passwd.pdf", "C:\\temp\\x.pdf", "a\u202efdp.exe.pdf", "r\r\nSet-Cookie: x.pdf"):
        answered = await attach(person, draft["number"], name=sent)
        assert answered.status_code == 201
        assert not set("/\\\r\n\u202e") & set(answered.json()["filename"])
    async with sqlite_given.runtime.database.reading() as db:
        blobs = [row.blob for row in await db.execute(table.select())]
    assert all(blob.count("/") == 1 and ".." not in blob for blob in blobs)
