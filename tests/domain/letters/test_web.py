"""The letter as a page: whole, standing alone, in order, and nothing in it but text."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given

from app.domain.letters import html_of
from app.domain.letters.facts import showable
from tests.domain.letters.samples import DENIED, DESIGNATED, EVERY_FACT, HOSTILE, hostile, letters, plain

VOID = {"meta"}
BLOCKS = {"p", "h1", "h2", "li", "th", "td", "caption", "title"}


class Page(HTMLParser):
    """Every element with its attributes, and the text of each block."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.texts = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.open += [] if tag in VOID else [tag]
        self.texts += [(tag, "")] if tag in BLOCKS else []

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if BLOCKS & set(self.open):
            tag, text = self.texts[-1]
            self.texts[-1] = tag, text + data

    def of(self, *tags):
        return [text for tag, text in self.texts if tag in tags]


BOTH = pytest.mark.parametrize("letter", [DESIGNATED, DENIED], ids=lambda letter: letter.outcome)


@BOTH
def test_a_page_is_complete_and_says_its_language_and_title(letter):
    text = html_of(letter)
    page = Page(text)
    assert text.startswith('<!DOCTYPE html>\n<html lang="en-US">')
    assert not page.open
    assert page.of("title") == [f"{page.of('h1')[0]} (AMT-2026-00012)"]
    assert [tag for tag, _ in page.elements].count("main") == 1


@BOTH
def test_a_page_needs_nothing_from_elsewhere_and_runs_nothing(letter):
    text = html_of(letter)
    tags = {tag for tag, _ in Page(text).elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "base", "form", "svg"}
    assert not re.search(r"@import|url\(|\bon\w+=|src=", text)
    assert "@media print" in text


@BOTH
def test_headings_are_in_order(letter):
    levels = [tag for tag, _ in Page(html_of(letter)).elements if tag in {"h1", "h2", "h3"}]
    assert levels[0] == "h1"
    assert set(levels[1:]) == {"h2"}


def test_facts_have_row_headers_and_their_table_a_caption():
    page = Page(html_of(DENIED))
    headers = [attributes for tag, attributes in page.elements if tag == "th"]
    assert all(each == {"scope": "row"} for each in headers)
    assert len(page.of("th")) == len(page.of("td")) == 14
    assert page.of("caption") == ["The request and its decision", "Electronic signature"]


def test_the_address_of_the_request_is_a_link():
    links = [attributes for tag, attributes in Page(html_of(DENIED)).elements if tag == "a"]
    assert links == [{"href": DENIED.link}]


def test_a_rationale_keeps_its_paragraphs():
    paragraphs = Page(html_of(DENIED)).of("p")
    assert "Three batches were made from one lot." in paragraphs
    assert "Scale-up was not shown." in paragraphs


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_a_hostile_text_is_text_and_all_there(text):
    page, calm = Page(html_of(hostile(text))), Page(html_of(hostile("x")))
    told = plain(" ".join(page.of(*BLOCKS)))
    assert plain(showable(text)) in told
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in calm.elements}


@given(letters)
def test_every_fact_of_any_letter_is_on_its_page(letter):
    text = html_of(letter)
    told = plain(" ".join(Page(text).of(*BLOCKS)))
    assert text.encode().decode() == text
    for name in EVERY_FACT:
        assert plain(showable(getattr(letter, name) or "")) in told
    assert plain(showable(letter.signed.printed_name)) in told
    assert letter.signed.snapshot_sha256 in told
