"""Digests: one letter a day, at seven in New York, to each person for whom something waits.

The letter and what it will show are tied together in one transaction under a key of person and day, so however many
workers there are, and whenever one is killed, nobody gets two. What it says is found when it is sent.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.delivery.letters import DIGEST
from app.domain.calendars import PROGRAM_ZONE, civil_date
from app.domain.keyring import Keyring
from app.services import post
from app.services.post import Letter
from app.store import deliveries, digests
from app.store.columns import Record
from app.store.database import Database

HOUR: Final = time(7)  # New York's
MOST: Final = 500  # people in one look
DAY: Final = timedelta(days=1)


def begins_at(day: date) -> datetime:
    """The instant of a day's digest."""
    return datetime.combine(day, HOUR, tzinfo=PROGRAM_ZONE).astimezone(UTC)


def latest_day(now: datetime) -> date:
    """The day whose digest is due, or was last: one that was missed comes late rather than never."""
    today = civil_date(now)
    return today if now >= begins_at(today) else today - DAY


async def attend(database: Database, keyring: Keyring, public_url: str, now: datetime) -> None:
    """Queues the digest of each person for whom something waits since before it was due."""
    day, after = latest_day(now), None
    while True:
        async with database.reading() as db:
            found = await digests.waiting(db, begins_at(day), after, MOST)
        for each in found:
            async with database.writing() as db:
                await _queue(db, keyring, public_url, each, day, now)
        if len(found) < MOST:
            return
        after = found[-1].id


async def ripe_at(database: Database, now: datetime) -> datetime | None:
    """When the next one is due, if something waits for it."""
    async with database.reading() as db:
        since = await digests.first_waiting(db)
    if since is None:
        return None
    at = begins_at(civil_date(since))
    return max(now, at if since < at else begins_at(civil_date(since) + DAY))


async def _queue(
    db: AsyncConnection, keyring: Keyring, public_url: str, person: Record, day: date, now: datetime
) -> None:
    facts = {"day": str(day), "link": f"{public_url}/v1/me/notification-preferences", "place": public_url}
    letter = Letter(person.email, DIGEST, facts, once=_key(person.id, day), person_id=person.id)
    id = await deliveries.put_once(db, post.due(keyring, [letter])[0], now)
    if id is not None:
        await digests.take(db, person.id, id, begins_at(day))


def _key(person_id: UUID, day: date) -> str:
    return f"{DIGEST}:{person_id}:{day}"
