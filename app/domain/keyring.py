"""The service's own secrets: one master secret, a key derived for each use, and the ed25519 signing keys.

Derivation is HKDF-SHA256 (RFC 5869), so no two uses share a key; signing is ed25519 (RFC 8032).
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MINIMUM_SECRET_BYTES = 32


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """What `base64url` wrote. Raises ValueError for anything else.

    The decoder passes over foreign characters and over the last one's spare bits, so the same bytes would have many
    spellings. Ours have one (RFC 4648, 3.5): a token of which a character was changed is not that token.
    """
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64url(raw) != text:
        raise ValueError("not base64url, or not as base64url writes it")
    return raw


def key_id(public: Ed25519PublicKey) -> str:
    """The key's JWK thumbprint (RFC 7638), shortened to 16 characters."""
    x = base64url(public.public_bytes(Encoding.Raw, PublicFormat.Raw))
    canonical = f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'
    return base64url(hashlib.sha256(canonical.encode()).digest())[:16]


def jwk(public: Ed25519PublicKey) -> dict[str, str]:
    """The public key as a JSON Web Key (RFC 8037)."""
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "alg": "EdDSA",
        "use": "sig",
        "kid": key_id(public),
        "x": base64url(public.public_bytes(Encoding.Raw, PublicFormat.Raw)),
    }


@dataclass(frozen=True)
class Keyring:
    """The master secret, the key that signs now, and earlier public keys that still verify."""

    master: bytes
    signing: Ed25519PrivateKey
    retired: tuple[Ed25519PublicKey, ...] = ()
    _derived: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    def key(self, purpose: str) -> bytes:
        """32 bytes that belong to one purpose alone."""
        if purpose not in self._derived:
            self._derived[purpose] = HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(self.master)
        return self._derived[purpose]

    def mac(self, purpose: str, *parts: bytes) -> bytes:
        """HMAC-SHA256 over the parts, each preceded by its length so that no two lists collide."""
        measured = [piece for part in parts for piece in (len(part).to_bytes(8, "big"), part)]
        return hmac.digest(self.key(purpose), b"".join(measured), "sha256")

    def sign(self, payload: bytes) -> Mapping[str, str]:
        return {"alg": "EdDSA", "kid": self.kid, "value": base64url(self.signing.sign(payload))}

    @cached_property
    def kid(self) -> str:
        return key_id(self.signing.public_key())

    def public_keys(self) -> list[dict[str, str]]:
        return [jwk(public) for public in (self.signing.public_key(), *self.retired)]
