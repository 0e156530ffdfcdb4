"""Outgoing mail: letters queued in the transaction that causes them, sealed until they are sent."""

import base64
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import exact_json, wording
from app.domain.keyring import Keyring
from app.domain.policy import Audience
from app.store import deliveries
from app.store.deliveries import Due

KIND = "mail"
NONCE: Final = 12  # bytes (NIST SP 800-38D 5.2.1.1)
BEFORE: Final = (
    "gAAAAA"  # how a letter begins that an earlier version sealed; what is queued must still be sent
)


@dataclass(frozen=True, slots=True)
class Copy:
    """Of which message, in which thread, for whom a letter is the copy."""

    message_id: UUID
    thread_id: UUID
    person_id: UUID


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to one address, from a template; `once` is the key under which it may be queued only once."""

    to: str
    template: str
    facts: Mapping[str, str]
    once: str | None = None
    audience: Audience = Audience.APPLICANT  # whose side it goes to: the other one is not shown it
    copy: Copy | None = None  # None: a letter that is in no mailbox
    version: int | None = None  # of the template; None: the present one
    person_id: UUID | None = None  # to whom it goes, where it is no copy and that is known
    answers: str | None = None  # the Message-ID of the mail that it is the automatic answer to

    @property
    def reader(self) -> UUID | None:
        """Whose it is, as far as is known."""
        return self.person_id if self.copy is None else self.copy.person_id


async def queue(db: AsyncConnection, keyring: Keyring, letters: Iterable[Letter], now: datetime) -> None:
    """Queues the letters in one statement. Addresses, codes and tokens never stand in the clear in the store."""
    await deliveries.put(db, due(keyring, letters), now)


def due(keyring: Keyring, letters: Iterable[Letter]) -> list[Due]:
    """The letters as rows of the queue, sealed."""
    return [
        Due(KIND, _sealed(keyring, letter), lane=KIND, once=letter.once, person_id=letter.reader)
        for letter in letters
    ]


class Unreadable(Exception):
    """The row was sealed under another secret, or never was a letter."""


def opened(keyring: Keyring, payload: str) -> Letter:
    """The letter of a queued row. Raises Unreadable."""
    try:
        tree = exact_json.decode(_unsealed(keyring, payload))
    except (InvalidToken, InvalidTag, ValueError):
        raise Unreadable from None
    copy = tree.get("copy")
    return Letter(
        tree["to"],
        tree["template"],
        tree["facts"],
        copy=None if copy is None else Copy(*map(UUID, copy)),
        version=tree.get("version", wording.FIRST),
        person_id=None if (reader := tree.get("person")) is None else UUID(reader),
        answers=tree.get("answers"),
    )


def _sealed(keyring: Keyring, letter: Letter) -> str:
    tree = {
        "to": letter.to,
        "template": letter.template,
        "facts": dict(letter.facts),
        "version": letter.version or wording.version_of(letter.template),
    }
    if letter.copy is not None:
        tree["copy"] = [str(letter.copy.message_id), str(letter.copy.thread_id), str(letter.copy.person_id)]
    if letter.person_id is not None:
        tree["person"] = str(letter.person_id)
    if letter.answers is not None:
        tree["answers"] = letter.answers
    nonce = os.urandom(NONCE)
    return base64.b64encode(nonce + _cipher(keyring).encrypt(nonce, exact_json.encode(tree), None)).decode()


def _unsealed(keyring: Keyring, payload: str) -> bytes:
    if payload.startswith(BEFORE):
        return Fernet(base64.urlsafe_b64encode(keyring.key("post"))).decrypt(payload)
    sealed = base64.b64decode(payload)
    return _cipher(keyring).decrypt(sealed[:NONCE], sealed[NONCE:], None)


def _cipher(keyring: Keyring) -> AESGCM:
    return AESGCM(keyring.key("letters"))
