"""The words of a letter: what each outcome says, and that words in use never change."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from importlib import resources

import pytest
from hypothesis import given

from app.domain import errors
from app.domain.letters import TEMPLATES, html_of, pdf_of
from app.domain.letters.blocks import Address, Bullets, Facts, Heading, Paragraph, text_of
from app.domain.letters.facts import showable
from app.domain.letters.template import DRAFT_LINE, PROGRAM_NAME, written
from tests.domain.letters.samples import DENIED, DESIGNATED, REASONS, hostile, letters

# A letter is rendered by the template it names for ever: other words are another version.
IN_USE = {"amt-decision-2026.1": "f541226da88b0f9a5230fa05faedaf32607b2480ea0aae1d6aa9aef02585e0b3"}


def texts(letter):
    for block in written(letter).blocks:
        match block:
            case Heading(_, words) | Paragraph(words, _):
                yield text_of(words)
            case Bullets(items):
                yield from map(text_of, items)
            case Facts(caption, rows):
                yield caption
                yield from (f"{label}: {text_of(words)}" for label, words in rows)
            case Address(url):
                yield url


def said(letter):
    return "\n".join(texts(letter)).replace("\N{NO-BREAK SPACE}", " ")


def test_the_words_of_a_template_in_use_never_change():
    files = resources.files("app.domain.letters.templates")
    digests = {name: hashlib.sha256((files / f"{name}.toml").read_bytes()).hexdigest() for name in TEMPLATES}
    assert digests == IN_USE


def test_a_template_that_is_not_here_is_a_clear_error():
    letter = replace(DESIGNATED, template="../amt-decision-2019.1")
    for render in (html_of, pdf_of):
        with pytest.raises(errors.Unavailable, match=r"no letter template '\.\./amt-decision-2019\.1'"):
            render(letter)


def test_a_reason_without_words_is_a_clear_error():
    with pytest.raises(errors.Unavailable, match="no words for unheard_of"):
        html_of(replace(DENIED, reasons=("incomplete", "unheard_of")))


def test_a_letter_says_that_it_is_not_a_form_of_the_agency():
    assert said(DESIGNATED).startswith(f"{PROGRAM_NAME}\n{DRAFT_LINE}\n")
    assert DRAFT_LINE == "Draft form of letter of the intake desk; not an FDA form"


DESIGNATION_SAYS = (
    "has decided to designate the method named above",
    "section 506L(d)(1)",
    "section 506L(d)(2)",
    "a person whom the holder authorizes",
    "early and has priority",
    "no priority-review date",
    "neither accepts nor approves any application",
    "Another context of use needs a request of its own",
)
DENIAL_SAYS = (
    "has decided not to designate the method named above",
    "file a new request for this method, with new data, at any time",
    "180 calendar days of its own",
    "This request stays on record",
)


@pytest.mark.parametrize("words", DESIGNATION_SAYS)
def test_a_designation_says_what_it_gives_and_what_it_does_not(words):
    assert words in said(DESIGNATED)
    assert words not in said(DENIED)


@pytest.mark.parametrize("words", DENIAL_SAYS)
def test_a_denial_says_what_can_be_done_next(words):
    assert words in said(DENIED)
    assert words not in said(DESIGNATED)


@pytest.mark.parametrize(("code", "words"), REASONS.items(), ids=REASONS)
def test_each_reason_is_a_sentence_and_no_other_is_said(code, words):
    text = said(replace(DENIED, reasons=(code,)))
    assert words in text
    assert not [other for other in REASONS.values() if other != words and other in text]
    assert code not in text or code == "incomplete"


CENTERS = {
    "CDER": "Drug Evaluation and Research",
    "CBER": "Biologics Evaluation and Research",
    "both": "CDER and CBER",
}


@pytest.mark.parametrize(("center", "words"), CENTERS.items())
def test_the_lead_center_is_named(center, words):
    assert words in said(replace(DESIGNATED, lead_center=center))


def test_days_are_words_and_the_day_of_the_clock_is_told():
    text = said(DESIGNATED)
    assert "Received: April 8, 2026" in text
    assert "Decision due by statute: October 5, 2026" in text
    assert "Decided: September 30, 2026 (day 175)" in text


INSTANTS = [
    (
        datetime(2026, 9, 30, 3, 59, 59, tzinfo=UTC),
        "September 30, 2026, 03:59:59 UTC",
        "September 29, 2026, 23:59:59 EDT",
    ),
    (
        datetime(2026, 12, 24, 5, tzinfo=UTC),
        "December 24, 2026, 05:00:00 UTC",
        "December 24, 2026, 00:00:00 EST",
    ),
]


@pytest.mark.parametrize(("at", "utc", "new_york"), INSTANTS)
def test_a_signature_is_told_with_name_meaning_instant_and_digest(at, utc, new_york):
    text = said(replace(DESIGNATED, signed=replace(DESIGNATED.signed, at=at)))
    assert (
        f"Signed by: Dr. Maria Schäfer\nMeaning: approval\nSigned at: {utc}\nIn New York: {new_york}\n"
        in text
    )
    assert f"Bound to SHA-256: {'2d71' * 16}\n" in text
    assert "21 CFR 11.50, 11.70" in text


def test_what_is_not_known_is_left_out():
    text = said(replace(DENIED, applicant_country=None, method_version="", rationale=" \n ", reasons=()))
    for label in ("Country", "Version of the method", "Rationale", "Reasons"):
        assert label not in text
        assert label in said(DENIED)


def test_a_link_that_is_none_is_told_and_leads_nowhere():
    blocks = written(replace(DESIGNATED, link="javascript:alert(1)")).blocks
    assert not [block for block in blocks if isinstance(block, Address)]
    assert "javascript:alert(1)" in said(replace(DESIGNATED, link="javascript:alert(1)"))


def test_braces_in_a_fact_are_only_braces():
    assert "To {number} {0} {link}:" in said(hostile("{number} {0} {link}"))


@given(letters)
def test_headings_of_any_letter_are_in_order(letter):
    blocks = written(letter).blocks
    levels = [block.level for block in blocks if isinstance(block, Heading)]
    assert levels == [1] + [2] * (len(levels) - 1)
    assert isinstance(blocks[-1], Paragraph)


SHOWN = [
    ("a\r\nb\rc\u2028d\te", "a\nb\nc\nd e"),
    ("a\x00b\x1bc\x7fd\ufffee\U0010fffff\ud800", "a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf\ufffd"),
    ("\u202eabc\u202c \u2067d\u2069", "abc d"),
    ("e\u0301", "é"),
]


@pytest.mark.parametrize(("text", "shown"), SHOWN, ids=ascii)
def test_what_no_page_can_show_is_marked_and_what_turns_words_round_is_gone(text, shown):
    assert showable(text) == shown
