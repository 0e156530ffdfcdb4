"""Taking a mail: its bytes are in storage and its row is written before anybody is told that it was taken."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.identity import new_id
from app.domain.keyring import Keyring
from app.domain.mails import reply_address, texts
from app.domain.mails.addresses import LONGEST
from app.domain.mails.mail import Envelope, Own
from app.storage.blobs import Blobs, BlobTaken
from app.store import deliveries, incoming_mails
from app.store.deliveries import Due
from app.store.incoming_mails import Taken

KIND: Final = "mail_in"


def is_ours(recipient: str, own: Own, keyring: Keyring) -> bool:
    """Whether mail to this address is taken at all: the program's, and that of any thread."""
    if recipient.strip().lower() == own.address:
        return True
    return reply_address.thread_of(keyring, recipient, own.domain) is not None


@dataclass(frozen=True, slots=True)
class Bytes:
    """A mail in storage."""

    sha256: str
    size: int

    @property
    def blob(self) -> str:
        return f"mails/{self.sha256}"


async def keep(blobs: Blobs, raw: bytes) -> Bytes:
    """Puts the bytes into storage under their digest, so that what comes again is kept once. Raises Unavailable."""
    kept = Bytes(hashlib.sha256(raw).hexdigest(), len(raw))
    with suppress(BlobTaken):
        await blobs.put(kept.blob, _whole(raw))
    return kept


def taken(kept: Bytes, envelope: Envelope, now: datetime, came_at: datetime | None = None) -> Taken:
    """The mail as it came to one recipient: now or, where it lay elsewhere, at the instant that somebody states."""
    sender = None if envelope.sender is None else texts.one_line(envelope.sender, LONGEST)
    recipient = texts.one_line(envelope.recipient, LONGEST).lower()
    stated_at = None if came_at is None else now
    return Taken(new_id(), came_at or now, sender, recipient, kept.sha256, kept.size, kept.blob, stated_at)


async def _whole(raw: bytes) -> AsyncIterator[bytes]:
    yield raw


async def record(db: AsyncConnection, taken: Taken, now: datetime) -> UUID:
    """Writes it down and has it looked at, once: the id under which it is kept."""
    mail_id = await incoming_mails.add(db, taken)
    if mail_id == taken.id:
        await look_at(db, mail_id, now, "arrived")
    return mail_id


async def look_at(db: AsyncConnection, mail_id: UUID, now: datetime, why: str) -> None:
    await deliveries.put(db, [Due(KIND, str(mail_id), lane=KIND, once=f"{KIND}:{mail_id}:{why}")], now)
