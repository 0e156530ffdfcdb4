"""A reply by mail lands in its thread, from whoever may write there and is shown to have sent it; others wait."""

from uuid import UUID

import pytest

from app.domain.mailboxes import About, Desk, Kind
from app.domain.policy import Audience
from app.services import correspondence
from app.services.correspondence import Telling
from app.store.attachments import attachments
from app.store.receipts import receipts
from app.store.threads import placements
from app.wiring import clerk_of
from tests.domain.mails.corpus import mail
from tests.files import pdf
from tests.given import Given
from tests.mail_in.given import (
    address_of,
    arrive,
    inside_thread_of,
    of_person,
    passed,
    remarks,
    rows,
    said,
    thread_of,
    worker,
)


async def test_a_reply_is_a_message_of_its_sender_with_what_it_quotes_beside_it(given: Given):
    person = await given.member()
    filed = await given.submitted(person)
    thread = thread_of(filed, person)
    before = await said(given.runtime, thread)
    body = "Thank you.\n\nOn Monday the desk wrote:\n> Your request was received.\n"
    row = await arrive(given.runtime, of_person(person, body), address_of(given.runtime, thread))
    assert (row.verdict, row.thread_id) == ("replied", thread)
    *_, last = await said(given.runtime, thread)
    assert last.id == row.message_row_id
    assert (last.text, last.side, last.via, last.by) == ("Thank you.", "applicant", "mail", person.id)
    assert "> Your request was received." in last.quoted
    assert last.seq == len(before) + 1


async def test_the_program_is_told_and_its_author_is_not(given: Given):
    person, coordinator = await given.member(), await given.staff("coordinator")
    filed = await given.submitted(person)
    thread = thread_of(filed, person)
    row = await arrive(given.runtime, of_person(person), address_of(given.runtime, thread))
    async with given.runtime.database.reading() as db:
        query = receipts.select().where(receipts.c.message_id == row.message_row_id)
        heard = {each.person_id for each in await db.execute(query)}
    assert coordinator.id in heard
    assert person.id not in heard


async def test_staff_answer_by_mail_as_the_program(given: Given):
    person, coordinator = await given.member(), await given.staff("coordinator")
    filed = await given.submitted(person)
    thread = thread_of(filed, person)
    await arrive(given.runtime, of_person(coordinator, "Noted."), address_of(given.runtime, thread))
    *_, last = await said(given.runtime, thread)
    assert (last.text, last.side, last.by) == ("Noted.", "program", coordinator.id)


@pytest.mark.parametrize(
    "verdict",
    [
        "none",
        "dmarc=fail",
        "dmarc=none; spf=pass smtp.mailfrom=evil.example",
        "dkim=pass header.d=evil.example",
    ],
)
async def test_a_forged_sender_is_held(given: Given, verdict: str):
    person = await given.member()
    thread = thread_of(await given.submitted(person), person)
    before = await said(given.runtime, thread)
    row = await arrive(given.runtime, of_person(person, verdict=verdict), address_of(given.runtime, thread))
    assert (row.verdict, row.reason) == ("held", "unverified")
    assert await said(given.runtime, thread) == before


async def test_results_that_the_sender_wrote_itself_are_not_believed(given: Given):
    person = await given.member()
    thread = thread_of(await given.submitted(person), person)
    forged = of_person(person).replace(b"mx.amtdp.example;", b"mx.evil.example;")
    smuggled = mail(sender=person.email, subject="x").replace(
        b"Subject: x", f"Subject: x\rAuthentication-Results: {passed(person.email.split('@')[1])}".encode()
    )
    for raw in (forged, smuggled):
        row = await arrive(given.runtime, raw, address_of(given.runtime, thread))
        assert (row.verdict, row.reason) == ("held", "unverified")


async def test_whoever_has_no_right_to_the_thread_is_held(given: Given):
    person, stranger, unconfirmed = (
        await given.member(), await given.member(), await given.member(confirmed=False)
    )  # fmt: skip
    filed = await given.submitted(person)
    address = address_of(given.runtime, thread_of(filed, person))
    for each in (stranger, unconfirmed):
        row = await arrive(given.runtime, of_person(each), address)
        assert (row.verdict, row.reason) == ("held", "unknown-sender")


async def test_an_applicant_does_not_write_into_a_thread_of_the_program(given: Given):
    person, coordinator = await given.member(), await given.staff("coordinator")
    desk = await given.desk()
    filed = await given.under_assessment(person, desk)
    inside = inside_thread_of(filed)
    before = await said(given.runtime, inside)
    assert before
    row = await arrive(given.runtime, of_person(person), address_of(given.runtime, inside))
    assert (row.verdict, row.reason) == ("held", "unknown-sender")
    released = await coordinator.post(f"/v1/incoming-mails/{row.id}/decisions", json={"decision": "release"})
    assert released.status_code == 201
    await worker(given.runtime).drain()
    (row,) = await rows(given.runtime)
    assert (row.verdict, row.reason) == ("held", "thread-gone")
    assert await said(given.runtime, inside) == before
    listed = await coordinator.get("/v1/incoming-mails?verdict=held")
    assert listed.status_code == 200, listed.text
    assert [each["reason"]["code"] for each in listed.json()["items"]] == ["thread-gone"]


