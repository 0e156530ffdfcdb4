"""Outgoing mail: letters queued in the transaction that causes them, sealed until they are sent."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.fernet import Fernet
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import exact_json
from app.domain.keyring import Keyring
from app.domain.policy import Audience
from app.store import deliveries
from app.store.deliveries import Due

KIND = "mail"


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to one address, from a template; `once` is the key under which it may be queued only once."""

    to: str
    template: str
    facts: Mapping[str, str]
    once: str | None = None
    audience: Audience = Audience.APPLICANT  # whose side it goes to: the other one is not shown it


async def queue(db: AsyncConnection, keyring: Keyring, letters: Iterable[Letter], now: datetime) -> None:
    """Queues the letters in one statement. Addresses, codes and tokens never stand in the clear in the store."""
    await deliveries.put(db, due(keyring, letters), now)


def due(keyring: Keyring, letters: Iterable[Letter]) -> list[Due]:
    """The letters as rows of the queue, sealed."""
    return [Due(KIND, _sealed(keyring, letter), lane=KIND, once=letter.once) for letter in letters]


def opened(keyring: Keyring, payload: str) -> Letter:
    """The letter of a queued row."""
    tree = exact_json.decode(_cipher(keyring).decrypt(payload.encode()))
    return Letter(tree["to"], tree["template"], tree["facts"])


def _sealed(keyring: Keyring, letter: Letter) -> str:
    tree = {"to": letter.to, "template": letter.template, "facts": dict(letter.facts)}
    return _cipher(keyring).encrypt(exact_json.encode(tree)).decode()


def _cipher(keyring: Keyring) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(keyring.key("post")))
