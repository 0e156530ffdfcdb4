"""The health of webhook endpoints, as a story: it fails, its owner is warned, it is disabled, and how it recovers.

Timers set with the first failure bring the warning and the end; each acts on the row as it then is, so that a success
in between, an owner's word or a deletion takes them back without anyone having to cancel them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.keyring import Keyring
from app.domain.mailboxes import About, Kind
from app.domain.mailboxes import Desk as MailDesk
from app.domain.notices import NOTICES
from app.domain.policy import SYSTEM, Audience
from app.services import announcements, correspondence, timers
from app.services.announcements import Announcement, Subject
from app.services.correspondence import Person, Telling
from app.services.journal import instant
from app.services.timers import Timer
from app.services.transitions import Desk as Hand
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


class Turn(NamedTuple):
    """A turn of the story: the event and the message that tell of it."""

    event: str
    template: str


FAILED: Final = Turn("webhook_endpoint.failing", "endpoint_failing")
RECOVERED: Final = Turn("webhook_endpoint.recovered", "endpoint_recovered")
ENDED: Final = Turn("webhook_endpoint.disabled", "endpoint_disabled")
GONE_AWAY: Final = Turn("webhook_endpoint.disabled", "endpoint_gone")


@dataclass(frozen=True, slots=True)
class Owned:
    """An endpoint, as far as it says whom to tell and in which thread."""

    id: UUID
    applicant_id: UUID | None  # None: the program's
    created_by: UUID | None
    url: str

    @property
    def host(self) -> str:
        """All that is told of a URL: its path may be a secret."""
        return urlsplit(self.url).hostname or ""

    def facts(self, public_url: str) -> dict[str, str]:
        """What every message of it says."""
        return {"host": self.host, "link": f"{public_url}/v1/webhook-endpoints/{self.id}"}


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
        await self._tell(db, row, FAILED, {"warned_at": at}, at)

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

    async def recovered(self, db: AsyncConnection, endpoint_id: UUID, at: datetime) -> None:
        """A delivery was taken again after its owner was warned: who heard that it fails hears that, too."""
        row = await endpoint_health.lock(db, endpoint_id)
        if row is not None and row.state == "active" and row.warned_at is not None:
            await self._tell(db, row, RECOVERED, {"warned_at": None}, at)

    async def _end(self, db: AsyncConnection, row: Record, reason: str, at: datetime) -> None:
        values = {"state": "disabled", "disabled_reason": reason, "disabled_at": at}
        await self._tell(db, row, GONE_AWAY if reason == GONE else ENDED, values, at)
        await endpoint_health.cancel_pending(db, row.id, at, DISABLED)

    async def _tell(
        self, db: AsyncConnection, row: Record, turn: Turn, values: Mapping[str, Any], at: datetime
    ) -> None:
        """The row first, so that the event goes to whom it is true for: nothing is sent to a disabled endpoint."""
        await endpoint_health.change(db, row, values)
        audience = Audience.PROGRAM if row.applicant_id is None else Audience.APPLICANT
        is_failing = row.state == "active" and row.failing_since is not None
        subject = Subject(
            row.id,
            str(row.id),
            f"/v1/webhook-endpoints/{row.id}",
            row.applicant_id,
            {
                "endpoint_id": str(row.id),
                "status": values.get("state", FAILING if is_failing else row.state),
            },
            {audience: row.sequence},
        )
        told = [Announcement(turn.event, audience)]
        await announcements.announce(db, subject, at, self.public_url, told)
        hand = Hand(db, SYSTEM, at, self.keyring, self.public_url)
        owned = Owned(row.id, row.applicant_id, row.created_by, row.url)
        facts = await self._facts(db, row, owned, at)
        await tell_owner(hand, owned, turn.template, facts)

    async def _facts(self, db: AsyncConnection, row: Record, owned: Owned, at: datetime) -> dict[str, str]:
        since = row.failing_since or at
        return {
            **owned.facts(self.public_url),
            "since": instant(since),
            "until": instant(since + WHOLE),
            "reason": await endpoint_health.last_error(db, row.id) or "no reason was kept",
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


async def tell_owner(hand: Hand, owned: Owned, template: str, facts: Mapping[str, str]) -> None:
    """A message in the endpoint's thread: an applicant's in its mailbox, the program's by name, with their letters."""
    name = f"Webhook endpoint at {owned.host}"
    about = About(Kind.ENDPOINT, owned.id, "", MailDesk.PROGRAM, owned.applicant_id, name=name)
    notices = NOTICES[template]
    if owned.applicant_id is not None:
        told: Sequence[Telling] = await correspondence.tellings(hand, about, notices, facts)
    else:
        contacts = await endpoint_health.program_contacts(hand.db, owned.created_by)
        by_mail = any(each.by_mail for each in notices)
        people = [Person(each.id, each.email if by_mail else None, each.name) for each in contacts]
        told = [correspondence.by_name(about, template, facts, *people)]
    await correspondence.tell_at_once(hand, told)
