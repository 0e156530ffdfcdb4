"""What is due with time alone: drafts that will expire or have, and answers kept long enough.

Every step can be repeated and run by several workers at once: letters carry a unique key, rows are locked.
"""

from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.calendars import civil_date
from app.domain.keyring import Keyring
from app.domain.lifecycle import State
from app.services import attachments, drafts, post
from app.services.post import Letter
from app.storage.blobs import Blobs
from app.storage.scanning import Scanner
from app.store import attachments as store
from app.store import idempotency
from app.store.applicants import members
from app.store.database import Database
from app.store.people import people
from app.store.requests import WHOLE, DesignationRequest, requests, told_of_expiry

ANNOUNCED_DAYS = (30, 7)
ANSWERS_KEPT = timedelta(hours=48)
MOST = 500  # a tick leaves the rest to the next


async def tick(database: Database, keyring: Keyring, public_url: str, now: datetime) -> None:
    async with database.reading() as db:
        expiring = await _expiring(db, now)
    for reference in expiring:
        async with database.writing() as db:
            await _attend(db, keyring, public_url, reference, now)
    async with database.reading() as db:
        stale = await idempotency.any_before(db, now - ANSWERS_KEPT)
    if stale:
        async with database.writing() as db:
            await idempotency.forget(db, now - ANSWERS_KEPT)


async def tick_files(database: Database, blobs: Blobs, scanner: Scanner, now: datetime) -> None:
    """Asks again about files the scanner has not judged, and sweeps what a cut upload or a deletion left behind."""
    async with database.reading() as db:
        said = await attachments.scan_again(db, blobs, scanner)
        await attachments.sweep_orphans(db, blobs, now)
    for file_id, scan in said:
        async with database.writing() as db:
            await store.judged(db, file_id, scan.value)


async def _expiring(db: AsyncConnection, now: datetime) -> list[DesignationRequest]:
    """Drafts that are over, or whose next announcement is due; the nearest end first."""
    ends, told = requests.c.expires_at, requests.c.expiry_told
    due = [ends <= now]
    due += [
        and_(ends <= now + timedelta(days=days), or_(told.is_(None), told > days)) for days in ANNOUNCED_DAYS
    ]
    query = (
        WHOLE.where(requests.c.state == State.DRAFT.value, requests.c.content.is_not(None))
        .where(ends.is_not(None), or_(*due))
        .order_by(requests.c.expires_at)
        .limit(MOST)
    )
    return [DesignationRequest.of(row) for row in await db.execute(query)]


async def _attend(
    db: AsyncConnection, keyring: Keyring, public_url: str, seen: DesignationRequest, now: datetime
) -> None:
    """Announces or ends one draft, from its live row: one that was changed meanwhile is left alone."""
    locked = (await db.execute(WHOLE.where(requests.c.id == seen.id).with_for_update(of=requests))).one()
    found = DesignationRequest.of(locked)
    if found.state is not State.DRAFT or found.expires_at is None or found.content is None:
        return
    over = found.expires_at <= now
    near = [days for days in ANNOUNCED_DAYS if found.expires_at <= now + timedelta(days=days)]
    stage = 0 if over else min(near, default=None)
    if stage is None:
        return
    letters = [
        Letter(
            email,
            *_words(found, stage, public_url),
            once=f"expiry:{found.id}:{found.expires_at.isoformat()}:{stage}:{person}",
        )
        for person, email in await _members(db, found)
    ]
    await post.queue(db, keyring, letters, now)
    if over:
        await drafts.delete(db, None, found, now)
    else:
        await told_of_expiry(db, found.id, stage)


def _words(found: DesignationRequest, stage: int, public_url: str) -> tuple[str, dict[str, str]]:
    if stage == 0 or found.expires_at is None:
        return "draft_expired", {"number": found.number}
    link = f"{public_url}/v1/designation-requests/{found.number}"
    date = str(civil_date(found.expires_at))
    return "draft_expiry", {"number": found.number, "days": str(stage), "date": date, "link": link}


async def _members(db: AsyncConnection, found: DesignationRequest) -> list[tuple[str, str]]:
    query = (
        select(people.c.id, people.c.email)
        .join(members, members.c.person_id == people.c.id)
        .where(members.c.applicant_id == found.applicant_id)
    )
    return [(str(row.id), row.email) for row in await db.execute(query)]
