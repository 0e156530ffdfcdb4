"""What acting on a mail works with, and what it comes to."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.engagements import Targets
from app.domain.keyring import Keyring
from app.domain.mails.mail import Mail, Own
from app.domain.policy import SYSTEM, Actor
from app.services.mail_files import Files
from app.services.transitions import Desk
from app.store.columns import Record

MOST_NOTED: Final = 50  # remarks that are kept with a mail


@dataclass(frozen=True, slots=True)
class Clerk:
    """What the service is to those who write to it."""

    keyring: Keyring
    public_url: str
    own: Own
    targets: Targets
    max_files: int

    def desk(self, db: AsyncConnection, now: datetime, actor: Actor = SYSTEM) -> Desk:
        return Desk(db, actor, now, self.keyring, self.public_url)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail that is being acted on: its row, what was read of it, its files, and who is shown to have sent it."""

    row: Record
    mail: Mail
    files: Files
    sender: Actor | None  # None: nobody we know, or not shown to be

    @property
    def released(self) -> bool:
        return self.row.decided_by is not None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it. Blobs that are not `used` go again."""

    verdict: str
    reason: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    used: frozenset[UUID] = frozenset()
    remarks: tuple[str, ...] = ()


def held(reason: str, **values: Any) -> Outcome:
    return Outcome("held", reason, values)
