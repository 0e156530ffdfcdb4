"""Checking what the service signed, a deposit receipt first of all, far from it and with its public keys alone."""

from collections.abc import Iterable, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.domain import exact_json
from app.domain.keyring import from_base64url


def fault_of(document: Any, keys: Iterable[Mapping[str, str]], what: str = "receipt") -> str | None:  # noqa: ANN401 -- any JSON
    """Why a receipt `{receipt, signature}` is not ours or not as we signed it; None where it is.

    `what` is the name of the member that is signed, where it is not a receipt.
    """
    try:
        signed, signature = document[what], document["signature"]
        kid, value = signature["kid"], from_base64url(signature["value"])
    except (KeyError, TypeError, ValueError):
        return f"this is not a {what}: it needs {what} and signature {{alg, kid, value}}"
    public = next((key["x"] for key in keys if key.get("kid") == kid), None)
    if public is None:
        return f"no key {kid} among the public keys given"
    try:
        Ed25519PublicKey.from_public_bytes(from_base64url(public)).verify(value, exact_json.canonical(signed))
    except InvalidSignature:
        return f"the signature does not fit: the {what} was changed, or was not signed with this key"
    return None
