"""Events without a story behind them: announced of subjects made up for it, and read through the API."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import exact_json
from app.domain.policy import Audience
from app.services import announcements
from app.services.announcements import Announcement, Subject
from app.store.database import Database
from app.store.journal import events
from tests.clock import START
from tests.given import Person

CHANGED = "designation_request.status_changed"
BOTH = (Audience.APPLICANT, Audience.PROGRAM)


@dataclass
class Told:
    """A subject that can be told of; as a request's row is, it is locked from its events to their commit."""

    applicant_id: UUID | None
    number: str
    id: UUID = field(default_factory=uuid4)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    sequences: dict[Audience, int] = field(default_factory=lambda: dict.fromkeys(Audience, 0))

    async def announce(
        self, db: AsyncConnection, audiences: Iterable[Audience] = BOTH, type: str = CHANGED
    ) -> None:
        """In a transaction of the caller's, who holds the lock."""
        path, thin = f"/v1/designation-requests/{self.number}", {"number": self.number, "status": "received"}
        if type.startswith("webhook_endpoint."):
            path = f"/v1/webhook-endpoints/{self.number}"
            thin = {"endpoint_id": self.number, "status": "active"}
        subject = Subject(self.id, self.number, path, self.applicant_id, thin, self.sequences)
        told = [Announcement(type, each) for each in audiences]
        last = await announcements.announce(db, subject, START, "http://desk.example", told)
        self.sequences = dict(last)

    async def tell(
        self, database: Database, audiences: Iterable[Audience] = BOTH, type: str = CHANGED
    ) -> None:
        async with self.lock, database.writing() as db:
            await self.announce(db, audiences, type)


class CutOff(Exception):
    """What a writer or publisher dies of in these tests."""


def _die(chance: random.Random, how_often: float) -> None:
    if chance.random() < how_often:
        raise CutOff


async def write_at_random(
    database: Database, subjects: list[Told], chance: random.Random, times: int
) -> None:
    """Transactions of one to three events, slow or quick, of which one in ten is rolled back."""
    for _ in range(times):
        subject = chance.choice(subjects)
        async with subject.lock:
            before = subject.sequences
            try:
                async with database.writing() as db:
                    for _ in range(chance.randint(1, 3)):
                        await subject.announce(db, chance.choice((BOTH, BOTH[:1], BOTH[1:])))
                        await asyncio.sleep(chance.choice((0, 0, 0.002, 0.01)))
                    _die(chance, 0.1)
            except CutOff:
                subject.sequences = before


@dataclass
class Consumer:
    """Reads the feed page by page and remembers what it saw, in order."""

    person: Person
    limit: int = 50
    query: dict[str, str] = field(default_factory=dict)
    cursor: str | None = None
    seen: list[dict[str, Any]] = field(default_factory=list)

    async def poll(self) -> list[dict[str, Any]]:
        """One page; it stands after it then."""
        params = {"limit": str(self.limit), **self.query}
        if self.cursor is not None:
            params["after"] = self.cursor
        answered = await self.person.get("/v1/events", params=params)
        assert answered.status_code == 200, answered.text
        page = answered.json()
        self.cursor = page["next_cursor"]
        self.seen += page["items"]
        return page["items"]

    async def drain(self) -> list[dict[str, Any]]:
        """All that there is now."""
        found = []
        while items := await self.poll():
            found += items
        return found

    @property
    def ids(self) -> list[str]:
        return [each["id"] for each in self.seen]

    def sequences(self) -> dict[str, list[int]]:
        """Of each subject, in the order in which they were seen."""
        found = defaultdict(list)
        for each in self.seen:
            found[each["subject"]].append(each["data"]["sequence"])
        return dict(found)


async def kept(database: Database, audience: Audience) -> dict[str, str]:
    """Every event of one audience: its id and its frozen body."""
    async with database.reading() as db:
        query = select(events.c.id, events.c.body).where(events.c.audience == audience.value)
        return {str(row.id): row.body for row in await db.execute(query)}


async def recorded(database: Database, subject: str | None = None) -> list[tuple[str, str, dict[str, Any]]]:
    """Audience, type and data of every event there is (of one subject), in their order."""
    query = select(events.c.audience, events.c.type, events.c.body).order_by(events.c.id)
    if subject is not None:
        query = query.where(events.c.subject == subject)
    async with database.reading() as db:
        rows = await db.execute(query)
        return [(row.audience, row.type, exact_json.decode(row.body)["data"]) for row in rows]
