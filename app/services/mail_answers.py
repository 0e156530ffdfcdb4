"""Answers to mail: each once, none to a machine, and only so many a day to one address."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from app.domain.errors import Conflict
from app.domain.identity import new_id
from app.domain.keyring import Keyring
from app.domain.rules.report import Report
from app.services import post
from app.services.mail_files import Remark
from app.services.mail_outcomes import Arrived
from app.services.post import Letter
from app.services.transitions import Desk
from app.store import incoming_mails, mail_claims

A_DAY: Final = 10  # to one address
CLAIM_LIFE: Final = timedelta(days=90)
FINDINGS: Final = 60  # that an answer names


async def answer(desk: Desk, arrived: Arrived, template: str, words: Mapping[str, str]) -> dict[str, Any]:
    """Queues the answer, if there is to be one; the columns of the mail's row that say so."""
    sender = arrived.mail.sender
    if sender is None or arrived.mail.by_machine is not None:
        return {}
    got = await incoming_mails.answered_since(desk.db, sender.key, desk.now - timedelta(days=1))
    if got >= A_DAY:
        return {}
    once, answers = f"mail-answer:{arrived.row.id}", _identifier(arrived.mail.message_id)
    letter = Letter(sender.address, template, words, once=once, answers=answers)
    await post.queue(desk.db, desk.keyring, [letter], desk.now)
    return {"answered_at": desk.now}


def _identifier(message_id: str | None) -> str | None:
    """What names a mail, where it can stand in a header as it is."""
    return message_id if message_id and message_id.isascii() and message_id.isprintable() else None


async def claim_link(desk: Desk, arrived: Arrived, applicant_id: UUID, number: str, email_key: str) -> str:
    """A new link by which whoever has confirmed this address becomes the signer of the applicant, once."""
    token = secrets.token_urlsafe(24)
    row = {
        "id": new_id(),
        "token_digest": digest_of(desk.keyring, token),
        "mail_id": arrived.row.id,
        "applicant_id": applicant_id,
        "number": number,
        "email_key": email_key,
        "created_at": desk.now,
        "expires_at": desk.now + CLAIM_LIFE,
    }
    await mail_claims.add(desk.db, row)
    return _link(desk, token)


async def renew_claim(desk: Desk, mail_id: UUID) -> None:
    """Mails a new claim link to the address of the old one, which ends. Raises Conflict where nothing is to claim."""
    found = await mail_claims.unclaimed(desk.db, mail_id)
    if found is None:
        raise Conflict("Nothing that came of this mail waits to be claimed.")
    token = secrets.token_urlsafe(24)
    fresh = {"token_digest": digest_of(desk.keyring, token), "expires_at": desk.now + CLAIM_LIFE}
    await mail_claims.renew(desk.db, found.id, fresh)
    words = {"number": found.number, "claim": claim_words(_link(desk, token))}
    await post.queue(desk.db, desk.keyring, [Letter(found.sender, "mail_claim_renewed", words)], desk.now)


def _link(desk: Desk, token: str) -> str:
    return f"{desk.public_url}/v1/claims/{token}"


def digest_of(keyring: Keyring, token: str) -> str:
    return keyring.mac("mail-claim", token.encode()).hex()


def claim_words(link: str | None) -> str:
    """How whoever sent it gets hold of it."""
    if link is None:
        return "You find it in your account, with what you have filed before."
    return (
        "It is nobody's yet. To take it over, register with the address that this mail comes to, confirm the address,"
        f" and call this link once (POST, within {CLAIM_LIFE.days} days):\n{link}"
    )


def report_words(report: Report) -> str:
    """The findings by rule and remedy; what the request says itself is not repeated in a mail."""
    said = dict.fromkeys(f"- {each.rule} {each.title}: {each.fix}" for each in report.findings)
    lines = [*said][:FINDINGS]
    if len(said) > len(lines):
        lines.append(f"- and {len(said) - len(lines)} more")
    return "\n".join(lines) or "Nothing is missing."


def remark_words(remarks: Sequence[Remark]) -> str:
    return "\n".join(f"- {each.outside}" for each in remarks) or "All of them were taken."
