"""Queued letters: sealed, opened again as they were, also those that an earlier version sealed."""

import base64

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.domain import exact_json
from app.domain.identity import new_id
from app.domain.keyring import Keyring
from app.services import post
from app.services.post import Copy, Letter, Unreadable

KEYRING = Keyring(b"k" * 32, Ed25519PrivateKey.generate())
FACTS = {"code": "493817", "link": "http://127.0.0.1/x"}


def test_a_letter_is_opened_as_it_was_sealed_and_never_sealed_alike():
    letter = Letter("a@b.example", "confirmation_code", FACTS, copy=Copy(new_id(), new_id(), new_id()))
    first, second = (post.due(KEYRING, [letter])[0].payload for _ in range(2))
    assert first != second
    assert "493817" not in first
    opened = post.opened(KEYRING, first)
    assert (opened.to, opened.template, opened.facts, opened.copy) == (
        letter.to,
        letter.template,
        FACTS,
        letter.copy,
    )
    assert opened.version == 1


def test_what_an_earlier_version_queued_is_still_opened():
    before = Fernet(base64.urlsafe_b64encode(KEYRING.key("post")))
    tree = {"to": "a@b.example", "template": "confirmation_code", "facts": FACTS}
    opened = post.opened(KEYRING, before.encrypt(exact_json.encode(tree)).decode())
    assert (opened.to, opened.facts, opened.copy) == ("a@b.example", FACTS, None)


def test_a_letter_that_was_changed_is_not_opened():
    payload = post.due(KEYRING, [Letter("a@b.example", "confirmation_code", FACTS)])[0].payload
    changed = bytearray(base64.b64decode(payload))
    changed[-1] ^= 1
    with pytest.raises(Unreadable):
        post.opened(KEYRING, base64.b64encode(bytes(changed)).decode())
