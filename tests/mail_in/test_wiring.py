"""The service as it is wired: its own delivery loop acts on mail and sends the answer."""

from email import message_from_bytes

from app.domain.mails.mail import Envelope
from app.wiring import intake_of, worker_of
from tests.domain.mails.corpus import mail
from tests.given import Given
from tests.mail_in.given import PROGRAM, rows

ANA = "ana@northfield.example"


async def test_the_loop_of_the_service_acts_on_mail_and_answers_it(given: Given):
    await intake_of(given.runtime).take(mail("A secret method.", subject="Secret"), Envelope(ANA, PROGRAM))
    loop = worker_of(given.runtime)
    await loop.drain()
    await loop.drain()
    (row,) = await rows(given.runtime)
    assert row.verdict == "filed"
    folder = given.runtime.settings.data_dir / "mail"
    (answer,) = [
        found
        for found in (message_from_bytes(file.read_bytes()) for file in sorted(folder.glob("*.eml")))
        if found["To"] == ANA
    ]
    assert answer["Subject"].endswith(": your mail was received")
    assert answer["Auto-Submitted"] == "auto-replied"
    assert "secret" not in answer.as_string().lower()
    assert "/v1/claims/" in answer.get_payload()[0].get_payload(decode=True).decode()


async def test_an_answer_of_ours_that_comes_back_is_a_loop(given: Given):
    await intake_of(given.runtime).take(mail(), Envelope(ANA, PROGRAM))
    loop = worker_of(given.runtime)
    await loop.drain()
    await loop.drain()
    folder = given.runtime.settings.data_dir / "mail"
    (own,) = [file.read_bytes() for file in folder.glob("*.eml") if ANA.encode() in file.read_bytes()]
    await intake_of(given.runtime).take(own, Envelope(ANA, PROGRAM))
    await loop.drain()
    assert [(row.verdict, row.reason) for row in await rows(given.runtime)] == [
        ("filed", None),
        ("ignored", "loop"),
    ]
