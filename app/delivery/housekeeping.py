"""What comes with time alone: drafts that will expire or have, answers kept long enough, files nobody names.

Every chore can be repeated and be cut off in the middle: rows are locked, and say what was told.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.delivery import alerts, chores, digests, file_upkeep
from app.delivery.chores import Chore
from app.domain.calendars import civil_date
from app.domain.keyring import Keyring
from app.domain.lifecycle import State
from app.domain.mailboxes import About, Desk, Kind
from app.domain.notices import IN_MAILBOX
from app.domain.policy import SYSTEM, Audience
from app.services import correspondence, drafts, hearing
from app.services.correspondence import Telling
from app.services.transitions import Desk as Hand
from app.storage.blobs import Blobs
from app.storage.scanning import Scanner
from app.store import applicants, deliveries, idempotency, webhook_log
from app.store import digests as waiting
from app.store.database import Database
from app.store.requests import WHOLE, DesignationRequest, requests, told_of_expiry

ANNOUNCED_DAYS = (30, 7)
ANSWERS_KEPT = timedelta(hours=48)
CHORES_KEPT = timedelta(days=2)
DELIVERIES_KEPT = timedelta(days=90)
MOST = 500  # of drafts in a round, the next one takes the rest; of what is forgotten in a transaction


@dataclass(frozen=True, slots=True)
class House:
    """What the chores work on."""

    database: Database
    keyring: Keyring
    public_url: str
    blobs: Blobs
    scanner: Scanner
    ahead: Callable[[], timedelta] = timedelta  # of our clock, before that of the storage


async def attend_drafts(house: House, now: datetime) -> None:
    """Announces the end of drafts, and ends those whose time is over."""
    async with house.database.reading() as db:
        expiring = await _expiring(db, now)
    for reference in expiring:
        async with house.database.writing() as db:
            await _attend(db, house.keyring, house.public_url, reference, now)


async def drafts_ripe_at(house: House, now: datetime) -> datetime | None:
    """When the next draft is to be announced or ended; now, where one is already."""
    async with house.database.reading() as db:
        if await _expiring(db, now):
            return now
        return await _next_stage(db, now)


async def forget_answers(house: House, now: datetime) -> None:
    """Drops stored answers that have been kept long enough."""
    async with house.database.reading() as db:
        stale = await idempotency.any_before(db, now - ANSWERS_KEPT)
    if stale:
        async with house.database.writing() as db:
            await idempotency.forget(db, now - ANSWERS_KEPT)


async def scan_again(house: House, now: datetime) -> None:
    """Asks about the files that the scanner could not judge before."""
    await file_upkeep.scan_again(house.database, house.blobs, house.scanner, now)
    await file_upkeep.scan_proposals_again(house.database, house.keyring, house.blobs, house.scanner, now)


async def erase_removed(house: House, now: datetime) -> None:  # noqa: ARG001 - a chore is given the time
    """Finishes removals: of files taken out of a draft, and of those that went with it."""
    await file_upkeep.erase_removed(house.database, house.blobs)


async def sweep_blobs(house: House, now: datetime) -> None:
    """Takes away what a cut upload left behind."""
    await file_upkeep.sweep_orphans(house.database, house.blobs, now - house.ahead())


async def forget_settled(house: House, now: datetime) -> None:
    """Drops deliveries whose story ended long ago, and their attempts; chores, which nobody asks about, sooner.

    All of them, however many there are, in transactions that are short.
    """
    for kind, kept in ((chores.KIND, CHORES_KEPT), (None, DELIVERIES_KEPT)):
        await _forget_kind(house.database, now - kept, kind)
    async with house.database.writing() as db:
        await waiting.forget_before(db, now - DELIVERIES_KEPT)
    dropped = MOST
    while dropped == MOST:
        async with house.database.writing() as db:
            dropped = await webhook_log.forget_attempts(db, now - DELIVERIES_KEPT, MOST)


async def _forget_kind(database: Database, before: datetime, kind: str | None) -> None:
    after: UUID | None = None
    while True:
        async with database.reading() as db:
            over = await deliveries.settled_before(db, before, kind=kind, after=after, limit=MOST)
        if over:
            async with database.writing() as db:
                await deliveries.forget(db, over)
        if len(over) < MOST:
            return
        after = over[-1]


async def attend_deadlines(house: House, now: datetime) -> None:
    """Alerts before and after due dates, reminders before reply dates."""
    await alerts.attend_deadlines(alerts.Desk(house.database, house.keyring, house.public_url), now)


async def send_digests(house: House, now: datetime) -> None:
    """Gathers what people chose to have in one letter a day."""
    await digests.attend(house.database, house.keyring, house.public_url, now)


async def digests_ripe_at(house: House, now: datetime) -> datetime | None:
    return await digests.ripe_at(house.database, now)


CHORES: Mapping[str, Chore[House]] = {
    "drafts": Chore(timedelta(minutes=5), attend_drafts, drafts_ripe_at),
    "deadlines": Chore(timedelta(hours=1), attend_deadlines),
    "digests": Chore(timedelta(minutes=15), send_digests, digests_ripe_at),
    "scans": Chore(timedelta(minutes=5), scan_again),
    "removals": Chore(timedelta(minutes=5), erase_removed),
    "answers": Chore(timedelta(hours=1), forget_answers),
    "blobs": Chore(timedelta(hours=1), sweep_blobs),
    "settled": Chore(timedelta(days=1), forget_settled),
}


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


async def _next_stage(db: AsyncConnection, now: datetime) -> datetime | None:
    """The nearest instant to come at which a draft is so many days from its end, or there."""
    ends, nearest = requests.c.expires_at, list[datetime]()
    for before in map(timedelta, (*ANNOUNCED_DAYS, 0)):
        query = select(func.min(ends)).where(
            requests.c.state == State.DRAFT.value, requests.c.content.is_not(None), ends > now + before
        )
        found = (await db.execute(query)).scalar_one()
        nearest += [] if found is None else [found - before]
    return min(nearest, default=None)


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
    if found.expiry_told is not None and found.expiry_told <= stage:
        return  # by another worker, while this one waited for the row
    hand = Hand(db, SYSTEM, now, keyring, public_url)
    await correspondence.tell_at_once(hand, [await _telling(hand, found, stage)])
    if over:
        await drafts.delete(db, None, found, now)
    else:
        await told_of_expiry(db, found.id, stage)


async def _telling(hand: Hand, found: DesignationRequest, stage: int) -> Telling:
    """To its applicant alone, in a thread that the program never sees: a draft is nobody else's.

    By mail also to members who never confirmed their address: they lose the draft.
    """
    about = About(Kind.DRAFT, found.id, found.number, Desk.PROGRAM, found.applicant_id)
    template, words = "draft_expired", {"number": found.number}
    if stage != 0 and found.expires_at is not None:
        template, date = "draft_expiry", str(civil_date(found.expires_at))
        words = hearing.words_of(hand.public_url, found, days=str(stage), date=date)
    whole = Telling(about, Audience.APPLICANT, template, words, IN_MAILBOX)
    told = await applicants.members_of(hand.db, found.applicant_id, None, MOST)
    return whole.with_letters((each.person_id, each.email) for each in told)
