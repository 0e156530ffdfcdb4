"""Mails that wait for a coordinator: let through, or refused. What was decided is decided once."""

from typing import Any, Final, Literal
from uuid import UUID

from app.domain.calendars import civil_date
from app.domain.errors import Conflict, NotFound
from app.domain.mailboxes import Desk as SharedDesk
from app.domain.notices import Hearer
from app.domain.policy import Audience
from app.services import mail_intake, post, security
from app.services.journal import instant
from app.services.post import Letter
from app.services.transitions import Desk
from app.store import hearers, incoming_mails
from app.store.columns import Record
from app.store.incoming_mails import ARRIVED

Decision = Literal["release", "refuse"]
NOBODY: Final = frozenset({"no-from"})  # cannot be let through: there is nobody to file for


async def tell_coordinators(desk: Desk) -> None:
    """Once a day to each: that mail waits, and where; nothing of what it says or who sent it."""
    heard = await hearers.found(
        desk.db, {Hearer.COORDINATORS}, {"request": None, "desk": SharedDesk.PROGRAM.mailbox}
    )
    words = {"link": f"{desk.public_url}/v1/incoming-mails?verdict=held"}
    day = civil_date(desk.now)
    letters = [
        Letter(
            each.email,
            "mail_held",
            words,
            once=f"mail-held:{day}:{each.person_id}",
            audience=Audience.PROGRAM,
        )
        for each in heard
        if each.email is not None
    ]
    await post.queue(desk.db, desk.keyring, letters, desk.now)


async def decide(desk: Desk, person_id: UUID, mail_id: UUID, decision: Decision) -> Record:
    """The mail afterwards. One that is released is acted on as if nothing had stood against it, at its old instant.

    Raises NotFound, and Conflict where it does not wait or names nobody it could be filed for.
    """
    found = await incoming_mails.seen(desk.db, person_id, mail_id, lock=True)
    if found is None:
        raise NotFound
    if found.verdict != "held":
        raise Conflict("This mail does not wait for a decision.", present=found.verdict)
    if decision == "release" and found.reason in NOBODY:
        raise Conflict("This mail names no sender: there is nobody whose it could be.", present="held")
    values: dict[str, Any] = {"decided_by": person_id, "decided_at": desk.now, "settled_at": desk.now}
    if decision == "release":
        values |= {"verdict": ARRIVED, "reason": None, "settled_at": None}
        await mail_intake.look_at(desk.db, mail_id, desk.now, instant(desk.now))
    else:
        values |= {"verdict": "refused", "reason": "by-a-person"}
    await incoming_mails.settle(desk.db, mail_id, values)
    done = {"release": "mail_released", "refuse": "mail_refused"}[decision]
    await security.note(desk.db, done, desk.now, actor_id=person_id, subject_id=mail_id)
    after = await incoming_mails.seen(desk.db, person_id, mail_id)
    if after is None:
        raise NotFound
    return after
