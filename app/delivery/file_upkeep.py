"""What files need with time: bytes that nobody names go, and what the scanner has not judged is asked about again.

Storage and scanner are asked between transactions, never in one.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.domain.keyring import Keyring
from app.services import attachments as service
from app.services import engagement_proposals as proposals
from app.storage.blobs import BlobMissing, Blobs, is_arrival
from app.storage.scanning import Scan, Scanner
from app.store import attachments, engagement_proposals
from app.store.attachments import Attachment
from app.store.database import Database
from app.store.engagement_proposals import Proposal

ORPHAN_AGE = timedelta(hours=1)  # longer than the way from the last byte to the row
BATCH = 500
log = structlog.get_logger("amtdp.files")


async def erase_removed(database: Database, blobs: Blobs) -> int:
    """Bytes and rows of files that were taken out of a draft, went with it, or were replaced; how many."""
    async with database.reading() as db:
        gone, replaced = await attachments.removed(db, BATCH), await engagement_proposals.removed(db, BATCH)
    for blob in [*(file.blob for file in gone), *(file.blob for file in replaced)]:
        await blobs.delete(blob)
    if gone or replaced:
        async with database.writing() as db:
            await attachments.erase(db, [file.id for file in gone])
            await engagement_proposals.erase(db, [file.id for file in replaced])
    return len(gone) + len(replaced)


async def sweep_orphans(database: Database, blobs: Blobs, now: datetime) -> int:
    """Deletes blobs that no row names and that are old enough not to be on their way in; how many.

    Only names of our making are touched: a folder may hold other things.
    """
    swept, batch = blobs.drop_abandoned(), dict[UUID, str]()
    async for name in _old(blobs, now):
        attachment_id = _id_in(name)
        if is_arrival(name):
            await blobs.delete(name)
            swept += 1
        elif attachment_id is not None:
            batch[attachment_id] = name
        if len(batch) == BATCH:
            swept += await _drop_unnamed(database, blobs, batch)
            batch = {}
    return swept + await _drop_unnamed(database, blobs, batch)


async def _old(blobs: Blobs, now: datetime) -> AsyncIterator[str]:
    async for stored in blobs.listed():
        if now - stored.last_modified > ORPHAN_AGE:
            yield stored.name


def _id_in(name: str) -> UUID | None:
    """The attachment whose bytes these are; None where we did not name them."""
    try:
        _, attachment = (UUID(part) for part in name.split("/"))
    except ValueError:
        return None
    return attachment


async def _drop_unnamed(database: Database, blobs: Blobs, batch: dict[UUID, str]) -> int:
    async with database.reading() as db:
        ids = list(batch)
        known = await attachments.known(db, ids) | await engagement_proposals.known(db, ids) if ids else set()
    orphans = [name for each, name in batch.items() if each not in known]
    for name in orphans:
        await blobs.delete(name)
    return len(orphans)


async def scan_again(database: Database, blobs: Blobs, scanner: Scanner, now: datetime) -> dict[UUID, Scan]:
    """Asks the scanner once more about files it has not judged, and writes down what it says."""
    async with database.reading() as db:
        waiting = await attachments.pending(db)
    said = dict[UUID, Scan]()
    for file in waiting:
        scan = await _scanned(blobs, scanner, file)
        if scan in {Scan.CLEAN, Scan.INFECTED}:
            async with database.writing() as db:
                await service.judge(db, file, scan, now)
            said[file.id] = scan
    return said


async def scan_proposals_again(
    database: Database, keyring: Keyring, blobs: Blobs, scanner: Scanner, now: datetime
) -> dict[UUID, Scan]:
    """The same for proposals of engagements."""
    async with database.reading() as db:
        waiting = await engagement_proposals.pending(db)
    said = dict[UUID, Scan]()
    for file in waiting:
        scan = await _scanned(blobs, scanner, file)
        if scan in {Scan.CLEAN, Scan.INFECTED}:
            async with database.writing() as db:
                await proposals.judge(db, file, scan, keyring, now)
            said[file.id] = scan
    return said


async def _scanned(blobs: Blobs, scanner: Scanner, file: Attachment | Proposal) -> Scan:
    try:
        return await scanner.scan(blobs.read(file.blob))
    except BlobMissing:
        log.error("a file's bytes are not in storage", attachment=str(file.id))  # noqa: TRY400 - nothing to trace
        return Scan.PENDING
