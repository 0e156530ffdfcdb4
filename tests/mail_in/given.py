"""Mails that arrive, and what became of them."""

import random
from typing import Any
from uuid import UUID

from app.api.runtime import Runtime
from app.delivery.loop import Worker
from app.delivery.mail_in import Letterbox, MailIn
from app.domain import exact_json
from app.domain.mailboxes import About, Desk, Kind, main_thread
from app.domain.mails import reply_address
from app.domain.mails.mail import Envelope
from app.domain.policy import Audience
from app.services import mail_intake
from app.store.incoming_mails import incoming_mails
from app.store.messages import messages
from app.wiring import clerk_of, intake_of
from tests.domain.mails.corpus import AUTHSERV, mail
from tests.given import Person

MAIL_SETTINGS: dict[str, Any] = {"authserv_id": AUTHSERV}
PROGRAM = "intake@amtdp.example"


def worker(runtime: Runtime) -> Worker:
    """The delivery loop for incoming mail alone: letters stay in the queue to be looked at."""
    box = Letterbox(runtime.blobs, runtime.scanner, runtime.settings.max_file_bytes)
    sender = MailIn(runtime.database, box, clerk_of(runtime), runtime.now)
    return Worker(runtime.database, {mail_intake.KIND: sender}, runtime.now, random=random.Random(1))


async def arrive(
    runtime: Runtime, raw: bytes, to: str = PROGRAM, envelope_sender: str | None = "ana@northfield.example"
) -> Any:
    """Takes the mail, acts on it, and returns its row."""
    await intake_of(runtime).take(raw, Envelope(envelope_sender, to))
    await worker(runtime).drain()
    return (await rows(runtime))[-1]


async def rows(runtime: Runtime) -> list[Any]:
    async with runtime.database.reading() as db:
        return list(await db.execute(incoming_mails.select().order_by(incoming_mails.c.id)))


async def said(runtime: Runtime, thread_id: UUID) -> list[Any]:
    async with runtime.database.reading() as db:
        query = messages.select().where(messages.c.thread_id == thread_id).order_by(messages.c.seq)
        return list(await db.execute(query))


def passed(domain: str) -> str:
    return f"{AUTHSERV}; dmarc=pass header.from={domain}"


def of_person(
    person: Person, body: str = "My answer.\n", *, verdict: str | None = None, **more: Any
) -> bytes:
    """A mail of this person, verified unless another verdict is given."""
    domain = person.email.rpartition("@")[2]
    results = f"{AUTHSERV}; {verdict}" if verdict else passed(domain)
    return mail(body, sender=f"{person.name} <{person.email}>", Authentication_Results=results, **more)


def thread_of(request: dict[str, Any], person: Person) -> UUID:
    return main_thread(_about(request, person.applicant_id), Audience.APPLICANT)


def inside_thread_of(request: dict[str, Any]) -> UUID:
    return main_thread(_about(request), Audience.PROGRAM)


def _about(request: dict[str, Any], applicant_id: UUID | None = None) -> About:
    return About(Kind.REQUEST, UUID(request["id"]), request["number"], Desk.PROGRAM, applicant_id)


def address_of(runtime: Runtime, thread_id: UUID) -> str:
    return reply_address.of(runtime.keyring, thread_id, runtime.settings.own_mail.domain)


def remarks(row: Any) -> list[str]:
    found: list[str] = exact_json.decode(row.remarks)
    return found
