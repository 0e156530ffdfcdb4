"""Deliveries in every state, senders that do as they are told, and a worker over them."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from sqlalchemy import func, select, true

from app.delivery.letters import ways_back
from app.delivery.loop import Worker
from app.delivery.mail import Mail
from app.delivery.sending import Delivered, Outcome
from app.keystore import keyring_of
from app.services import post
from app.services.post import Letter
from app.settings import Settings
from app.store import deliveries
from app.store.database import Database
from app.store.deliveries import Claimed, Due
from tests.clock import Clock

table = deliveries.deliveries


class Scripted:
    """A sender that answers as a function of the row says, and remembers what it was given and what was noted."""

    def __init__(self, answer: Callable[[Claimed], Outcome] = lambda _: Delivered()) -> None:
        self.answer = answer
        self.limit = timedelta(seconds=5)
        self.given: list[Claimed] = []
        self.noted: list[tuple[Claimed, Outcome]] = []

    async def send(self, claimed: Claimed) -> Outcome:
        self.given.append(claimed)
        return self.answer(claimed)

    async def note(self, db, outcomes) -> None:
        self.noted += outcomes


def worker(database: Database, sender, clock: Clock, kind: str = "test") -> Worker:
    return Worker(database, {kind: sender}, clock, random=random.Random(1))


def mail_worker(database: Database, settings: Settings, carrier, clock: Clock) -> Worker:
    return worker(database, mail(settings, carrier, clock), clock, post.KIND)


def mail(settings: Settings, carrier, clock: Clock) -> Mail:
    keyring = keyring_of(settings)
    return Mail(keyring, carrier, "desk@amtdp.example", clock, ways_back(keyring, "http://desk"))


async def put(database: Database, clock: Clock, lanes: dict[str, int], kind: str = "test") -> None:
    """So many rows in each lane, due now; the payload says which."""
    due = [Due(kind, f"{lane}:{n}", lane) for lane, count in lanes.items() for n in range(count)]
    async with database.writing() as db:
        await deliveries.put(db, due, clock())


async def post_letters(database: Database, settings: Settings, clock: Clock, *letters: Letter) -> None:
    async with database.writing() as db:
        await post.queue(db, keyring_of(settings), letters, clock())


async def states(database: Database, kind: str | None = None) -> Counter[str]:
    """How many rows, of one kind or of all, are in each state."""
    which = true() if kind is None else table.c.kind == kind
    async with database.reading() as db:
        query = select(table.c.state, func.count().label("number")).where(which).group_by(table.c.state)
        return Counter({row.state: row.number for row in await db.execute(query)})


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    """Waits for what another process or task brings about."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 - what is waited for sets no event here
            await asyncio.sleep(0.002)


@asynccontextmanager
async def ending(*children: asyncio.subprocess.Process, seconds: float = 120) -> AsyncIterator[None]:
    """A block that waits for the end of these processes; none of them outlives it."""
    try:
        async with asyncio.timeout(seconds):
            yield
    finally:
        for child in children:
            if child.returncode is None:
                child.kill()


async def rows(database: Database):
    async with database.reading() as db:
        return (await db.execute(select(table).order_by(table.c.id))).all()
