"""Acting on a mail that came in: once, in one transaction with everything that comes of it."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from app.domain import exact_json
from app.domain.mails import sorting
from app.domain.mails.mail import Mail
from app.domain.mails.sorting import Destination, Way
from app.domain.policy import Actor
from app.services import access, bounces, held_mails, mail_replies, mailed_engagements, mailed_filings
from app.services.mail_files import Files
from app.services.mail_outcomes import MOST_NOTED, Arrived, Clerk, Outcome, held
from app.services.transitions import Desk
from app.store import incoming_mails
from app.store.columns import Record
from app.store.incoming_mails import ARRIVED

# What a stranger can put on the program's desk in a day before somebody looks.
FILINGS_A_DAY: Final = 20
WITHOUT_EFFECT: Final = {Way.HOLD: "held", Way.BOUNCE: "bounced", Way.IGNORE: "ignored"}


def way_of(clerk: Clerk, row: Record, mail: Mail) -> Destination:
    """Where it goes, before it is known who sent it."""
    released = row.decided_by is not None
    return sorting.destination(mail, row.recipient, clerk.own, clerk.keyring, released=released)


async def act(
    desk: Desk, clerk: Clerk, row: Record, mail: Mail, files: Files, proposals: dict[UUID, int]
) -> frozenset[UUID]:
    """Does what the mail asks for and writes down what became of it; which of its files are used.

    Does nothing to a mail that was acted on already.
    """
    locked = await incoming_mails.find(desk.db, row.id, lock=True)
    if locked is None or locked.verdict != ARRIVED:
        return frozenset()
    there = way_of(clerk, locked, mail)
    sender = await _known(desk, mail)
    outcome = await _outcome(desk, clerk, Arrived(locked, mail, files, sender), there, proposals)
    await incoming_mails.settle(desk.db, row.id, _columns(desk, mail, there, outcome))
    if outcome.verdict == "held":
        await held_mails.tell_coordinators(desk)
    return outcome.used


async def _known(desk: Desk, mail: Mail) -> Actor | None:
    return None if mail.sender is None else await access.correspondent(desk.db, mail.sender.key, desk.now)


async def _outcome(
    desk: Desk, clerk: Clerk, arrived: Arrived, there: Destination, proposals: dict[UUID, int]
) -> Outcome:
    if there.way is Way.REPLY:
        assert there.thread_id is not None  # noqa: S101 - that makes it a reply
        return await mail_replies.reply(desk, clerk, arrived, there.thread_id)
    if there.way is Way.BOUNCE:
        await _noted(desk, arrived.mail)
    if there.way in WITHOUT_EFFECT:
        return Outcome(WITHOUT_EFFECT[there.way], there.reason, remarks=_reported(arrived.mail))
    doubt = await _doubt(desk, clerk, arrived)
    if doubt is not None:
        return held(doubt)
    if there.way is Way.ENGAGEMENT:
        return await mailed_engagements.ask(desk, clerk, arrived, proposals)
    return await mailed_filings.file(desk, clerk, arrived)


async def _noted(desk: Desk, mail: Mail) -> None:
    """Counts against whom the letter went to that the report names, and never against an address that it names.

    Anybody can write a report; whoever got one letter of ours could else speak of anybody's address.
    """
    report = mail.bounce
    if report is None or report.original_id is None or not (report.is_final or report.is_complaint):
        return
    kind = bounces.COMPLAINED if report.is_complaint else bounces.BOUNCING
    said = bounces.Report(kind, report.status, message_id=report.original_id)
    await bounces.record(desk.db, said, desk.now)


def _reported(mail: Mail) -> tuple[str, ...]:
    """What a report says did not arrive."""
    bounce = mail.bounce
    if bounce is None:
        return ()
    said = (bounce.recipient, bounce.action, bounce.status, bounce.original_id)
    return (" ".join(each for each in said if each),)


async def _doubt(desk: Desk, clerk: Clerk, arrived: Arrived) -> str | None:
    """Why a filing waits for a coordinator. Whoever is merely unknown files like everybody."""
    sender = arrived.mail.sender
    if arrived.released or sender is None:
        return None
    if arrived.sender is not None and arrived.sender.is_staff:
        return "from-staff"
    if not clerk.own.trusts_listener and arrived.mail.authentication.verdict("dmarc") == "fail":
        return "unverified"
    since = desk.now - timedelta(days=1)
    filed = await incoming_mails.filed_since(desk.db, sender.key, since)
    return "beyond-a-day" if filed >= FILINGS_A_DAY else None


def _columns(desk: Desk, mail: Mail, there: Destination, outcome: Outcome) -> dict[str, Any]:
    return {
        "verdict": outcome.verdict,
        "reason": outcome.reason,
        "sender": None if mail.sender is None else mail.sender.address,
        "sender_key": None if mail.sender is None else mail.sender.key,
        "subject": mail.subject,
        "message_id": mail.message_id,
        "authentication": exact_json.stored(dict(mail.authentication.summary())),
        "remarks": exact_json.stored(list(outcome.remarks[:MOST_NOTED])),
        "thread_id": there.thread_id,
        "settled_at": desk.now,
        **outcome.values,
    }
