"""Checking a deposit receipt far from the service that signed it, with nothing but its public keys."""

from collections.abc import Iterable, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.domain import exact_json
from app.domain.keyring import from_base64url


def fault_of(document: Any, keys: Iterable[Mapping[str, str]]) -> str | None:  # noqa: ANN401 -- any JSON
    """Why a receipt `{receipt, signature}` is not ours or not as we signed it; None where it is."""
    try:
        receipt, signature = document["receipt"], document["signature"]
        kid, value = signature["kid"], from_base64url(signature["value"])
    except (KeyError, TypeError, ValueError):
        return "this is not a receipt: it needs receipt and signature {alg, kid, value}"
    public = next((key["x"] for key in keys if key.get("kid") == kid), None)
    if public is None:
        return f"no key {kid} among the public keys given"
    try:
        Ed25519PublicKey.from_public_bytes(from_base64url(public)).verify(
            value, exact_json.canonical(receipt)
        )
    except InvalidSignature:
        return "the signature does not fit: the receipt was changed, or was not signed with this key"
    return None
