"""A letter leaves by a real SMTP server, and the answer to it comes back into its thread; so does its bounce."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr

import aiosmtplib
import pytest

from app.delivery.mail_listener import listening
from app.delivery.senders import SmtpServer
from app.store.digests import digest_items
from app.wiring import intake_of, worker_of
from tests.delivery.test_smtp import Desk, serving
from tests.domain.mails.corpus import ANA, OWN_ADDRESS, mail
from tests.given import Given
from tests.mail_in.given import passed, rows, said, thread_of, worker
from tests.mailed import mailed

REPORTING = "Reporting-MTA: dns; mx.example\n\n"


async def _sent(given: Given) -> list:
    """What the service's own worker sends, taken by a mail server."""
    return [message_from_bytes(raw) for raw in await _raw(given)]


async def _raw(given: Given) -> list[bytes]:
    desk = Desk()
    async with serving(desk) as port:
        delivering = worker_of(given.runtime)
        delivering.senders["mail"].carrier = SmtpServer(f"smtp://127.0.0.1:{port}")
        await delivering.drain()
        await delivering.close()
    return desk.taken


async def _arrives(given: Given, raw: bytes, to: str, sender: str) -> None:
    async with (
        listening(intake_of(given.runtime), "127.0.0.1", 0) as port,
        aiosmtplib.SMTP(hostname="127.0.0.1", port=port) as client,
    ):
        await client.sendmail(sender, [to], raw)
    await worker(given.runtime).drain()


async def test_an_answer_to_a_letter_lands_in_the_thread_of_its_message(given: Given):
    person, coordinator = await given.member(), await given.staff("coordinator")
    filed = await given.submitted(person)
    letter = next(each for each in await _sent(given) if each["Subject"].endswith("received"))
    answer = EmailMessage(policy=SMTP)
    answer["Authentication-Results"] = passed(person.email.rpartition("@")[2])
    answer["From"], answer["To"] = person.email, letter["Reply-To"]
    answer["Subject"] = f"Re: {letter['Subject']}"
    answer["In-Reply-To"], answer["References"] = letter["Message-ID"], letter["Message-ID"]
    answer["Message-ID"] = "<answer@northfield.example>"
    answer.set_content("When do you begin?\n\nOn Monday the desk wrote:\n> Your request was received.\n")
    await _arrives(given, answer.as_bytes(), letter["Reply-To"], person.email)
    thread = thread_of(filed, person)
    *_, last = await said(given.runtime, thread)
    assert (last.text, last.via, last.by) == ("When do you begin?", "mail", person.id)
    shown = (await coordinator.get(f"/v1/threads/{thread}")).json()
    assert shown["turn"] == "program"
    assert any("When do you begin?" in str(each) for each in shown["items"])
    # the program's answer goes out in the same thread of mails
    replied = await coordinator.post(f"/v1/threads/{thread}/messages", json={"text": "Next week."})
    assert replied.status_code == 201, replied.text
    second = next(each for each in await _sent(given) if person.email in each["To"])
    assert second["References"] == letter["References"]
    assert second["Reply-To"] == letter["Reply-To"]
    assert "Next week." not in second.as_string()


@pytest.mark.parametrize(
    ("sent", "followed"),
    [
        ("<new.filing@northfield.example>", "<new.filing@northfield.example>"),
        ("<n\u00e9@northfield.example>", None),
        ("none", None),
    ],
)
async def test_the_answer_to_a_filing_follows_it_in_the_thread_of_its_sender(given: Given, sent, followed):
    raw = mail().replace(b"<1@northfield.example>", sent.encode())
    await _arrives(given, raw, OWN_ADDRESS, ANA)
    given.runtime.now.move(hours=1)  # past the wait after the one worker that sends nothing
    [answer] = await mailed(given)
    assert answer["To"] == parseaddr(ANA)[1]
    assert (answer["In-Reply-To"], answer["References"]) == (followed, followed)
    assert answer["Auto-Submitted"] == ("auto-replied" if followed else "auto-generated")


@pytest.mark.parametrize(
    ("report", "state"), [("delivery-status", "bouncing"), ("feedback-report", "complained")]
)
async def test_what_comes_back_of_a_letter_is_known_of_its_address(given: Given, report, state):
    person = await given.member()
    await given.submitted(person)
    letter = next(each for each in await _sent(given) if each["Subject"].endswith("received"))
    parts = {
        "delivery-status": (
            "message/delivery-status",
            f"{REPORTING}Final-Recipient: rfc822; {person.email}\nAction: failed\nStatus: 5.1.1\n",
        ),
        "feedback-report": ("message/feedback-report", "Feedback-Type: abuse\nVersion: 1\n"),
    }
    kind, body = parts[report]
    raw = (
        f"From: MAILER-DAEMON@mx.example\nTo: intake@amtdp.example\nSubject: A report\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type={report}; boundary="b"\n\n'
        f"--b\nContent-Type: text/plain\n\nSee below.\n--b\nContent-Type: {kind}\n\n{body}\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {letter['Message-ID']}\n\n--b--\n"
    ).replace("\n", "\r\n")
    await _arrives(given, raw.encode(), "intake@amtdp.example", "")
    (row,) = await rows(given.runtime)
    assert row.verdict == "bounced"
    assert (await person.get("/v1/me")).json()["address"]["status"] == state


async def test_what_a_person_writes_waits_for_the_digest_of_whoever_chose_one(given: Given):
    person, coordinator = await given.member(), await given.staff("coordinator")
    filed = await given.submitted(person)
    chosen = await person.put(
        "/v1/me/notification-preferences",
        json={"mail": {"messages": "digest"}},
        headers={"If-Match": "*"},
    )
    assert chosen.status_code == 200, chosen.text
    await _sent(given)
    thread = thread_of(filed, person)
    written = await coordinator.post(f"/v1/threads/{thread}/messages", json={"text": "Next week."})
    assert written.status_code == 201, written.text
    assert await _sent(given) == []
    async with given.runtime.database.reading() as db:
        (waits,) = await db.execute(digest_items.select())
    assert (str(waits.message_id), waits.person_id) == (written.json()["id"], person.id)


async def test_what_a_mail_program_acts_on_arrives_in_the_clear(given: Given):
    """An encoded word is no link and no address to it."""
    person, coordinator = await given.member(), await given.staff("coordinator")
    filed = await given.submitted(person)
    await _sent(given)
    written = await coordinator.post(
        f"/v1/threads/{thread_of(filed, person)}/messages", json={"text": "Next week."}
    )
    assert written.status_code == 201, written.text
    (raw,) = await _raw(given)
    head = raw.partition(b"\r\n\r\n")[0]
    lines = {line.partition(b": ")[0]: line.partition(b": ")[2] for line in head.split(b"\r\n")}
    assert lines[b"List-Unsubscribe"].startswith(b"<http")
    assert lines[b"List-Unsubscribe"].endswith(b">")
    assert lines[b"Reply-To"].startswith(b"reply+")
    assert b"=?" not in head
    assert max(map(len, head.split(b"\r\n"))) < 998
