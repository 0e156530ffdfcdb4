"""What an endpoint's owner and the service alone know: signing secrets and header values, sealed in the store.

What was sealed under another master secret is lost, and read as if there were none: a rotation makes a new secret.
"""

import base64
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.fernet import Fernet, InvalidToken

from app.domain import exact_json, webhooks
from app.domain.keyring import Keyring
from app.services.journal import instant

PURPOSE: Final = "webhooks"
MOST: Final = 10  # signatures of one message
SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Secret:
    """A signing secret; it signs until `until`, or (None) until it is replaced."""

    text: str = field(repr=False)
    until: datetime | None = None

    def signs(self, at: datetime) -> bool:
        return self.until is None or self.until > at


def new_secret() -> Secret:
    return Secret(webhooks.secret_of(secrets.token_bytes(SECRET_BYTES)))


def rotated(held: Iterable[Secret], new: Secret, overlap: timedelta, now: datetime) -> list[Secret]:
    """The new secret, and those before it for the overlap and no longer; none signs longer than it would have."""
    ends = now + overlap
    before = [Secret(each.text, ends if each.until is None else min(each.until, ends)) for each in held]
    return [new, *(each for each in before if each.signs(now))]


def signing(held: Iterable[Secret], at: datetime) -> list[str]:
    """The secrets that sign at this instant, the current one first."""
    return [each.text for each in held if each.signs(at)]


def sealed(keyring: Keyring, held: Sequence[Secret]) -> str:
    tree = [{"secret": each.text, "until": each.until and instant(each.until)} for each in held]
    return _cipher(keyring).encrypt(exact_json.encode(tree)).decode()


def opened(keyring: Keyring, cell: str) -> list[Secret]:
    """The secrets of an endpoint, newest first."""
    return [
        Secret(each["secret"], None if each["until"] is None else datetime.fromisoformat(each["until"]))
        for each in _unsealed(keyring, cell) or ()
    ]


def sealed_headers(keyring: Keyring, headers: Mapping[str, str]) -> str | None:
    return _cipher(keyring).encrypt(exact_json.encode(dict(headers))).decode() if headers else None


def opened_headers(keyring: Keyring, cell: str | None) -> dict[str, str]:
    if cell is None:
        return {}
    headers: dict[str, str] = _unsealed(keyring, cell) or {}
    return headers


def _unsealed(keyring: Keyring, cell: str) -> Any:
    try:
        return exact_json.decode(_cipher(keyring).decrypt(cell.encode()))
    except InvalidToken:
        return None


def _cipher(keyring: Keyring) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(keyring.key(PURPOSE)))
