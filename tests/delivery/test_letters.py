"""Letters: what a template and its facts become, and what a fact cannot do."""

from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from importlib import resources
from string import Template
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.delivery.letters import DIGEST, WaysBack, message
from app.domain import unsubscribing
from app.domain.mail_preferences import MANDATORY, class_of
from app.services.post import Copy, Letter
from tests.clock import START

FOLDER = resources.files("app.domain.wording")
TEMPLATES = sorted(entry.name for entry in FOLDER.iterdir() if entry.name.endswith(".txt"))


WAYS = WaysBack(
    lambda thread: f"reply+{thread.hex}@amtdp.example",
    lambda stop: f"https://t/u/{stop.scope}",
    lambda thread: f"https://t/threads/{thread}",
)
MESSAGE, THREAD, PERSON = UUID(int=2), UUID(int=3), UUID(int=4)
HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "In-Reply-To", "References", "Reply-To",
    "List-Unsubscribe", "List-Unsubscribe-Post", "MIME-Version", "Content-Type",
}  # fmt: skip
# What a template may be filled with: none of it is content, a question, an answer, a rationale or a member of staff.
FACTS = {
    "number", "link", "due", "days", "date", "day", "lines", "round", "reply_by", "target", "part", "left",
    "status", "n", "until", "from", "end_from", "at", "since", "reach", "reason", "host", "code", "label",
    "prefix", "change", "scope", "role", "outcome", "applicant", "agent", "principal", "holder", "party", "receiver",
    "days_counted", "in_days",  # the same days in words
    # of a mail that came in: its instant, rules and remedies, files by their place, and how it is claimed
    "received", "report", "files", "claim",
}  # fmt: skip
# Names of people: of a member, to signers of the same applicant; of a colleague, to those whose accounts they keep; of
# who invites, to whom it invites.
NAMING = {"member_left": "name", "staff_changed": "name", "invitation": "inviter"}


def _message(letter: Letter, ways: WaysBack = WAYS):
    return message(letter, UUID(int=1), "desk@amtdp.example", START, ways)


def _letter(template: str, *, copy: bool = True) -> Letter:
    text = FOLDER.joinpath(f"{template}.txt").read_text()
    facts = {fact: fact for fact in Template(text).get_identifiers()} | {"number": "AMT-2026-00001"}
    return Letter("a@b.example", template, facts, copy=Copy(MESSAGE, THREAD, PERSON) if copy else None)


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_copy_links_to_what_it_is_about_or_else_to_where_it_lies(template: str):
    name, *version = template.removesuffix(".txt").split(".")
    letter = replace(
        _letter(template.removesuffix(".txt")), template=name, version=int(version[0]) if version else 1
    )
    its_own = "$link" in Template(FOLDER.joinpath(template).read_text()).template
    where = f"https://t/threads/{THREAD}"
    for kind in ("plain", "html"):
        text = _message(letter).get_body((kind,)).get_content()
        assert (where in text) is not its_own
        assert its_own or kind == "plain" or f'<a href="{where}">' in text
    assert where not in str(_message(replace(letter, copy=None)))


def test_a_fact_with_a_line_break_begins_no_header():
    facts = {"applicant": "X\r\nBcc: all@b.example", "change": "removed"}
    mail = _message(Letter("a@b.example", "access_lost", facts))
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Your access to X Bcc: all@b.example has changed"
    assert b"\r\nBcc" not in bytes(mail).partition(b"\r\n\r\n")[0]


@pytest.mark.parametrize("address", ["a@b.example\r\nBcc: c@d.example", "a@b.example\nX: y"])
def test_an_address_with_a_line_break_is_refused(address):
    with pytest.raises(ValueError, match="control characters"):
        _message(Letter(address, "address_claimed", {}))


