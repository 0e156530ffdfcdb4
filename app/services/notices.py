"""Who is told when keys, mandates and the access of staff change: whoever loses by it, and who answers for it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.keyring import Keyring
from app.services import post
from app.services.post import Letter
from app.store import applicants
from app.store.columns import Record


async def key_made(
    db: AsyncConnection, keyring: Keyring, email: str | None, label: str, prefix: str, now: datetime
) -> None:
    facts = {"label": label or "no label", "prefix": prefix}
    await post.queue(db, keyring, [Letter(email, "key_created", facts)] if email else [], now)


async def key_ended(
    db: AsyncConnection, keyring: Keyring, key: Record, own_email: str | None, now: datetime
) -> None:
    """A key was revoked: its person is told or, where it was a machine's, the signers of its applicant."""
    told = [own_email] if own_email is not None else []
    if key.applicant_id is not None:
        told += await signers(db, key.applicant_id)
    facts = {"label": key.label or "no label", "prefix": key.lookup}
    await post.queue(db, keyring, [Letter(to, "key_revoked", facts) for to in told], now)


async def mandate_given(db: AsyncConnection, keyring: Keyring, mandate: Record, now: datetime) -> None:
    until = mandate.valid_until.isoformat() if mandate.valid_until else "it is ended"
    facts = {
        "scope": mandate.scopes.replace(" ", ", "),
        "from": mandate.valid_from.isoformat(),
        "until": until,
    }
    await _to_both_sides(db, keyring, mandate, "mandate_given", facts, now)


async def mandate_ended(db: AsyncConnection, keyring: Keyring, mandate: Record, now: datetime) -> None:
    await _to_both_sides(db, keyring, mandate, "mandate_ended", {}, now)


async def staff_changed(
    db: AsyncConnection, keyring: Keyring, told: Iterable[str], name: str, change: str, now: datetime
) -> None:
    letters = [Letter(to, "staff_changed", {"name": name, "change": change}) for to in told]
    await post.queue(db, keyring, letters, now)


async def _to_both_sides(
    db: AsyncConnection,
    keyring: Keyring,
    mandate: Record,
    template: str,
    facts: dict[str, str],
    now: datetime,
) -> None:
    named = {"principal": mandate.principal_name, "agent": mandate.agent_name, **facts}
    told = {*await signers(db, mandate.principal_id), *await signers(db, mandate.agent_id)}
    await post.queue(db, keyring, [Letter(to, template, named) for to in sorted(told)], now)


async def signers(db: AsyncConnection, applicant_id: UUID) -> list[str]:
    """Their addresses; one that nobody confirmed gets no mail of ours."""
    signers = await applicants.signers_of(db, applicant_id)
    return [each.email for each in signers if each.email_confirmed_at is not None]


async def signers_of(db: AsyncConnection, applicant_ids: Iterable[UUID]) -> list[Record]:
    """The signers of several applicants, in one statement: `applicant_id`, `person_id`, `email`."""
    found = await applicants.signers_of_any(db, list(applicant_ids))
    return [each for each in found if each.email_confirmed_at is not None]
