"""The letter as a PDF: tagged throughout, whole, the same bytes each time, whatever it says."""

import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from app.domain.letters import html_of, pdf_of
from app.domain.letters.facts import showable
from tests.domain.letters.read_pdf import Tagged
from tests.domain.letters.samples import DENIED, DESIGNATED, EVERY_FACT, HOSTILE, hostile, letters, plain
from tests.domain.letters.test_web import Page

BOTH = pytest.mark.parametrize("letter", [DESIGNATED, DENIED], ids=lambda letter: letter.outcome)
LONG = replace(DENIED, rationale="Every word of a long rationale is on some sheet. " * 612)
BLOCKS = ("p", "h1", "h2", "li", "th", "td", "caption")


@BOTH
def test_a_pdf_is_marked_and_says_its_language_and_title(letter):
    pdf = Tagged(pdf_of(letter))
    assert pdf.catalog["/MarkInfo"]["/Marked"].value is True
    assert pdf.catalog["/Lang"] == "en-US"
    assert pdf.catalog["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert "AMT-2026-00012" in pdf.reader.metadata.title
    assert set(pdf.reader.metadata) == {"/Title", "/Author"}
    assert pdf.reader.xmp_metadata.dc_title == {"x-default": pdf.reader.metadata.title}
    assert pdf.reader.pdf_header == "%PDF-1.7"


def test_the_tree_is_the_letter_in_reading_order():
    paths = ["/".join(path) for path, _ in Tagged(pdf_of(DENIED)).elements()]
    row = ["Document/Table/TR", "Document/Table/TR/TH", "Document/Table/TR/TD"]
    item = ["Document/L/LI", "Document/L/LI/Lbl", "Document/L/LI/LBody"]
    head, paragraph, table = "Document/H2", "Document/P", ["Document/Table", "Document/Table/Caption"]
    assert paths == [
        *["Document", *[paragraph] * 4, "Document/H1", *table, *row * 9],
        *[head, paragraph],  # what was decided
        *[head, paragraph, paragraph],  # context of use
        *[head, "Document/L", *item * 5],  # reasons
        *[head, paragraph, paragraph],  # rationale
        *[head, "Document/L", *item * 2],  # what can be done next
        *[head, paragraph, paragraph, "Document/P/Link"],  # the record
        *[head, *table, *row * 5, paragraph],  # signature
    ]


def test_cells_and_lists_say_what_they_are():
    pdf = Tagged(pdf_of(DENIED))
    attributes = {node["/S"]: node["/A"] for _, node in pdf.reached() if "/A" in node}
    assert attributes == {"/TH": {"/O": "/Table", "/Scope": "/Row"}}
    lists = [kid.get_object() for kid in pdf.root["/K"][0]["/K"] if kid["/S"] == "/L"]
    assert [each["/A"]["/ListNumbering"] for each in lists] == ["/Disc", "/Disc"]


@pytest.mark.parametrize("letter", [DESIGNATED, DENIED, LONG], ids=["designated", "not_designated", "long"])
def test_every_marked_content_is_reached_once_and_nothing_is_left_unmarked(letter):
    pdf = Tagged(pdf_of(letter))
    places = [place for place, _ in pdf.reached()]
    assert len(places) == len(set(places))
    assert set(places) == set(pdf.contents)
    assert pdf.stray == []


@BOTH
def test_the_parent_tree_leads_back_to_each_element(letter):
    pdf = Tagged(pdf_of(letter))
    parents = pdf.parents()
    assert list(parents) == sorted(parents)
    assert pdf.root["/ParentTreeNextKey"] == len(parents)
    for (page, key), node in pdf.reached():
        assert parents[pdf.reader.pages[page]["/StructParents"]][key].get_object() == node


def test_the_address_is_a_link_that_the_tree_knows():
    pdf = Tagged(pdf_of(DENIED))
    links = [link.get_object() for page in pdf.reader.pages for link in page.get("/Annots", ())]
    (link,) = links
    assert link["/A"] == {"/S": "/URI", "/URI": DENIED.link}
    assert link["/Contents"] == DENIED.link
    owner = pdf.parents()[link["/StructParent"]]
    assert owner["/S"] == "/Link"
    assert owner["/K"][-1]["/Obj"].get_object() == link


@BOTH
def test_both_forms_say_the_same_words(letter):
    page = " ".join(Page(html_of(letter)).of(*BLOCKS))
    assert plain(Tagged(pdf_of(letter)).text()).replace("•", "") == plain(page)


@BOTH
def test_text_can_be_searched_and_copied(letter):
    text = plain(Tagged(pdf_of(letter)).pages_text())
    for name in EVERY_FACT:
        assert plain(getattr(letter, name) or "") in text
    assert letter.signed.snapshot_sha256 in text
    assert "September30,2026,14:22:41EDT" in text


@BOTH
def test_the_typefaces_are_embedded(letter):
    pdf = Tagged(pdf_of(letter))
    fonts = [font.get_object() for page in pdf.reader.pages for font in page["/Resources"]["/Font"].values()]
    assert {font["/BaseFont"].partition("+")[2] for font in fonts} == {
        "DejaVuSerifCondensed",
        "DejaVuSerifCondensed-Bold",
    }
    assert all("/FontFile2" in font["/FontDescriptor"] for font in fonts)


def test_a_long_rationale_goes_over_many_sheets_and_each_says_which_it_is():
    pdf = Tagged(pdf_of(LONG))
    count = len(pdf.reader.pages)
    assert len(LONG.rationale) > 29_900
    assert count > 8
    assert plain(LONG.rationale) in plain(pdf.text())
    footers = [f"Page {number} of {count}" for number in range(1, count + 1)]
    assert [texts[-1] for texts in pdf.artifacts] == footers


def test_no_line_leaves_its_sheet():
    inside = []
    for page in Tagged(pdf_of(hostile("W" * 4000))).reader.pages:
        page.extract_text(visitor_text=lambda text, _, tm, *rest: inside.append((text.strip(), tm[4], tm[5])))
    assert all(72 <= x < 540 and 30 < y < 720 for text, x, y in inside if text)


@pytest.mark.parametrize(
    "letter", [DESIGNATED, DENIED, hostile("".join(HOSTILE))], ids=["one", "other", "hostile"]
)
def test_the_same_letter_is_the_same_bytes_in_any_process(letter):
    here = hashlib.sha256(pdf_of(letter)).hexdigest()
    assert hashlib.sha256(pdf_of(replace(letter))).hexdigest() == here
    if letter is DENIED:
        script = (
            "import hashlib; from app.domain.letters import pdf_of; from tests.domain.letters.samples import *; "
            "pdf_of(DESIGNATED); print(hashlib.sha256(pdf_of(DENIED)).hexdigest())"
        )
        answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert answer.stdout.strip() == here


def test_letters_can_be_drawn_at_the_same_time():
    written = [DESIGNATED, DENIED, LONG, hostile("中 טבע")] * 3
    alone = [pdf_of(letter) for letter in written[:4]]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(pdf_of, written)) == alone * 3


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_a_hostile_text_is_heard_as_it_is(text):
    pdf = Tagged(pdf_of(hostile(text)))
    assert plain(showable(text)) in plain(pdf.text())
    assert pdf.stray == []


def test_characters_without_a_glyph_are_told_and_explained():
    pdf = Tagged(pdf_of(hostile("中文")))
    assert "[U+4E2D][U+6587]" in pdf.pages_text()
    assert "Unicode numbers" in list(pdf.elements())[-1][1]
    assert "Unicode numbers" not in Tagged(pdf_of(DENIED)).text()


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(letters)
def test_every_fact_of_any_letter_is_heard(letter):
    pdf = Tagged(pdf_of(letter))
    heard = plain(pdf.text())
    for name in EVERY_FACT:
        assert plain(showable(getattr(letter, name) or "")) in heard
    assert {place for place, _ in pdf.reached()} == set(pdf.contents)


def test_a_process_that_draws_nothing_does_not_pay_for_drawing():
    script = "import sys, app.domain.letters; print(sorted({'reportlab', 'PIL'} & sys.modules.keys()))"
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
