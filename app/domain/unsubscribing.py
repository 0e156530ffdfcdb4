"""What the links in letters are good for that stop more of the same (RFC 8058): tokens that need no table.

A token says whose mail it stops and which, and proves that we wrote it. It is good for nothing else and does not end:
whoever holds an old letter may still be rid of the next one.
"""

from dataclasses import dataclass
from hmac import compare_digest
from typing import Final
from uuid import UUID

from app.domain.keyring import Keyring, base64url, from_base64url
from app.domain.mail_preferences import EventClass

PURPOSE: Final = "unsubscribing"
DIGEST: Final = "digest"  # all that comes in one
SCOPES: Final = frozenset({DIGEST, *(each.value for each in EventClass)} - {EventClass.MANDATORY.value})
MAC_BYTES: Final = 16
_RAW: Final = 16 + MAC_BYTES
PATTERN: Final = r"^[A-Za-z0-9_-]{43}\.[a-z_]{1,20}$"


@dataclass(frozen=True, slots=True)
class Stop:
    """Whose mail is to stop, and of which class (or what comes in digests)."""

    person_id: UUID
    scope: str


def token(keyring: Keyring, stop: Stop) -> str:
    return f"{base64url(stop.person_id.bytes + _mac(keyring, stop))}.{stop.scope}"


def read(keyring: Keyring, text: str) -> Stop | None:
    """What the token is for; None where it is not one of ours."""
    sealed, _, scope = text.partition(".")
    if scope not in SCOPES:
        return None
    try:
        raw = from_base64url(sealed)
    except ValueError:
        return None
    if len(raw) != _RAW:
        return None
    stop = Stop(UUID(bytes=raw[:16]), scope)
    # the text again, since base64 has bits to spare and the same bytes have several spellings
    return stop if compare_digest(token(keyring, stop).encode(), text.encode()) else None


def _mac(keyring: Keyring, stop: Stop) -> bytes:
    return keyring.mac(PURPOSE, stop.person_id.bytes, stop.scope.encode())[:MAC_BYTES]
