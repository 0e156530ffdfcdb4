"""A filing that comes by mail is received: at its instant, on its desk, with its files, and answered once."""

import tracemalloc
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.domain import exact_json
from app.services import verification
from app.services.journal import instant
from app.storage.scanning import Clamd
from app.store.attachments import attachments
from app.store.requests import requests
from tests.clamd import EICAR, clamd
from tests.domain.mails.corpus import AUTHSERV, mail
from tests.files import bursting_docx, bursting_pdf, pdf
from tests.given import Given, sound_content
from tests.mail import letters
from tests.mail_in.given import arrive, of_person, remarks, rows, worker

ANA = "ana@northfield.example"


async def _request(given: Given, id: UUID):
    async with given.runtime.database.reading() as db:
        return (await db.execute(requests.select().where(requests.c.id == id))).one()


async def _files(given: Given, id: UUID):
    async with given.runtime.database.reading() as db:
        query = attachments.select().where(attachments.c.request_id == id).order_by(attachments.c.filename)
        return list(await db.execute(query))


async def test_a_filing_keeps_the_instant_at_which_our_server_took_it(given: Given, clock):
    arrived = clock()
    row = await arrive(given.runtime, mail("Please take it.\n", files=(("method.pdf", pdf()),)))
    assert (row.verdict, row.reason, row.received_at) == ("filed", None, arrived)
    found = await _request(given, row.request_id)
    assert (found.state, found.on_desk, found.expires_at) == ("draft", True, None)
    assert found.mail_received_at == arrived
    assert found.title == "Designation request"
    assert [file.filename for file in await _files(given, row.request_id)] == ["mail.txt", "method.pdf"]


async def test_its_desk_sees_it_at_once_with_its_files_and_registers_it_as_of_that_instant(
    given: Given, clock
):
    arrived = clock()
    await arrive(given.runtime, mail(files=(("method.pdf", pdf()),)))
    clock.move(days=3)
    coordinator = await given.staff("coordinator")
    (item,) = (await coordinator.get("/v1/designation-requests")).json()["items"]
    path = f"/v1/designation-requests/{item['number']}"
    files = (await coordinator.get(f"{path}/attachments")).json()["items"]
    assert {each["filename"] for each in files} == {"mail.txt", "method.pdf"}
    assert item["mail_received_at"] == instant(arrived)
    assert item["received_at"] is None
    moved = await coordinator.post(f"{path}/transitions", json={"name": "register_mailed"})
    assert moved.status_code == 200, moved.text
    assert moved.json()["received_at"] == moved.json()["mail_received_at"] == instant(arrived)
    assert moved.json()["statutory_due_on"] == "2026-11-28"


async def test_whoever_sent_it_hears_of_the_receipt_while_nobody_has_claimed_it_and_the_preview_says_so(
    given: Given,
):
    row = await arrive(given.runtime, mail())
    coordinator = await given.staff("coordinator")
    path = f"/v1/designation-requests/{row.request_id}/transitions"
    preview = await coordinator.post(path, json={"name": "register_mailed"}, params={"preview": "true"})
    told = [(each["to"], each["template"]) for each in preview.json()["letters"]]
    assert told == [(ANA, "request_received")]
    await coordinator.post(path, json={"name": "register_mailed"})
    assert [letter.template for letter in await letters(given.runtime, ANA)] == [
        "mailed_filing_received",
        "request_received",
    ]


async def test_the_chain_of_a_mailed_filing_holds(given: Given):
    await arrive(given.runtime, mail(files=(("method.pdf", pdf()),)))
    async with given.runtime.database.reading() as db:
        assert [fault async for _, fault in verification.broken_chains(db)] == [None]


async def test_a_filing_never_expires_whatever_is_changed_of_it(given: Given):
    person = await given.member()
    row = await arrive(given.runtime, of_person(person))
    path = f"/v1/designation-requests/{row.request_id}"
    tag = (await person.get(path)).headers["etag"]
    changed = await person.patch(path, json={"content": {"title": "New"}}, headers={"If-Match": tag})
    assert changed.status_code == 200
    extended = await person.post(f"{path}/extensions")
    assert extended.status_code < 300
    assert (await _request(given, row.request_id)).expires_at is None


