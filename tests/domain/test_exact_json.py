"""Canonical JSON: the fast way and the library give the same bytes for whatever there is to write."""

from decimal import Decimal

import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.domain import exact_json
from tests.given import sound_content

FIGURES = st.one_of(
    st.integers(-(2**60), 2**60),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(allow_nan=False, allow_infinity=False, places=6),
    st.sampled_from([Decimal("1.50"), Decimal("2.0"), Decimal("1E+21"), Decimal("1E-7"), Decimal("-0.0")]),
)
NAMES = st.one_of(st.text(max_size=4), st.sampled_from(["a", "b", "é", "\ue000", "\U0001f600", "\uffff"]))
TREES = st.recursive(
    st.one_of(st.none(), st.booleans(), FIGURES, st.text(max_size=12)),
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(NAMES, inner, max_size=5)),
    max_leaves=20,
)


def _of_library(tree):
    try:
        return rfc8785.dumps(exact_json._with_floats(tree))
    except rfc8785.CanonicalizationError as fault:
        return type(fault)


def _of_ours(write, tree):
    try:
        return write(tree)
    except rfc8785.CanonicalizationError as fault:
        return type(fault)


@given(TREES)
@settings(max_examples=400)
@example({"\ue000": 1, "\U0001f600": 2})
@example({"x": [2**53, 1e16, 1e-5, "\x7f\x00\u2028"]})
def test_canonical_is_what_the_library_writes(tree):
    assert _of_ours(exact_json.canonical, tree) == _of_library(tree)


@given(TREES)
@settings(max_examples=400)
def test_the_canonical_form_of_stored_text_is_that_of_its_tree(tree):
    text = exact_json.stored(tree)
    read = exact_json.decode(text)
    assert _of_ours(exact_json.canonical_text, text) == _of_library(read)


def test_a_whole_content_takes_the_fast_way_and_the_same_bytes():
    text = exact_json.stored(sound_content())
    assert not exact_json._is_unusual(text)
    assert exact_json.canonical_text(text) == rfc8785.dumps(exact_json._with_floats(exact_json.decode(text)))


@pytest.mark.parametrize("text", ['{"a":', "[1e999]", '{"\\ud800":1}'])
def test_what_is_no_json_or_has_no_form_is_refused(text):
    with pytest.raises((exact_json.NotJson, rfc8785.CanonicalizationError)):
        exact_json.canonical_text(text)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"a":"\xff"}', "not in UTF-8"),
        (b"[" * 100_000, "nested deeper than 32 levels"),
        (b"[" * 33 + b"]" * 33, "nested deeper than 32 levels"),
    ],
)
def test_what_is_wrong_is_said_in_our_words_and_repeats_nothing(raw: bytes, said: str):
    with pytest.raises(exact_json.NotJson, match=f"^{said}$"):
        exact_json.decode(raw)
