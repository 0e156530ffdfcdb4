"""Signing and checking webhooks as Standard Webhooks 1.0.0 has it: `v1` (HMAC-SHA256) and `v1a` (ed25519) side by side.

Signed are the bytes `id.timestamp.body`; signatures are padded standard base64. Secrets are `whsec_` + base64 of 24 to
64 bytes, and the key is what that base64 stands for, not its text.
"""

import base64
import binascii
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import ClassVar, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SECRET_PREFIX = "whsec_"  # noqa: S105 - a prefix, not a secret
PUBLIC_PREFIX = "whpk_"
SECRET_BYTES = range(24, 65)
TOLERANCE = timedelta(minutes=5)


class NotASecret(ValueError):
    """The text is no `whsec_` secret of 24 to 64 bytes."""


class NotVerified(ValueError):
    """A delivery that does not hold. `part` says where: `id`, `timestamp` or `signature`."""

    SENTENCES: ClassVar[Mapping[str, str]] = {
        "id": "webhook-id is missing.",
        "timestamp": "webhook-timestamp is missing, is no whole number of seconds, or is more than five minutes off.",
        "signature": "No signature in webhook-signature is by a key you gave, over this id, timestamp and body.",
    }

    def __init__(self, part: str) -> None:
        self.part = part
        super().__init__(self.SENTENCES[part])


@dataclass(frozen=True)
class Message:
    """What is sent: an id that stays the same at each attempt (no dot in it), the instant of this one, the bytes."""

    id: str
    at: datetime
    body: bytes

    @cached_property
    def timestamp(self) -> str:
        """Whole seconds since 1970, as the header has them."""
        return str(int(self.at.timestamp()))

    @cached_property
    def signed(self) -> bytes:
        return f"{self.id}.{self.timestamp}.".encode() + self.body


class Signs(Protocol):
    """An ed25519 private key, or what stands before one."""

    def sign(self, data: bytes, /) -> bytes: ...


def secret_of(raw: bytes) -> str:
    """Random bytes as they are handed to a receiver. Raises NotASecret where there are too few or too many."""
    if len(raw) not in SECRET_BYTES:
        raise NotASecret("A secret has 24 to 64 bytes.")
    return SECRET_PREFIX + base64.b64encode(raw).decode()


@lru_cache(1000)
def key_of(secret: str) -> bytes:
    """The HMAC key. Raises NotASecret."""
    try:
        raw = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise NotASecret("A secret is whsec_ and padded standard base64.") from None
    if not secret.startswith(SECRET_PREFIX) or len(raw) not in SECRET_BYTES:
        raise NotASecret("A secret is whsec_ and base64 of 24 to 64 bytes.")
    return raw


def public_key_text(key: Ed25519PublicKey) -> str:
    """The key as receivers' libraries take it: `whpk_` + base64 of the 32 bytes."""
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return PUBLIC_PREFIX + base64.b64encode(raw).decode()


def headers(
    message: Message,
    secrets: Iterable[str],
    signing: Signs | None,
    *,
    sequence: int,
    previous: int | None,
) -> dict[str, str]:
    """All headers of one attempt. While a secret is rotated out, both sign; `signing` None: the secrets alone.

    `previous` is the sequence of what this endpoint was sent before (None: nothing), so that a gap shows.
    """
    signed = message.signed
    signatures = [_v1(signed, key_of(secret)) for secret in secrets]
    if signing is not None:
        signatures.append(f"v1a,{base64.b64encode(signing.sign(signed)).decode()}")
    named = {
        "webhook-id": message.id,
        "webhook-timestamp": message.timestamp,
        "webhook-signature": " ".join(signatures),
        "webhook-sequence": str(sequence),
    }
    return named if previous is None else {**named, "webhook-previous-sequence": str(previous)}


def verify(
    sent: Mapping[str, str],
    body: bytes,
    now: datetime,
    *,
    secrets: Sequence[str] = (),
    keys: Sequence[Ed25519PublicKey] = (),
) -> Message:
    """The message, if one of the signatures holds under one of the keys given. Raises NotVerified, NotASecret."""
    named = {name.lower(): value for name, value in sent.items()}
    ident, stamp = named.get("webhook-id", ""), named.get("webhook-timestamp", "")
    if not ident:
        raise NotVerified("id")
    message = Message(ident, _instant(stamp, now), body)
    expected = [_v1(message.signed, key_of(secret)) for secret in secrets]
    for signature in named.get("webhook-signature", "").split(" "):
        # every comparison is made: how long the check takes says nothing of which one held
        same = [hmac.compare_digest(signature.encode(), each.encode()) for each in expected]
        if any(same) or _holds_v1a(signature, message, keys):
            return message
    raise NotVerified("signature")


def _instant(stamp: str, now: datetime) -> datetime:
    # twelve digits reach the year 33658, and a datetime only 9999
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= len("99999999999")):
        raise NotVerified("timestamp")
    at = datetime.fromtimestamp(int(stamp), UTC)
    if abs(now - at) > TOLERANCE:
        raise NotVerified("timestamp")
    return at


def _v1(signed: bytes, key: bytes) -> str:
    return f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}"


def _holds_v1a(signature: str, message: Message, keys: Iterable[Ed25519PublicKey]) -> bool:
    version, _, encoded = signature.partition(",")
    if version != "v1a":
        return False
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return False
    return any(_is_by(key, raw, message.signed) for key in keys)


def _is_by(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True
