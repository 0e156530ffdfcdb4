"""How text is set: scripts in their direction, letters joined, lines that fit and lose nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.letters import ordering, typefaces
from app.domain.letters.facts import showable
from app.domain.letters.joining import joined
from app.domain.letters.lines import set_lines
from tests.domain.letters.samples import HOSTILE, plain

# what is read, whether the line runs from right to left, what is shown from left to right (UAX 9)
ORDERS = [
    ("abc 12", False, "abc 12"),
    ("אבג", False, "גבא"),
    ("אב 12 ג", False, "ג 12 בא"),
    ("ab אב 1.5 cd", False, "ab 1.5 בא cd"),
    ("(אב)", True, "(בא)"),
    ("אב (cd) ג", True, "ג (cd) בא"),
    ("אב, cd.", False, "בא, cd."),
    ("אב, cd.", True, ".cd ,בא"),
    ("ب 12-3", True, "3-12 ب"),
    ("א 12-3", True, "12-3 א"),
    ("٢٠٢٦ ب", False, "ب ٢٠٢٦"),
    ("א 50%", True, "50% א"),
    ("12% א", True, "א 12%"),
    ("a 12-א", False, "a 12-א"),
    ("", False, ""),
]


@pytest.mark.parametrize(("read", "right", "shown"), ORDERS, ids=ascii)
def test_a_line_shows_each_script_in_its_direction(read, right, shown):
    assert "".join(text for _, text in ordering.order(list(read), right=right)) == shown


@given(st.text(max_size=40), st.booleans())
def test_an_order_shows_every_place_once(text, right):
    assert sorted(at for at, _ in ordering.order(list(text), right=right)) == list(range(len(text)))


DIRECTIONS = [("(12) abc א", False), ("12, א abc", True), ("12 .", False), ("", False), ("ب", True)]


@pytest.mark.parametrize(("text", "right"), DIRECTIONS, ids=ascii)
def test_the_first_letter_decides_the_direction(text, right):
    assert ordering.runs_right(text) is right


JOININGS = [
    ("ببب", "\ufe91\ufe92\ufe90"),
    ("ب", "\ufe8f"),
    ("بدب", "\ufe91\ufeaa\ufe8f"),
    ("سلام", "\ufeb3\ufefc\ufee1"),
    ("لا", "\ufefb"),
    ("ب\u064eب", "\ufe91\u064e\ufe90"),
    ("بـب", "\ufe91\u0640\ufe90"),
    ("ب ب", "\ufe8f \ufe8f"),
    ("abc אב", "abc אב"),
]


@pytest.mark.parametrize(("recorded", "shown"), JOININGS, ids=ascii)
def test_letters_join_as_their_neighbors_ask(recorded, shown):
    pairs = list(joined(recorded))
    assert "".join(each for _, each in pairs) == shown
    assert "".join(each for each, _ in pairs) == recorded


@given(st.text(max_size=200) | st.sampled_from(HOSTILE), st.floats(100, 400), st.booleans())
def test_lines_fit_their_room_and_lose_nothing(text, room, right):
    text = showable(text).replace("\n", " ")
    lines = set_lines(text, typefaces.TEXT, 10, room, right=right)
    recorded = [line.actual or "".join(run.text for run in line.runs) for line in lines]
    assert plain("".join(recorded)) == plain(text)
    assert all(line.width <= room for line in lines)


def test_a_word_is_not_parted_where_a_line_can_hold_it():
    lines = set_lines("one two three " * 30, typefaces.TEXT, 10, 100)
    words = {word for line in lines for run in line.runs for word in run.text.split()}
    assert words == {"one", "two", "three"}


def test_a_character_without_a_glyph_is_told_by_its_number():
    (line,) = set_lines("a中b", typefaces.TEXT, 10, 300)
    assert ("".join(run.text for run in line.runs), line.actual, line.missing) == ("a[U+4E2D]b", "a中b", True)


def test_accents_without_a_glyph_never_make_a_line_too_wide():
    lines = set_lines("a" + "\U0001d165" * 500, typefaces.TEXT, 10, 100)
    assert len(lines) > 100
    assert all(line.width <= 100 for line in lines)


def test_an_accent_without_a_glyph_leaves_its_letter_readable():
    (line,) = set_lines("a\U0001d165", typefaces.TEXT, 10, 300)
    assert "".join(run.text for run in line.runs) == "a[U+1D165]"


SCRIPTS = ["Łódź Ðþß", "Ελληνικά ᾦ", "Россия Ђђ Ґ", "עברית", "العربية"]


@pytest.mark.parametrize("text", SCRIPTS, ids=ascii)
def test_the_typefaces_have_what_names_are_written_in(text):
    assert not any(line.missing for line in set_lines(text, typefaces.TEXT, 10, 300))
    assert not any(line.missing for line in set_lines(text, typefaces.BOLD, 10, 300))