def test_the_same_row_is_the_same_message_at_each_attempt():
    letter = Letter("a@b.example", "address_claimed", {})
    first, second = _message(letter), _message(letter)
    assert (first["Message-ID"], first["Date"]) == (second["Message-ID"], second["Date"])
    assert first["Message-ID"] == f"<{UUID(int=1)}@amtdp.example>"
    assert first["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_is_filled_by_its_facts(name):
    text = FOLDER.joinpath(name).read_text()
    facts = {fact: f"<{fact}>" for fact in Template(text).get_identifiers()}
    mail = _message(Letter("a@b.example", name.removesuffix(".txt"), facts))
    html = mail.get_body(("html",)).get_content()
    assert "$" not in mail.get_body(("plain",)).get_content()
    assert not any(f"<{fact}>" in html for fact in facts), "facts are escaped in HTML"


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_filled_with_nothing_confidential(name):
    asked = set(Template(FOLDER.joinpath(name).read_text()).get_identifiers())
    template = name.split(".")[0]
    assert asked - {NAMING.get(template)} <= FACTS


@pytest.mark.parametrize("name", TEMPLATES)
def test_only_what_may_be_muted_says_how_and_each_copy_follows_its_thread(name):
    template = name.split(".")[0]
    mail = _message(_letter(template))
    mutable = template not in MANDATORY or template == DIGEST
    assert (mail["List-Unsubscribe"] is not None) == mutable
    assert (mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click") == mutable
    if mutable:
        scope = unsubscribing.DIGEST if template == DIGEST else class_of(template).value
        assert mail["List-Unsubscribe"] == f"<https://t/u/{scope}>"
    assert mail["In-Reply-To"] == mail["References"] == f"<thread.{THREAD}@amtdp.example>"
    assert mail["Reply-To"] == f"reply+{THREAD.hex}@amtdp.example"
    assert str(mail["Subject"]).startswith("AMT-2026-00001")
    assert mail["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_letter_that_is_in_no_thread_names_none_and_nobody_unknown_unsubscribes(name):
    mail = _message(_letter(name.split(".")[0], copy=False))
    assert {mail[each] for each in ("In-Reply-To", "References", "Reply-To", "List-Unsubscribe")} == {None}


def test_two_letters_of_a_thread_have_one_anchor_and_two_ids():
    letter = _letter("assigned")
    first = message(letter, UUID(int=1), "Desk <desk@amtdp.example>", START, WAYS)
    second = message(letter, UUID(int=9), "Desk <desk@amtdp.example>", START, WAYS)
    assert first["References"] == second["References"]
    assert (first["Message-ID"], second["Message-ID"]) == (
        f"<{UUID(int=1)}@amtdp.example>",
        f"<{UUID(int=9)}@amtdp.example>",
    )


HOSTILE = st.text(st.sampled_from('\r\n\t\0\x0b\x0c\x85\u2028ab:<>@$ é\U0001f600,;"=?_'), max_size=40)


@example("", "", "a:;", "invitation")
@example("", "", ":\t\x85\0", "invitation")
@example("", "", ":é", "invitation")
@settings(max_examples=300)
@given(HOSTILE, HOSTILE, HOSTILE, st.sampled_from([each.split(".")[0] for each in TEMPLATES]))
def test_no_fact_and_no_address_adds_changes_or_ends_a_header(value, number, local, template):
    letter = _letter(template)
    facts = dict.fromkeys(letter.facts, f"{value}\r\nBcc: all@c.example\r\n\r\nbody")
    hostile = replace(letter, facts={**facts, "number": number, "link": f"http://x/{value}"})
    raw = bytes(_message(hostile))
    parsed = message_from_bytes(raw, policy=default)
    assert set(parsed.keys()) <= HEADERS
    assert len(parsed.keys()) == len(set(parsed.keys()))
    assert parsed["Bcc"] is None
    assert parsed["To"] == "a@b.example"
    assert parsed.get_content_type() == "multipart/alternative"
    try:
        addressed = bytes(_message(replace(letter, to=f"{local}@b.example")))
    except (ValueError, IndexError):
        return  # no address: the attempt fails and nothing is sent
    again = message_from_bytes(addressed, policy=default)
    assert local.isprintable()
    assert set(again.keys()) <= HEADERS
    assert len(again["To"].addresses) == 1


def test_an_address_beyond_ascii_is_written_as_it_is():
    letter = replace(_letter("assigned"), to="josé@bücher.example")
    assert "\r\nTo: josé@bücher.example\r\n".encode() in bytes(_message(letter))


def test_what_is_not_our_own_link_is_no_link_in_html():
    letter = _letter("invitation", copy=False)
    facts = {**letter.facts, "applicant": "https://evil.example/x", "link": "https://t/v1/invitations/abc"}
    html = _message(replace(letter, facts=facts)).get_body(("html",)).get_content()
    assert html.count("<a ") == html.count("</a>") == 1
    assert '<a href="https://t/v1/invitations/abc">' in html


def test_a_queued_letter_keeps_the_wording_it_was_queued_with():
    with pytest.raises(FileNotFoundError):
        _message(replace(_letter("assigned"), version=99))
    assert (
        _message(replace(_letter("assigned"), version=1))["Subject"]
        == _message(_letter("assigned"))["Subject"]
    )
