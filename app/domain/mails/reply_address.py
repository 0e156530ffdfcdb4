"""The secret address of a thread: whoever was written to can answer there, and nobody can guess another's.

`reply+<token>@<domain>`, the token being the base32 of the thread's id and ten bytes of its HMAC (80 bits; a guess
costs a mail each). Case is lost on the way of mail, so it does not count.
"""

import base64
import binascii
from hmac import compare_digest
from typing import Final
from uuid import UUID

from app.domain.keyring import Keyring

PURPOSE: Final = "reply-address"
MAC_BYTES: Final = 10
_ID_BYTES: Final = 16
_TOKEN: Final = -(-(_ID_BYTES + MAC_BYTES) * 8 // 5)  # characters, without padding


def of(keyring: Keyring, thread_id: UUID, domain: str) -> str:
    whole = thread_id.bytes + _mac(keyring, thread_id)
    token = base64.b32encode(whole).decode().rstrip("=").lower()
    return f"reply+{token}@{domain}"


def thread_of(keyring: Keyring, address: str, domain: str) -> UUID | None:
    """The thread whose address this is; None for any other."""
    local, _, at = address.strip().lower().rpartition("@")
    token = local.removeprefix("reply+")
    if at != domain.lower() or token == local or len(token) != _TOKEN or not token.isascii():
        return None
    try:
        whole = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except binascii.Error:
        return None
    thread_id = UUID(bytes=whole[:_ID_BYTES])
    # base32 of 26 bytes has two bits to spare, so the same token is asked for, not only the same bytes
    return (
        thread_id if compare_digest(of(keyring, thread_id, at).encode(), f"{local}@{at}".encode()) else None
    )


def _mac(keyring: Keyring, thread_id: UUID) -> bytes:
    return keyring.mac(PURPOSE, thread_id.bytes)[:MAC_BYTES]
