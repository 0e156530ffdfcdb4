"""When keys were last used: kept in the process and written once a minute, so that a read stays a read."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.store import api_keys
from app.store.database import Database

EVERY_SECONDS = 60
log = structlog.get_logger("amtdp.keys")


@dataclass
class Uses:
    """The last use of each key since the last writing; at most one entry a key."""

    waiting: dict[UUID, datetime] = field(default_factory=dict)

    def note(self, key_id: UUID | None, at: datetime) -> None:
        if key_id is not None:
            self.waiting[key_id] = at

    async def write(self, database: Database) -> None:
        """Writes what is waiting; a use that could not be written is forgotten, for it is no record."""
        if not self.waiting:
            return
        waiting, self.waiting = self.waiting, {}
        async with database.writing() as db:
            # in one order in every process, so that two of them never wait for each other
            await api_keys.used(db, dict(sorted(waiting.items())))

    async def keep_writing(self, database: Database, every: float = EVERY_SECONDS) -> None:
        """Until cancelled; the last uses are written then."""
        try:
            while True:
                await asyncio.sleep(every)
                await self._try(database)
        finally:
            await self._try(database)

    async def _try(self, database: Database) -> None:
        try:
            await self.write(database)
        except SQLAlchemyError as fault:
            log.warning("uses not written", kind=type(fault).__name__)