async def test_staff_who_are_recused_do_not_write(given: Given):
    person, reviewer = await given.member(), await given.staff("reviewer", "coordinator")
    filed = await given.submitted(person)
    declared = await reviewer.post(
        f"/v1/designation-requests/{filed['number']}/conflicts", json={"reason": "I worked there."}
    )
    assert declared.status_code == 201, declared.text
    row = await arrive(
        given.runtime, of_person(reviewer), address_of(given.runtime, thread_of(filed, person))
    )
    assert (row.verdict, row.reason) == ("held", "unknown-sender")


async def test_files_of_a_reply_go_to_the_request_where_it_takes_any(given: Given):
    person = await given.member()
    desk = await given.desk()
    filed = await given.under_assessment(person, desk)
    address = address_of(given.runtime, thread_of(filed, person))
    closed = await arrive(given.runtime, of_person(person, files=(("late.pdf", pdf()),)), address)
    assert closed.verdict == "replied"
    assert remarks(closed)[0].startswith("late.pdf: kept in the mail alone.")
    asked = await desk.lead.post(
        f"/v1/designation-requests/{filed['number']}/transitions",
        json={"name": "request_information", "reply_by": "2026-07-20", "questions": [{"text": "Why?"}]},
    )
    assert asked.status_code == 200, asked.text
    taken = await arrive(
        given.runtime, of_person(person, "See file.", files=(("answer.pdf", pdf()),)), address
    )
    assert (taken.verdict, remarks(taken)) == ("replied", [])
    async with given.runtime.database.reading() as db:
        query = attachments.select().where(attachments.c.request_id == UUID(filed["id"]))
        names = {each.filename for each in await db.execute(query)}
    assert "answer.pdf" in names
    assert "late.pdf" not in names


async def test_what_is_odd_about_the_files_of_a_reply_or_not_taken_is_said(given: Given):
    person = await given.member()
    filed = await given.asked(person, await given.desk())
    files = (("run.exe", b"MZ"), ("report.exe.pdf", pdf()))
    row = await arrive(
        given.runtime, of_person(person, files=files), address_of(given.runtime, thread_of(filed, person))
    )
    assert row.verdict == "replied"
    refused, odd = remarks(row)
    assert refused.startswith("run.exe: not taken.")
    assert odd == "report.exe.pdf: Its name has the extension of another kind of file in the middle."
    shown = (await person.get(f"/v1/designation-requests/{filed['number']}/attachments")).json()["items"]
    assert {each["filename"] for each in shown} >= {"report.exe.pdf"}
    assert "run.exe" not in {each["filename"] for each in shown}


async def test_an_automatic_reply_is_no_message(given: Given):
    person = await given.member()
    thread = thread_of(await given.submitted(person), person)
    before = await said(given.runtime, thread)
    row = await arrive(
        given.runtime, of_person(person, Auto_Submitted="auto-replied"), address_of(given.runtime, thread)
    )
    assert (row.verdict, row.reason) == ("ignored", "auto-reply")
    assert await said(given.runtime, thread) == before


async def test_a_reply_about_a_draft_goes_to_nobody_of_the_program(given: Given):
    person, coordinator = await given.member(), await given.staff("coordinator")
    draft = await given.draft(person)
    about = About(Kind.DRAFT, UUID(draft["id"]), draft["number"], Desk.PROGRAM, person.applicant_id)
    words = {"number": draft["number"], "link": "http://t/x", "days": "30", "date": "2026-12-01"}
    told = Telling(about, Audience.APPLICANT, "draft_expiry", words)
    async with given.runtime.database.writing() as db:
        hand = clerk_of(given.runtime).desk(db, given.runtime.now())
        await correspondence.tell_at_once(hand, [told])
    row = await arrive(given.runtime, of_person(person), address_of(given.runtime, told.thread_id))
    assert (row.verdict, row.thread_id) == ("replied", told.thread_id)
    *_, last = await said(given.runtime, told.thread_id)
    async with given.runtime.database.reading() as db:
        heard = list(await db.execute(receipts.select().where(receipts.c.message_id == last.id)))
        places = list(await db.execute(placements.select().where(placements.c.thread_id == told.thread_id)))
    assert heard == []  # its author is the only member
    assert [each.mailbox_id for each in places] == [person.applicant_id]
    assert (await coordinator.get(f"/v1/threads/{told.thread_id}")).status_code == 404


async def test_staff_without_a_right_to_the_thread_are_not_let_through_as_its_applicant(given: Given):
    person, auditor, coordinator = (
        await given.member(), await given.staff("auditor"), await given.staff("coordinator")
    )  # fmt: skip
    thread = thread_of(await given.submitted(person), person)
    before = await said(given.runtime, thread)
    row = await arrive(given.runtime, of_person(auditor), address_of(given.runtime, thread))
    await coordinator.post(f"/v1/incoming-mails/{row.id}/decisions", json={"decision": "release"})
    await worker(given.runtime).drain()
    (row,) = await rows(given.runtime)
    assert (row.verdict, row.reason) == ("held", "unknown-sender")
    assert await said(given.runtime, thread) == before


async def test_a_stranger_that_is_let_through_writes_as_nobody_in_particular(given: Given):
    person, stranger, coordinator = (
        await given.member(), await given.member(), await given.staff("coordinator")
    )  # fmt: skip
    thread = thread_of(await given.submitted(person), person)
    row = await arrive(given.runtime, of_person(stranger), address_of(given.runtime, thread))
    await coordinator.post(f"/v1/incoming-mails/{row.id}/decisions", json={"decision": "release"})
    await worker(given.runtime).drain()
    *_, last = await said(given.runtime, thread)
    assert (last.side, last.by, last.via) == ("applicant", None, "mail")