async def test_a_verified_member_of_one_applicant_files_for_it_and_may_submit(given: Given, clock):
    person, arrived = await given.member(), clock()
    content = exact_json.encode(sound_content())
    row = await arrive(given.runtime, of_person(person, files=(("content.json", content),)))
    found = await _request(given, row.request_id)
    assert found.applicant_id == person.applicant_id
    assert found.ready
    clock.move(days=2)
    moved = await given.move(person, found.number, "submit", signature=given.signature(person))
    assert moved.status_code == 200, moved.text
    assert moved.json()["received_on"] == arrived.date().isoformat()


@pytest.mark.parametrize("verdict", ["none", "dmarc=none; spf=softfail smtp.mailfrom=x.example"])
async def test_an_address_alone_binds_nothing(given: Given, verdict: str):
    person = await given.member()
    row = await arrive(given.runtime, of_person(person, verdict=verdict))
    found = await _request(given, row.request_id)
    assert row.verdict == "filed"
    assert found.applicant_id != person.applicant_id
    assert (await person.get(f"/v1/designation-requests/{found.number}")).status_code == 404


async def test_a_sender_that_is_shown_to_be_forged_is_held_and_gets_no_answer(given: Given):
    person = await given.member()
    row = await arrive(given.runtime, of_person(person, verdict="dmarc=fail"))
    assert (row.verdict, row.reason) == ("held", "unverified")
    assert await letters(given.runtime) == []
    async with given.runtime.database.reading() as db:
        assert (await db.execute(select(func.count()).select_from(requests))).scalar_one() == 0


async def test_it_is_answered_once_with_number_report_and_claim_and_nothing_of_its_own(given: Given):
    secret = "Perfusion with the secret resin"
    raw = mail(secret, subject=secret, files=((f"{secret}.pdf", pdf()), ("run.exe", b"MZ")))
    row = await arrive(given.runtime, raw)
    (letter,) = await letters(given.runtime, ANA)
    number = (await _request(given, row.request_id)).number
    assert letter.facts["number"] == number
    assert (
        "SC-" in letter.facts["report"] or "RQ-" in letter.facts["report"] or "- " in letter.facts["report"]
    )
    assert "/v1/claims/" in letter.facts["claim"]
    assert "File 2: not taken." in letter.facts["files"]
    assert secret not in str(letter)
    assert remarks(row)[0].startswith("run.exe: not taken.")
    assert row.answered_at is not None


async def test_files_beyond_those_a_request_may_have_stay_in_the_mail_alone(given: Given):
    given.runtime.settings = given.runtime.settings.model_copy(update={"max_files": 3})
    row = await arrive(given.runtime, mail(files=tuple((f"{n}.pdf", pdf()) for n in range(1, 9))))
    assert row.verdict == "filed"
    kept = await _files(given, row.request_id)
    assert [file.filename for file in kept] == ["1.pdf", "2.pdf", "mail.txt"]
    left = "kept in the mail alone. A request has at most 3 files."
    assert remarks(row) == [f"{n}.pdf: {left}" for n in range(3, 9)]
    (letter,) = await letters(given.runtime, ANA)
    assert letter.facts["files"].splitlines() == [f"- File {n}: {left}" for n in range(3, 9)]
    stored = {each.name async for each in given.runtime.blobs.listed()}
    assert stored == {row.blob, *(file.blob for file in kept)}


async def test_an_odd_name_is_told_inside_and_to_its_sender_though_the_file_is_taken(given: Given):
    row = await arrive(given.runtime, mail(files=(("report.exe.pdf", pdf()),)))
    odd = "Its name has the extension of another kind of file in the middle."
    assert [file.filename for file in await _files(given, row.request_id)] == ["mail.txt", "report.exe.pdf"]
    coordinator = await given.staff("coordinator")
    shown = (await coordinator.get(f"/v1/incoming-mails/{row.id}")).json()
    assert remarks(row) == shown["remarks"] == [f"report.exe.pdf: {odd}"]
    (letter,) = await letters(given.runtime, ANA)
    assert letter.facts["files"] == f"- File 1: {odd}"


async def test_an_infected_file_is_kept_marked_and_served_to_nobody(given: Given):
    async with clamd() as url:
        given.runtime.scanner = Clamd(url)
        row = await arrive(given.runtime, mail(files=(("sample.txt", EICAR + b"\n"), ("method.pdf", pdf()))))
    scans = {file.filename: file.scan for file in await _files(given, row.request_id)}
    assert scans == {"mail.txt": "clean", "method.pdf": "clean", "sample.txt": "infected"}
    coordinator = await given.staff("coordinator")
    path = f"/v1/designation-requests/{row.request_id}/attachments"
    answered = {
        file["filename"]: (file["scan"], (await coordinator.get(f"{path}/{file['id']}/content")))
        for file in (await coordinator.get(path)).json()["items"]
    }
    assert {name: (scan, got.status_code) for name, (scan, got) in answered.items()} == {
        "mail.txt": ("clean", 200), "method.pdf": ("clean", 200), "sample.txt": ("infected", 403),
    }  # fmt: skip
    assert answered["sample.txt"][1].json()["code"] == "file-infected"


