"""Letters: what a template and its facts become, and what a fact cannot do."""

from importlib import resources
from string import Template
from uuid import UUID

import pytest

from app.delivery.letters import message
from app.services.post import Letter
from tests.clock import START

FOLDER = resources.files("app.delivery.templates")
TEMPLATES = sorted(entry.name for entry in FOLDER.iterdir() if entry.name.endswith(".txt"))


def _message(letter: Letter):
    return message(letter, UUID(int=1), "desk@amtdp.example", START)


def test_a_fact_with_a_line_break_begins_no_header():
    facts = {"applicant": "X\r\nBcc: all@b.example", "change": "removed"}
    mail = _message(Letter("a@b.example", "access_lost", facts))
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Your access to X Bcc: all@b.example has changed"
    assert b"\r\nBcc" not in bytes(mail).partition(b"\r\n\r\n")[0]


@pytest.mark.parametrize("address", ["a@b.example\r\nBcc: c@d.example", "a@b.example\nX: y"])
def test_an_address_with_a_line_break_is_refused(address):
    with pytest.raises(ValueError, match=r"linefeed|newline"):
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
