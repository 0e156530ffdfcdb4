"""Which headers an endpoint's owner may add."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import secret_headers
from app.domain.secret_headers import MASK, MOST, MOST_CHARACTERS, NAME_PATTERN, VALUE_PATTERN

RESERVED = [
    "connection", "keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade", "host", "content-length", "content-type", "content-encoding", "webhook-id",
    "webhook-signature", "expect",
]  # fmt: skip


@pytest.mark.parametrize("name", RESERVED)
def test_what_belongs_to_connection_body_or_signature_is_not_the_owners(name):
    assert secret_headers.is_reserved(name)
    assert [flaw.pointer for flaw in secret_headers.flaws({name: "x"})] == [f"/headers/{name}"]


@pytest.mark.parametrize("name", ["authorization", "x-api-key", "cookie", "x-webhook-id", "x-content-type"])
def test_what_authenticates_us_is(name):
    assert list(secret_headers.flaws({name: "x"})) == []


@given(st.text(max_size=40))
def test_a_value_that_passes_is_one_line_of_printable_ascii(value):
    passes = re.search(VALUE_PATTERN, value) is not None and "\n" not in value
    plain = value.isascii() and value.isprintable() and value == value.strip() and value != ""
    assert passes == plain


@pytest.mark.parametrize("value", ["a\r\nb", "a\n", "\ta", "a\x00", "\u00e9", " a", "a ", ""])
def test_nothing_that_could_begin_another_line_passes(value):
    from pydantic import TypeAdapter, ValidationError

    from app.api.webhook_shapes import HeaderValue

    with pytest.raises(ValidationError):
        TypeAdapter(HeaderValue).validate_python(value)


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\n", "(a)", "\u00e9", "a" * 65])
def test_a_name_is_a_token(name):
    from pydantic import TypeAdapter, ValidationError

    from app.api.webhook_shapes import HeaderName

    assert re.fullmatch(NAME_PATTERN[1:-1], name) is None
    with pytest.raises(ValidationError):
        TypeAdapter(HeaderName).validate_python(name)


def test_a_set_is_bounded_in_number_and_in_size():
    assert not list(secret_headers.flaws({f"x-{n}": "1" for n in range(MOST)}))
    assert list(secret_headers.flaws({f"x-{n}": "1" for n in range(MOST + 1)}))
    half = MOST_CHARACTERS // 2 - 1
    assert not list(secret_headers.flaws({"a": "1" * half, "b": "2" * half}))
    assert list(secret_headers.flaws({"a": "1" * half, "b": "2" * (half + 1)}))


def test_the_mask_is_no_value():
    assert [flaw.rule for flaw in secret_headers.flaws({"a": MASK})] == ["masked"]
