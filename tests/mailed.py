"""Mail as it leaves, read from the folder that it goes to where no server is named."""

from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from sqlalchemy import select

from app.store.messages import messages
from app.store.receipts import receipts
from app.wiring import worker_of
from tests.given import Given, Person


async def mailed(given: Given, *, house: bool = False) -> list[EmailMessage]:
    """What a worker sends now, oldest first; with `house` after the chores."""
    worker = worker_of(given.runtime)
    try:
        if house:
            await worker.keep_house()
        await worker.drain()
    finally:
        await worker.close()
    folder = given.runtime.settings.data_dir / "mail"
    found = list[EmailMessage]()
    for path in sorted(folder.glob("*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=default)
        assert isinstance(mail, EmailMessage)
        found.append(mail)
        path.unlink()
    return found


def to(person: Person, found: list[EmailMessage]) -> list[EmailMessage]:
    return [each for each in found if each["To"] == person.email]


def subjects(found: list[EmailMessage]) -> list[str]:
    return [str(each["Subject"]) for each in found]


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    text: str = body.get_content()
    return text.replace("\r\n", "\n")


async def receipts_of(given: Given, person: Person, template: str | None = None) -> list[Any]:
    """The person's receipts with the template of each message, oldest first."""
    query = select(receipts, messages.c.template).join(messages, messages.c.id == receipts.c.message_id)
    query = query.where(receipts.c.person_id == person.id).order_by(messages.c.id)
    if template is not None:
        query = query.where(messages.c.template == template)
    async with given.runtime.database.reading() as db:
        return list((await db.execute(query)).all())


async def mark(given: Given, person: Person, template: str, **instants: datetime) -> None:
    """Marks the person's receipts of messages of this template."""
    ids = [each.message_id for each in await receipts_of(given, person, template)]
    assert ids
    async with given.runtime.database.writing() as db:
        which = receipts.c.message_id.in_(ids) & (receipts.c.person_id == person.id)
        await db.execute(receipts.update().where(which).values(**instants))


async def prefer(person: Person, **modes: str) -> None:
    """Has the person choose by class."""
    path = "/v1/me/notification-preferences"
    tag = (await person.get(path)).headers["etag"]
    answered = await person.put(path, json={"mail": modes}, headers={"If-Match": tag})
    assert answered.status_code == 200, answered.text
