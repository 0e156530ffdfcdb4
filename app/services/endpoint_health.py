"""The health of webhook endpoints, as a story: it fails, its owner is warned, it is disabled, and how it recovers.

Timers set with the first failure bring the warning and the end; each acts on the row as it then is, so that a success
in between, an owner's word or a deletion takes them back without anyone having to cancel them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.keyring import Keyring
from app.domain.policy import Audience
from app.services import announcements, notices, post, timers
from app.services.announcements import Announcement, Subject
from app.services.journal import instant
from app.services.post import Letter
from app.services.timers import Timer
from app.store import endpoint_health
from app.store.columns import Record

WHOLE: Final = timedelta(days=5)  # of failures, after which an endpoint is disabled
HALF: Final = WHOLE / 2
WARN: Final = "warn_endpoint"
DISABLE: Final = "disable_endpoint"
FAILING: Final = "failing"
GONE: Final = "gone"
DISABLED: Final = "endpoint-disabled"
FURTHEST: Final = timedelta(days=14)  # that a recovery reaches back


@dataclass(frozen=True, slots=True)
class Desk:
    """What telling the story needs."""

    keyring: Keyring
    public_url: str

    async def warn(self, db: AsyncConnection, facts: Mapping[str, Any], at: datetime) -> None:
        """At half time: the owner is told, if the endpoint still fails since the same first failure."""
        row = await _still_failing(db, facts)
        if row is None or row.warned_at is not None:
            return
        await self._tell(db, row, "webhook_endpoint.failing", {"warned_at": at}, at)

    async def disable(self, db: AsyncConnection, facts: Mapping[str, Any], at: datetime) -> None:
        """At full time: nothing more is sent to it."""
        row = await _still_failing(db, facts)
        if row is not None:
            await self._end(db, row, FAILING, at)

    async def gone(self, db: AsyncConnection, endpoint_id: UUID, at: datetime) -> None:
        """Its receiver has said 410: nothing more is sent to it from now on."""
        row = await endpoint_health.lock(db, endpoint_id)
        if row is not None and row.state == "active":
            await self._end(db, row, GONE, at)

    async def _end(self, db: AsyncConnection, row: Record, reason: str, at: datetime) -> None:
        values = {"state": "disabled", "disabled_reason": reason, "disabled_at": at}
        await self._tell(db, row, "webhook_endpoint.disabled", values, at)
        await endpoint_health.cancel_pending(db, row.id, at, DISABLED)

    async def _tell(
        self, db: AsyncConnection, row: Record, event: str, values: Mapping[str, Any], at: datetime
    ) -> None:
        """The row first, so that the event goes to whom it is true for: nothing is sent to a disabled endpoint."""
        await endpoint_health.change(db, row, values)
        audience = Audience.PROGRAM if row.applicant_id is None else Audience.APPLICANT
        status = values.get("state", FAILING)
        subject = Subject(
            row.id,
            str(row.id),
            f"/v1/webhook-endpoints/{row.id}",
            row.applicant_id,
            {"endpoint_id": str(row.id), "status": status},
            {audience: row.sequence},
        )
        await announcements.announce(db, subject, at, self.public_url, [Announcement(event, audience)])
        facts = await self._facts(db, row, at)
        template = "endpoint_gone" if values.get("disabled_reason") == GONE else f"endpoint_{status}"
        letters = [Letter(to, template, facts) for to in await _told(db, row)]
        await post.queue(db, self.keyring, letters, at)

    async def _facts(self, db: AsyncConnection, row: Record, at: datetime) -> dict[str, str]:
        """For the letter; of the URL its host alone, since a path may be a secret."""
        since = row.failing_since or at
        return {
            "host": urlsplit(row.url).hostname or "",
            "since": instant(since),
            "until": instant(since + WHOLE),
            "reason": await endpoint_health.last_error(db, row.id) or "no reason was kept",
            "link": f"{self.public_url}/v1/webhook-endpoints/{row.id}",
            "reach": f"{FURTHEST.days} days",
        }


async def began_to_fail(db: AsyncConnection, began: Iterable[tuple[UUID, datetime]], now: datetime) -> None:
    """Sets the timers of endpoints that have failed for the first time since their last success, in one statement."""
    due = []
    for endpoint_id, since in began:
        facts = {"endpoint_id": str(endpoint_id), "since": since.isoformat()}
        key = f"{endpoint_id}:{since.isoformat()}"
        due += [
            Timer(WARN, facts, since + HALF, once=f"{WARN}:{key}"),
            Timer(DISABLE, facts, since + WHOLE, once=f"{DISABLE}:{key}"),
        ]
    await timers.start_all(db, due, now)


async def _still_failing(db: AsyncConnection, facts: Mapping[str, Any]) -> Record | None:
    row = await endpoint_health.lock(db, UUID(facts["endpoint_id"]))
    if row is None or row.state != "active" or row.failing_since is None:
        return None
    return row if row.failing_since == datetime.fromisoformat(facts["since"]) else None


async def _told(db: AsyncConnection, row: Record) -> list[str]:
    """The signers of its owner; for the program's endpoints who made it, or else who administers."""
    if row.applicant_id is not None:
        return await notices.signers(db, row.applicant_id)
    return await endpoint_health.program_contacts(db, row.created_by)
