"""Mail about a request, put where its routes would put it: what a person wrote, and what a person did with it."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.identity import new_id
from app.store.messages import messages
from app.store.receipts import receipts
from app.store.threads import threads
from tests.given import Given, Person


async def thread_of(given: Given, number: str, audience: str = "applicant") -> UUID:
    async with given.runtime.database.reading() as db:
        query = select(threads.c.id).where(threads.c.number == number, threads.c.audience == audience)
        return (await db.execute(query)).scalar_one()


async def write(given: Given, thread: UUID, by: Person, text: str, *to: Person) -> UUID:
    """The id of the message; each of `to` has a receipt of it."""
    id, now = new_id(), given.runtime.now()
    side = "applicant" if by.applicant_id else "program"
    async with given.runtime.database.writing() as db:
        last = (await db.execute(select(threads.c.messages).where(threads.c.id == thread))).scalar_one()
        row = {"id": id, "thread_id": thread, "seq": last + 1, "at": now, "side": side, "by": by.id}
        await db.execute(messages.insert(), {**row, "via": "api", "text": text})
        await db.execute(threads.update().where(threads.c.id == thread).values(messages=last + 1))
        for each in to:
            told = {"message_id": id, "person_id": each.id, "thread_id": thread}
            await db.execute(receipts.insert(), {**told, "available_at": now, "touched": 0})
    return id


async def mark(given: Given, thread: UUID, person: Person, *what: str) -> int:
    """How many receipts of the person in the thread now say so (opened, acknowledged)."""
    values: dict[str, Any] = {f"{each}_at": given.runtime.now() for each in what}
    its = (receipts.c.thread_id == thread, receipts.c.person_id == person.id)
    async with given.runtime.database.writing() as db:
        return (await db.execute(receipts.update().where(*its).values(**values))).rowcount
