"""What is known against an address: mail to it bounces, or whoever has it complained.

Then only what is mandatory is tried by mail, and the mailbox has everything as before. It ends when the address is
confirmed anew, or when an operator says so.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.services import security
from app.services.registrations import email_key
from app.store import address_states, letters

BOUNCING: Final = "bouncing"
COMPLAINED: Final = address_states.COMPLAINED
# RFC 3463: a permanent status of the address or the mailbox. Others are about the message, the way or a policy.
_BLAMED: Final = re.compile(r"5\.[12]\.[0-9]{1,3}")
_STATUS: Final = re.compile(r"^\s*([245]\.[0-9]{1,3}\.[0-9]{1,3})\b")
_OURS: Final = re.compile(r"^<?([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})@[^<>@\s]+>?$")


@dataclass(frozen=True, slots=True)
class Report:
    """What was reported: `kind` is BOUNCING or COMPLAINED, `status` that of RFC 3463 where one was told.

    With the Message-ID of a letter of ours it is believed of whom that letter went to. An address alone is believed
    too, so whoever passes one must have it from a server that was asked to take mail, not from a mail that came in.
    """

    kind: str
    status: str | None = None
    address: str | None = None
    message_id: str | None = None


def status_in(answer: str) -> str:
    """The enhanced status at the beginning of a server's answer (RFC 2034); empty where it has none."""
    found = _STATUS.match(answer)
    return found[1] if found else ""


def blames_address(status: str | None) -> bool:
    """Whether a final refusal with this status (none: not told) is about the address."""
    return not status or _BLAMED.fullmatch(status) is not None


async def record(db: AsyncConnection, report: Report, at: datetime) -> bool:
    """Notes it of the address; whether that is new. Nothing is noted of addresses that nobody here has confirmed."""
    if report.kind == BOUNCING and not blames_address(report.status):
        return False
    key = await _address(db, report)
    if key is None or not await address_states.note(db, key, report.kind, report.status, at):
        return False
    await security.note(db, f"address_{report.kind}", at, status=report.status or "none")
    return True


async def clear(db: AsyncConnection, address: str, at: datetime, by: UUID | None = None) -> bool:
    """Takes back what is known against the address; whether there was anything."""
    if not await address_states.clear(db, email_key(address)):
        return False
    await security.note(db, "address_cleared", at, actor_id=by)
    return True


async def _address(db: AsyncConnection, report: Report) -> str | None:
    told = None if report.address is None else email_key(parseaddr(report.address)[1])
    if report.message_id is None:
        return told or None
    ours = _OURS.match(report.message_id.strip())
    if ours is None:
        return None
    is_known, whose = await letters.addressee(db, UUID(ours[1]))
    # a letter to no known person, as an invitation, has left no address behind but the one that is told
    return (whose or told) if is_known else None
