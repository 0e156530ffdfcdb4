"""Where mails go: a table of what they say of themselves."""

from uuid import UUID

import pytest

from app.domain.mails import bounces, reading, reply_address, sorting
from app.domain.mails.entities import Walk
from app.domain.mails.mail import Envelope, Own
from app.domain.mails.sorting import Way
from tests.domain.mails.corpus import OWN_ADDRESS, mail
from tests.domain.mails.test_reading import KEYRING, OWN

AUTO_REPLY = (Way.IGNORE, "auto-reply")
THREAD = UUID("019a0000-0000-7000-8000-000000000001")
REPLY_TO = reply_address.of(KEYRING, THREAD, OWN.domain)
OURS = "<019a0000-0000-7000-8000-0000000000ff@amtdp.example>"


def way(
    raw: bytes, to: str = OWN_ADDRESS, envelope_sender: str | None = "ana@northfield.example"
) -> tuple[Way, str | None]:
    found = reading.read(raw, Envelope(envelope_sender, to), OWN)
    there = sorting.destination(found, to, OWN, KEYRING)
    return there.way, there.reason


@pytest.mark.parametrize(
    ("fields", "at_the_program", "at_a_thread"),
    [
        ({}, (Way.FILING, None), (Way.REPLY, None)),
        ({"Auto_Submitted": "no"}, (Way.FILING, None), (Way.REPLY, None)),
        ({"Auto_Submitted": "auto-replied (vacation)"}, AUTO_REPLY, AUTO_REPLY),
        ({"Auto_Submitted": "auto-generated"}, (Way.HOLD, "auto-submitted"), (Way.IGNORE, "auto-submitted")),
        ({"Precedence": "auto_reply"}, AUTO_REPLY, AUTO_REPLY),
        ({"Precedence": "bulk"}, (Way.HOLD, "bulk"), (Way.IGNORE, "bulk")),
        ({"List_Id": "<all.x.example>"}, (Way.HOLD, "list"), (Way.IGNORE, "list")),
        ({"X_Autoreply": "yes"}, AUTO_REPLY, AUTO_REPLY),
        ({"X_Auto_Response_Suppress": "All"}, (Way.FILING, None), (Way.REPLY, None)),
        ({"X_Spam_Flag": "YES"}, (Way.HOLD, "spam"), (Way.HOLD, "spam")),
        ({"X_Spam_Status": "Yes, score=9.1"}, (Way.HOLD, "spam"), (Way.HOLD, "spam")),
        ({"X_Spam_Status": "No, score=-1"}, (Way.FILING, None), (Way.REPLY, None)),
        ({"X_Loop": OWN_ADDRESS}, (Way.IGNORE, "loop"), (Way.IGNORE, "loop")),
        ({"X_Loop": "list@elsewhere.example"}, (Way.FILING, None), (Way.REPLY, None)),
        ({"subject": "CATT request"}, (Way.ENGAGEMENT, None), (Way.REPLY, None)),
        ({"subject": "New: catt"}, (Way.ENGAGEMENT, None), (Way.REPLY, None)),
        ({"subject": "Scattering"}, (Way.FILING, None), (Way.REPLY, None)),
        ({"subject": "Automatic reply: x", "In_Reply_To": "<1@x.example>"}, AUTO_REPLY, AUTO_REPLY),
        ({"subject": "Out of office operations"}, (Way.FILING, None), (Way.REPLY, None)),
    ],
)  # fmt: skip
def test_what_a_mail_says_of_itself_decides(
    fields: dict[str, str], at_the_program: tuple[Way, str | None], at_a_thread: tuple[Way, str | None]
):
    assert way(mail(**fields)) == at_the_program
    assert way(mail(**fields), REPLY_TO) == at_a_thread


def test_a_mail_of_ours_that_comes_back_is_a_loop_and_one_of_a_colleague_is_not():
    assert way(mail().replace(b"<1@northfield.example>", OURS.encode())) == (Way.IGNORE, "loop")
    elsewhere = OURS.replace("amtdp.example", "letters.example").encode()
    assert way(mail().replace(b"<1@northfield.example>", elsewhere)) == (Way.FILING, None)
    sending = Own(OWN_ADDRESS, "", sends_as="Desk <desk@letters.example>")
    found = reading.read(
        mail().replace(b"<1@northfield.example>", elsewhere), Envelope(None, OWN_ADDRESS), sending
    )
    assert found.machine_answer == "loop"
    colleague = b"<8D2F1A7C-3B5E-4C6D-9A8B-7E6F5D4C3B2A@amtdp.example>"
    assert way(mail().replace(b"<1@northfield.example>", colleague)) == (Way.FILING, None)


def test_nobody_to_answer_to_is_looked_at_by_a_person():
    assert way(mail(), envelope_sender="") == (Way.HOLD, "no-sender")
    assert way(mail(), envelope_sender=None) == (Way.FILING, None)


def test_an_address_that_is_none_of_ours_is_looked_at_by_a_person():
    guess = "reply+" + "a" * 42 + "@amtdp.example"
    assert way(mail(), guess) == (Way.HOLD, "unknown-recipient")
    assert way(mail(), "else@amtdp.example") == (Way.HOLD, "unknown-recipient")
    assert way(mail(), OWN_ADDRESS.upper()) == (Way.FILING, None)


REPORT = """From: MAILER-DAEMON@x.example
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It did not arrive.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; x.example

Final-Recipient: rfc822; Ana@northfield.example
Action: failed
Status: 5.1.1

--b
Content-Type: message/rfc822

Message-ID: {id}
Subject: AMT-2026-00001

text
--b--
"""


def test_a_report_says_what_of_ours_did_not_arrive():
    raw = REPORT.replace("{id}", OURS).encode()
    for each in (raw, raw.replace(b"\n", b"\r\n")):
        assert way(each, envelope_sender="") == (Way.BOUNCE, "bounce")
        found = bounces.of(Walk(each).run())
        assert found == bounces.Bounce("Ana@northfield.example", "failed", "5.1.1", OURS)
        assert found.is_final


def test_a_report_of_a_delay_is_not_final():
    delayed = REPORT.replace("failed", "delayed").replace("5.1.1", "4.4.1").replace("{id}", "none")
    found = bounces.of(Walk(delayed.encode()).run())
    assert found is not None
    assert (found.is_final, found.original_id) == (False, None)
