"""Copies by mail of what people write: queued once the message is there, for those who have not opened it by then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.keyring import Keyring
from app.domain.mail_preferences import Mode, mode_of
from app.domain.policy import Audience
from app.services import post, timers
from app.services.post import Copy, Letter
from app.store import copies
from app.store.deliveries import Due
from app.store.digests import digest_items

COPY: Final = "message_copy"
TEMPLATE: Final = "message_received"


def due(message_id: UUID) -> Due:
    """What has them made, to be queued with the message."""
    return timers.at_once(COPY, {"message_id": str(message_id)})


@dataclass(frozen=True, slots=True)
class Copies:
    """What making them needs."""

    keyring: Keyring
    public_url: str

    async def act(self, db: AsyncConnection, facts: Mapping[str, Any], at: datetime) -> None:
        """A letter to each hearer who has not opened the message meanwhile: at once, or with others, as each chose."""
        message_id = UUID(facts["message_id"])
        letters, later = [], []
        for row in await copies.of_message(db, message_id):
            mode = mode_of(TEMPLATE, row.modes, row.address_state)
            if mode is Mode.DIGEST:
                later.append({"message_id": message_id, "person_id": row.person_id, "at": at})
            if mode is not Mode.NOW:
                continue
            words = {
                "number": row.number or "Your mailbox",
                "link": f"{self.public_url}/v1/threads/{row.thread_id}",
            }
            copy = Copy(message_id, row.thread_id, row.person_id)
            letters.append(Letter(row.email, TEMPLATE, words, audience=_side(row.kind), copy=copy))
        await post.queue(db, self.keyring, letters, at)
        if later:
            await db.execute(digest_items.insert(), later)


def _side(kind: str) -> Audience:
    return Audience.PROGRAM if kind == "staff" else Audience.APPLICANT
