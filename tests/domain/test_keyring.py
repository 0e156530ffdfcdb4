"""The service's own secrets: base64url as it is written here, and nowhere else."""

import string

from hypothesis import given
from hypothesis import strategies as st

from app.domain.keyring import base64url, from_base64url

ALPHABET = string.ascii_letters + string.digits + "-_"


def _read(text: str) -> bytes | None:
    try:
        return from_base64url(text)
    except ValueError:
        return None


@given(st.binary(max_size=80))
def test_base64url_comes_back(raw: bytes):
    assert from_base64url(base64url(raw)) == raw


@given(st.binary(min_size=1, max_size=80), st.data())
def test_no_two_texts_stand_for_the_same_bytes(raw: bytes, data: st.DataObject):
    text = base64url(raw)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(ALPHABET.replace(text[place], "")))
    assert _read(text[:place] + other + text[place + 1 :]) != raw


@given(
    st.binary(min_size=1, max_size=80), st.sampled_from(["=", " ", "\n", "+", "/", ".", "é", "\0"]), st.data()
)
def test_nothing_foreign_is_passed_over(raw: bytes, foreign: str, data: st.DataObject):
    text = base64url(raw)
    place = data.draw(st.integers(0, len(text)))
    assert _read(text[:place] + foreign + text[place:]) is None