async def test_what_bursts_is_looked_at_and_not_unpacked(sqlite_given: Given):
    raw = mail(files=(("a.docx", bursting_docx()), ("a.pdf", bursting_pdf())))
    tracemalloc.start()
    try:
        row = await arrive(sqlite_given.runtime, raw)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [file.filename for file in await _files(sqlite_given, row.request_id)] == ["a.docx", "mail.txt"]
    assert remarks(row) == ["a.pdf: not taken. It cannot be opened as a PDF."]
    assert most < 64 * 2**20


async def test_the_same_bytes_twice_are_one_filing_and_one_answer(given: Given):
    raw = mail()
    await arrive(given.runtime, raw)
    await arrive(given.runtime, raw)
    assert len(await rows(given.runtime)) == 1
    assert len(await letters(given.runtime, ANA)) == 1
    await worker(given.runtime).drain()
    async with given.runtime.database.reading() as db:
        assert (await db.execute(select(func.count()).select_from(requests))).scalar_one() == 1


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"Auto_Submitted": "auto-replied"}, "ignored"),
        ({"Auto_Submitted": "auto-generated"}, "held"),
        ({"Precedence": "bulk"}, "held"),
        ({"X_Loop": "intake@amtdp.example"}, "ignored"),
        ({"X_Auto_Response_Suppress": "All"}, "filed"),
    ],
)
async def test_no_machine_is_answered(given: Given, fields: dict[str, str], verdict: str):
    row = await arrive(given.runtime, mail(**fields))
    assert row.verdict == verdict
    assert await letters(given.runtime, ANA) == []


async def test_one_address_gets_ten_answers_a_day_and_its_filings_all_the_same(given: Given, clock):
    for n in range(12):
        await arrive(given.runtime, mail(f"Number {n}"))
    assert len(await letters(given.runtime, ANA)) == 10
    assert [row.verdict for row in await rows(given.runtime)] == ["filed"] * 12
    clock.move(days=1, seconds=1)
    await arrive(given.runtime, mail("The day after"))
    assert len(await letters(given.runtime, ANA)) == 11


async def test_what_goes_beyond_twenty_filings_a_day_is_held(given: Given):
    for n in range(21):
        row = await arrive(given.runtime, mail(f"Number {n}", Auto_Submitted="no"))
    assert (row.verdict, row.reason) == ("held", "beyond-a-day")


async def test_staff_file_nothing(given: Given):
    staff = await given.staff("coordinator")
    row = await arrive(given.runtime, of_person(staff))
    assert (row.verdict, row.reason) == ("held", "from-staff")


async def test_a_catt_request_becomes_an_engagement_with_its_two_pages(given: Given, clock):
    arrived = clock()
    row = await arrive(
        given.runtime, mail(subject="CATT request", files=(("long.pdf", pdf(3)), ("short.pdf", pdf(2))))
    )
    assert row.verdict == "filed"
    assert row.request_id is None
    coordinator = await given.staff("coordinator")
    (item,) = (await coordinator.get("/v1/engagements")).json()["items"]
    found = (await coordinator.get(f"/v1/engagements/{item['number']}")).json()
    assert (found["format"], found["state"]) == ("CATT", "requested")
    assert found["received_at"][:10] == arrived.date().isoformat()
    assert found["proposal"]["filename"] == "short.pdf"
    assert any(remark.startswith("long.pdf: kept in the mail alone") for remark in remarks(row))
    (letter,) = await letters(given.runtime, ANA)
    assert letter.template == "mailed_engagement_received"
    assert "/v1/claims/" in letter.facts["claim"]


async def test_the_name_of_our_server_in_a_mail_is_believed_only_where_it_is_set(given: Given):
    person = await given.member()
    forged = of_person(person).replace(AUTHSERV.encode(), b"mx.evil.example")
    row = await arrive(given.runtime, forged)
    assert (await _request(given, row.request_id)).applicant_id != person.applicant_id
