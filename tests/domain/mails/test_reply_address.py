"""The address of a thread opens that thread alone, and cannot be made without the key."""

from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from app.domain.keyring import Keyring
from app.domain.mails import reply_address

SIGNING = Ed25519PrivateKey.generate()
KEYRING = Keyring(b"a" * 32, SIGNING)
OTHER = Keyring(b"b" * 32, SIGNING)
DOMAIN = "amtdp.example"


@given(st.uuids())
def test_it_leads_back_to_its_thread_whatever_became_of_its_case(thread: UUID):
    address = reply_address.of(KEYRING, thread, DOMAIN)
    assert len(address.partition("@")[0]) <= 64
    for way in (str.upper, str.lower, str.title):
        assert reply_address.thread_of(KEYRING, way(address), DOMAIN) == thread


@given(st.uuids(), st.integers(0, 41), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_changed_character_opens_nothing(thread: UUID, place: int, char: str):
    address = reply_address.of(KEYRING, thread, DOMAIN)
    at = len("reply+") + place
    changed = address[:at] + char + address[at + 1 :]
    found = reply_address.thread_of(KEYRING, changed, DOMAIN)
    assert found == (thread if changed == address else None)


@given(st.text(max_size=80))
def test_any_other_text_opens_nothing(text: str):
    assert reply_address.thread_of(KEYRING, text, DOMAIN) is None
    assert reply_address.thread_of(KEYRING, f"reply+{text}@{DOMAIN}", DOMAIN) is None


def test_another_key_or_domain_opens_nothing():
    address = reply_address.of(KEYRING, UUID(int=1), DOMAIN)
    assert reply_address.thread_of(OTHER, address, DOMAIN) is None
    assert reply_address.thread_of(KEYRING, address, "evil.example") is None
    assert reply_address.thread_of(KEYRING, address.replace(DOMAIN, "evil.example"), DOMAIN) is None
