"""Updates to a requester that waits: sent when they are due, or when the program has something to say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.calendars import civil_date
from app.domain.engagement_lifecycle import BY_PROGRAM, WAITING
from app.domain.errors import Conflict, NotFound, NotPermitted
from app.domain.keyring import Keyring
from app.domain.policy import SYSTEM, Actor
from app.services import engagement_record, timers
from app.services.engagement_record import WORDS, Change
from app.services.timers import Timer
from app.services.transitions import Desk
from app.store import engagements
from app.store.engagements import Engagement

UPDATE: Final = "engagement_update"
SENT: Final = "engagement.update_sent"


def timer(engagement_id: UUID, n: int, at: datetime) -> Timer:
    """The timer of an engagement's n-th update; one that was sent earlier makes it stale."""
    return Timer(
        UPDATE, {"engagement_id": str(engagement_id), "n": n}, at, once=f"{UPDATE}:{engagement_id}:{n}"
    )


@dataclass(frozen=True, slots=True)
class Updates:
    """What sending those that are due needs."""

    keyring: Keyring
    public_url: str
    every: timedelta

    async def due(self, db: AsyncConnection, facts: Mapping[str, Any], at: datetime) -> None:
        """Tells the requester where its engagement stands now, unless it waits no more or was told meanwhile."""
        found = await engagements.lock(db, UUID(facts["engagement_id"]))
        if found is None or found.state not in WAITING or found.updates_sent + 1 != facts["n"]:
            return
        await send(Desk(db, SYSTEM, at, self.keyring, self.public_url), found, self.every)


async def send_now(desk: Desk, reference: str, every: timedelta, text: str) -> Engagement:
    """An update in the program's words; the interval begins anew. Raises NotFound, NotPermitted, Conflict."""
    found = await engagements.find(desk.db, desk.actor, reference, lock=True)
    if found is None:
        raise NotFound
    insist_on_program(desk.actor, "Writing to a requester")
    if found.state not in WAITING:
        raise Conflict(
            f"The requester of a {found.state.value} engagement waits for nothing.", present=found.state
        )
    return await send(desk, found, every, text)


def insist_on_program(actor: Actor, act: str) -> None:
    """Raises NotPermitted for whoever is neither coordinator nor reviewer."""
    if not (actor.is_staff and any(actor.may(each) for each in BY_PROGRAM)):
        raise NotPermitted(f"{act} needs the role coordinator or reviewer and the scope requests:write.")


async def send(desk: Desk, found: Engagement, every: timedelta, text: str | None = None) -> Engagement:
    n, following = found.updates_sent + 1, desk.now + every
    values = {"updates_sent": n, "last_update_at": desk.now, "next_update_at": following}
    facts = {"n": n, "status": found.state.value, **({"text": text} if text else {})}
    tellings = await engagement_record.tellings(
        desk,
        found,
        "update_sent",
        status=WORDS[found.state],
        n=str(n),
        date=str(civil_date(following)),
    )
    told = engagement_record.announced(SENT, {"n": n})
    after = await engagement_record.write(desk, found, values, [Change("update_sent", facts)], told, tellings)
    await timers.start_all(desk.db, [timer(found.id, n + 1, following)], desk.now)
    return after
