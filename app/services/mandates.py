"""Mandates: the principal's signer lets an agent act; signers of either side end it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.calendars import civil_date
from app.domain.errors import Conflict, EmailNotConfirmed, Flaw, Invalid, NotFound
from app.domain.identity import new_id
from app.domain.policy import MandateScope
from app.services import notices, security
from app.services.applicants import managed
from app.services.transitions import Desk
from app.store import mandates as store
from app.store.applicants import applicants
from app.store.attachments import attachments
from app.store.columns import Record
from app.store.requests import requests

MOST_OPEN = 200  # of one principal or one agent: each is looked up with every key of theirs


@dataclass(frozen=True, slots=True)
class Grant:
    """What the agent may do, on which civil days (both inclusive), and the file that says so."""

    agent_id: UUID
    scopes: Iterable[MandateScope]
    valid_from: date | None
    valid_until: date | None
    attachment_id: UUID | None


async def give(desk: Desk, principal_id: UUID, grant: Grant) -> Record:
    """Raises NotFound, NotPermitted, EmailNotConfirmed, Invalid, Conflict."""
    await managed(desk, principal_id)
    if not desk.actor.email_confirmed:
        raise EmailNotConfirmed  # the agent is told by mail who lets it act
    today = civil_date(desk.now)
    valid_from = grant.valid_from or today
    flaws = await _flaws(desk.db, principal_id, grant, max(valid_from, today))
    if flaws:
        raise Invalid(flaws=flaws)
    if await store.most_open(desk.db, principal_id, grant.agent_id, today) >= MOST_OPEN:
        raise Conflict(f"One of the two has {MOST_OPEN} mandates open already.")
    mandate_id = new_id()
    scopes = " ".join(sorted({scope.value for scope in grant.scopes}))
    row = {
        "id": mandate_id,
        "principal_id": principal_id,
        "agent_id": grant.agent_id,
        "scopes": scopes,
        "valid_from": valid_from,
        "valid_until": grant.valid_until,
        "attachment_id": grant.attachment_id,
        "created_by": desk.actor.person_id,
        "created_at": desk.now,
    }
    await desk.db.execute(store.mandates.insert(), row)
    made = await store.find(desk.db, principal_id, mandate_id)
    assert made is not None  # noqa: S101 - made in this transaction
    await notices.mandate_given(desk.db, desk.keyring, made, desk.now)
    await security.note(
        desk.db,
        "mandate_given",
        desk.now,
        actor_id=desk.actor.person_id,
        subject_id=mandate_id,
        principal=str(principal_id),
        agent=str(grant.agent_id),
        scopes=scopes,
    )
    return made


async def for_change(desk: Desk, applicant_id: UUID, mandate_id: UUID) -> Record:
    """The mandate, for a signer of the side that is named. Raises NotFound, NotPermitted."""
    await managed(desk, applicant_id)
    found = await store.find(desk.db, applicant_id, mandate_id, lock=True)
    if found is None:
        raise NotFound
    return found


async def end(desk: Desk, found: Record) -> None:
    """Ends a mandate at once and tells both sides; one that has ended stays as it is."""
    if found.revoked_at is not None:
        return
    ended = store.mandates.update().where(store.mandates.c.id == found.id)
    await desk.db.execute(ended.values(revoked_at=desk.now))
    await notices.mandate_ended(desk.db, desk.keyring, found, desk.now)
    await security.note(
        desk.db, "mandate_ended", desk.now, actor_id=desk.actor.person_id, subject_id=found.id
    )


async def _flaws(db: AsyncConnection, principal_id: UUID, grant: Grant, first_day: date) -> list[Flaw]:
    flaws = []
    if grant.agent_id == principal_id:
        flaws.append(Flaw("/agent", "other-than-principal", "Nobody needs a mandate for itself."))
    elif not await _is_there(db, select(applicants.c.id).where(applicants.c.id == grant.agent_id)):
        flaws.append(Flaw("/agent", "unknown", "There is no such applicant."))
    if grant.valid_until is not None and grant.valid_until < first_day:
        flaws.append(
            Flaw("/until", "from-or-later", "A mandate ends on its first day or later, not before today.")
        )
    if grant.attachment_id is not None:
        own = (
            select(attachments.c.id)
            .join(requests, requests.c.id == attachments.c.request_id)
            .where(attachments.c.id == grant.attachment_id, requests.c.applicant_id == principal_id)
        )
        if not await _is_there(db, own):
            flaws.append(Flaw("/attachment", "unknown", "You have no such file."))
    return flaws


async def _is_there(db: AsyncConnection, query: Select[Any]) -> bool:
    return (await db.execute(query)).first() is not None
