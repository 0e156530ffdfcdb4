"""Reading never fails: any bytes become a mail, and every mail has somewhere to go."""

import time
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from app.domain.keyring import Keyring
from app.domain.mails import reading, sorting
from app.domain.mails.limits import MAIL_BYTES, PARTS
from app.domain.mails.mail import Envelope, Mail, Own
from app.domain.mails.sorting import REASONS, Way
from tests.domain.mails.corpus import AUTHSERV, OWN_ADDRESS, PDF, corpus, mail, nested, parts

OWN = Own(OWN_ADDRESS, AUTHSERV)
ENVELOPE = Envelope("ana@northfield.example", OWN_ADDRESS)
KEYRING = Keyring(b"k" * 32, Ed25519PrivateKey.generate())
CORPUS = dict(corpus())
TIME = 3.0  # seconds of work; each takes a tenth of it, and what others do meanwhile does not count


def read(raw: bytes) -> Mail:
    return reading.read(raw, ENVELOPE, OWN)


def insist_on_a_plain_value(found: Mail) -> None:
    """Nothing that a header, a database or a file system would read as something else."""
    words = [found.subject, *(each.filename for each in found.enclosed), *found.to, *found.references]
    words += [each for each in (found.message_id, found.in_reply_to) if each]
    words += [] if found.sender is None else [found.sender.name, found.sender.address]
    assert all(word.isprintable() for word in words)
    assert not any("/" in each.filename or "\\" in each.filename for each in found.enclosed)
    for text in (found.text, found.quoted):
        assert not set(text) & {*map(chr, range(9)), "\r", "\x0b", "\x0c", "\x1b", "\u202e"}
        text.encode()


@pytest.mark.parametrize("name", CORPUS)
def test_every_hostile_mail_becomes_a_value_with_a_way(name: str):
    began = time.thread_time()
    found = read(CORPUS[name])
    assert time.thread_time() - began < TIME
    insist_on_a_plain_value(found)
    there = sorting.destination(found, OWN_ADDRESS, OWN, KEYRING)
    assert there.reason is None or there.reason in REASONS
    assert (there.reason is None) == (there.way in {Way.REPLY, Way.FILING, Way.ENGAGEMENT})


@given(st.binary(max_size=2_000))
def test_any_bytes_become_a_value_with_a_way(raw: bytes):
    insist_on_a_plain_value(read(raw))
    assert sorting.destination(read(raw), OWN_ADDRESS, OWN, KEYRING).way in Way


@given(st.sampled_from(sorted(CORPUS)), st.integers(0, 3_000), st.binary(max_size=20), st.integers(0, 50))
def test_a_mail_that_is_cut_and_spliced_becomes_a_value(name: str, at: int, put: bytes, lost: int):
    raw = CORPUS[name][:6_000]
    insist_on_a_plain_value(read(raw[:at] + put + raw[at + lost :]))


_LINES = st.sampled_from(
    [
        b"From: a@b.example", b"Subject: =?utf-8?q?=00=0a?=", b"Content-Type: multipart/mixed; boundary=b",
        b"--b", b"--b--",
        b"Content-Type: text/html; charset=utf-16", b"Content-Transfer-Encoding: base64", b"", b" folded", b"> quoted",
        b"On Monday Ana wrote:", b"Content-Disposition: attachment; filename*=utf-8''%00%2f", b"\0",
        b"<b>&#0;&#55296;</b>", b"Content-Type: multipart/report; report-type=delivery-status; boundary=b",
        b"Content-Type: message/delivery-status",
        b"Authentication-Results: mx.amtdp.example; dmarc=pass", b"Date: Mon, 99 Nov 2026 99:99:99 +9999",
    ]
)  # fmt: skip


@given(st.lists(st.tuples(_LINES, st.sampled_from([b"\r\n", b"\n", b"\r", b""])), max_size=40))
def test_a_mail_put_together_of_telling_lines_becomes_a_value(lines: list[tuple[bytes, bytes]]):
    insist_on_a_plain_value(read(b"".join(line + end for line, end in lines)))


