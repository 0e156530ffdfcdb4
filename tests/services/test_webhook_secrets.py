"""Secrets of endpoints: sealed, rotated with an overlap, and never more of them than an owner asked for."""

from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from app.domain.keyring import Keyring
from app.services import webhook_secrets
from app.services.webhook_secrets import Secret, new_secret, rotated, signing

START = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)
KEYRING = Keyring(b"m" * 32, Ed25519PrivateKey.generate())
HOURS = st.integers(0, 168)


@given(st.lists(st.tuples(HOURS, st.integers(0, 200)), max_size=8))
def test_every_secret_signs_as_long_as_each_rotation_since_allowed_and_no_longer(story):
    """A model: a secret's end is the earliest of what the rotations after it said."""
    now, current = START, new_secret()
    held, ends = [current], dict[str, datetime | None]({current.text: None})
    for overlap, later in story:
        now += timedelta(hours=later)
        until = now + timedelta(hours=overlap)
        new = new_secret()
        ends = {text: until if end is None else min(end, until) for text, end in ends.items()}
        ends[new.text] = None
        held = rotated(held, new, timedelta(hours=overlap), now)
        assert held[0] == new
        for at in (
            now,
            max(now, until - timedelta(seconds=1)),
            until,
            now + timedelta(days=8),
        ):
            expected = {text for text, end in ends.items() if end is None or end > at}
            assert set(signing(held, at)) == expected
            assert signing(held, at)[0] == new.text


def test_what_is_sealed_is_opened_the_same_and_by_this_key_alone():
    held = [new_secret(), Secret(new_secret().text, START)]
    cell = webhook_secrets.sealed(KEYRING, held)
    assert webhook_secrets.opened(KEYRING, cell) == held
    assert not any(each.text in cell for each in held)
    assert webhook_secrets.opened(Keyring(b"n" * 32, KEYRING.signing), cell) == []


def test_headers_are_sealed_and_none_are_nothing():
    cell = webhook_secrets.sealed_headers(KEYRING, {"authorization": "Bearer canary"})
    assert cell is not None
    assert "canary" not in cell
    assert webhook_secrets.opened_headers(KEYRING, cell) == {"authorization": "Bearer canary"}
    assert webhook_secrets.sealed_headers(KEYRING, {}) is None
    assert webhook_secrets.opened_headers(KEYRING, None) == {}
    assert webhook_secrets.opened_headers(Keyring(b"n" * 32, KEYRING.signing), cell) == {}


def test_a_secret_is_in_no_text_about_it():
    secret = new_secret()
    assert secret.text not in repr(secret)
