"""Positions of feed and changes as callers hold them: sealed, so that nobody can count what others have been told."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from app.domain.keyring import Keyring, base64url, from_base64url

NONCE_BYTES = 16
POSITION_BYTES = 8


def sealed(keyring: Keyring, listing: str, position: int) -> str:
    """A cursor (RFC 5297), another one each time: two that differ do not tell that anything has happened between.

    `listing` names the caller and the filters it is good for.
    """
    return sealed_bytes(keyring, listing, position.to_bytes(POSITION_BYTES, "big"))


def sealed_bytes(keyring: Keyring, listing: str, plain: bytes) -> str:
    """The same of a place that is more than a number."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return base64url(nonce + _cipher(keyring).encrypt(plain, [listing.encode(), nonce]))


def opened(keyring: Keyring, listing: str, cursor: str) -> int | None:
    """The position; None for what is no cursor of ours, or one of another listing."""
    plain = opened_bytes(keyring, listing, cursor)
    return None if plain is None else int.from_bytes(plain, "big")


def opened_bytes(keyring: Keyring, listing: str, cursor: str) -> bytes | None:
    """What was sealed; None as above."""
    try:
        raw = from_base64url(cursor)
        nonce, cipher = raw[:NONCE_BYTES], raw[NONCE_BYTES:]
        return _cipher(keyring).decrypt(cipher, [listing.encode(), nonce])
    except (InvalidTag, ValueError):
        return None


def _cipher(keyring: Keyring) -> AESSIV:
    return AESSIV(keyring.key("feed-position"))