def test_what_a_well_behaved_program_writes_is_read():
    found = read(
        mail(
            "Please take this.\n", subject="Größe", files=(("request.pdf", PDF),), In_Reply_To="<0@x.example>"
        )
    )
    assert found.sender is not None
    assert (found.sender.address, found.sender.name) == ("ana@northfield.example", "Ana Ruiz")
    assert (found.subject, found.text, found.message_id) == (
        "Größe",
        "Please take this.",
        "<1@northfield.example>",
    )
    assert found.in_reply_to == "<0@x.example>"
    assert found.dated == datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
    assert [(each.filename, each.content, each.remarks) for each in found.enclosed] == [
        ("request.pdf", PDF, ())
    ]
    assert (found.excess, found.machine_answer, found.by_machine) == (None, None, None)


@pytest.mark.parametrize(
    ("name", "excess"),
    [
        ("10,000 parts", "too-many-parts"),
        ("201 files", "too-many-parts"),
        ("60 files", "too-many-attachments"),
        ("nested 21", "nested-too-deep"),
        ("nested 5,000", "nested-too-deep"),
        ("100,000 fields", "header-too-large"),
        ("one header that never ends", "header-too-large"),
    ],
)
def test_a_limit_that_is_met_is_named_and_the_mail_held(name: str, excess: str):
    found = read(CORPUS[name])
    assert found.excess == excess
    assert sorting.destination(found, OWN_ADDRESS, OWN, KEYRING).way is Way.HOLD


def test_at_each_limit_a_mail_is_still_read():
    assert read(parts(PARTS - 1)).excess is None
    assert read(nested(20)).excess is None
    assert read(mail() + b"x" * (MAIL_BYTES - len(mail()))).excess is None
    assert read(mail() + b"x" * (MAIL_BYTES - len(mail()) + 1)).excess == "too-large"


@pytest.mark.parametrize("name", ["unknown charset", "lone surrogates", "NUL in the text"])
def test_a_text_survives_its_charset(name: str):
    assert read(CORPUS[name]).text


def test_an_unknown_charset_is_read_as_utf_8():
    assert read(CORPUS["unknown charset"]).text == "Grüße"


def test_a_smuggled_line_break_begins_no_header_of_anybodys():
    for name in ("smuggled field", "smuggled line feed", "encoded line break in the subject"):
        found = read(CORPUS[name])
        assert not found.authentication.proves("northfield.example"), name
        assert "\n" not in found.subject
        answer = EmailMessage()
        answer["Subject"] = f"Re: {found.subject}"
        assert "Bcc" not in answer


@pytest.mark.parametrize("name", ["two senders in one field", "two sender fields", "no sender"])
def test_a_mail_of_no_one_sender_is_held(name: str):
    assert read(CORPUS[name]).sender is None
    assert sorting.destination(read(CORPUS[name]), OWN_ADDRESS, OWN, KEYRING).reason == "no-from"


@pytest.mark.parametrize(
    ("name", "filename", "remarks"),
    [
        ("double extension", "report.exe.pdf", ("double-extension",)),
        ("program as PDF", "report.pdf.exe", ()),
        ("path as name", "passwd", ()),
        ("name of nothing", "attachment-1.pdf", ("no-name",)),
        ("name of controls", "a.pdf", ()),
        ("encoded name", "über.pdf", ()),
        ("broken base64", "a.pdf", ("damaged",)),
    ],
)
def test_a_file_has_a_name_that_can_be_kept_and_what_is_odd_is_remarked(
    name: str, filename: str, remarks: tuple[str, ...]
):
    (file,) = read(CORPUS[name]).enclosed
    assert (file.filename, file.remarks) == (filename, remarks)


def test_markup_becomes_words_where_there_is_no_plain_text():
    head = "<html><head><title>t</title><style>p{}</style></head>"
    page = f"{head}<body><p>One &amp; <b>two</b></p><script>x()</script>3 < 4</body>"
    made = EmailMessage()
    made["From"] = "a@b.example"
    made.set_content(page, subtype="html")
    assert read(made.as_bytes()).text == "One & two\n3 < 4"


def test_plain_text_goes_before_markup():
    made = EmailMessage()
    made["From"] = "a@b.example"
    made.set_content("plain")
    made.add_alternative("<p>marked</p>", subtype="html")
    assert read(made.as_bytes()).text == "plain"


def test_the_bytes_of_a_file_are_those_that_were_sent():
    content = bytes(range(256)) * 300
    (file,) = read(mail(files=(("a.pdf", content),))).enclosed
    assert file.content == content
