"""The sender of mails that came in: read, files checked, and acted on in the transaction that settles the row."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.delivery.sending import Delivered, Outcome, Outcomes, Settled
from app.domain.mails import reading
from app.domain.mails.mail import Envelope, Mail
from app.domain.mails.sorting import Way
from app.services import incoming, mail_files, mailed_engagements
from app.services.mail_files import Files
from app.services.mail_outcomes import Clerk
from app.storage.blobs import Blobs
from app.storage.scanning import Scanner
from app.store import incoming_mails, settlements
from app.store.columns import Record
from app.store.database import Database
from app.store.deliveries import Claimed
from app.store.incoming_mails import ARRIVED
from app.store.settlements import DONE, Ending


@dataclass(frozen=True, slots=True)
class Letterbox:
    """Where mails and their files lie, and how large a file may be."""

    blobs: Blobs
    scanner: Scanner
    max_file_bytes: int


class MailIn:
    """Acts on mails by id. A mail that breaks it is tried again and then given up to the dead letters, never lost."""

    limit = timedelta(minutes=5)

    def __init__(self, database: Database, box: Letterbox, clerk: Clerk, now: Callable[[], datetime]) -> None:
        self.database = database
        self.box = box
        self.clerk = clerk
        self.now = now

    async def send(self, claimed: Claimed) -> Outcome:
        async with self.database.reading() as db:
            row = await incoming_mails.find(db, UUID(claimed.payload))
        if row is None or row.verdict != ARRIVED:
            return Delivered()
        mail = await self._read(row)
        files = await self._files(row, mail)
        used = frozenset[UUID]()
        try:
            proposals = await mailed_engagements.proposals_among(self.box.blobs, files.received)
            at = self.now()
            async with self.database.writing() as db:
                # first, since it locks the row: whoever is late finds that it is no longer theirs
                if await settlements.settle(db, [Ending(claimed, DONE)], at):
                    desk = self.clerk.desk(db, at)
                    used = await incoming.act(desk, self.clerk, row, mail, files, proposals)
        except BaseException:
            await mail_files.discard(self.box.blobs, files.received)
            raise
        await mail_files.discard(self.box.blobs, [each for each in files.received if each.id not in used])
        return Settled()

    async def _read(self, row: Record) -> Mail:
        raw = b"".join([piece async for piece in self.box.blobs.read(row.blob)])
        envelope = Envelope(row.envelope_sender, row.recipient)
        # some of it is seconds of work, and others wait for this loop
        return await asyncio.to_thread(reading.read, raw, envelope, self.clerk.own)

    async def _files(self, row: Record, mail: Mail) -> Files:
        way = incoming.way_of(self.clerk, row, mail).way
        if way not in {Way.REPLY, Way.FILING, Way.ENGAGEMENT}:
            return Files()
        enclosed = mail_files.with_text(mail) if way is Way.FILING else mail.enclosed
        box = self.box
        return await mail_files.receive(box.blobs, box.scanner, row.id, enclosed, box.max_file_bytes)

    async def note(self, db: AsyncConnection, outcomes: Outcomes) -> None:
        """What there is to write was written with the act."""
