"""The sender of webhooks: one attempt is loaded with its claim, vetted, signed, posted, judged and logged."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.delivery.posting import Answer, Fault, NoAnswer, Poster
from app.delivery.sending import Cancelled, Delivered, Outcome, Outcomes, Retry
from app.delivery.verdicts import GONE, verdict
from app.delivery.wire import NoSecret, Parcel, Wire
from app.domain import exact_json
from app.domain.addresses import Guard, NotAllowed
from app.domain.calendars import civil_date
from app.services import endpoint_health, targets
from app.services.endpoint_health import DISABLED, Desk
from app.services.fan_out import Wanted
from app.services.lookups import Lookups
from app.store import webhook_loading, webhook_sending
from app.store.database import Database
from app.store.deliveries import Claimed
from app.store.webhook_loading import Destination, Event, Loaded
from app.store.webhook_sending import Attempt, Health

LIMIT: Final = 15.0  # seconds for all of an attempt
DELETED: Final = "endpoint-deleted"
RIGHTS_LOST: Final = "rights-lost"
NOT_WANTED: Final = "no-longer-wanted"
UNREADABLE: Final = "secret-unreadable"
BROKEN: Final = "not-sent"


@dataclass(frozen=True, slots=True)
class Peers:
    """How receivers are reached; a test gives its own."""

    poster: Poster
    guard: Guard
    lookups: Lookups
    limit: float = LIMIT
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep


class Webhooks:
    """Deliveries of `fan_out`. Rights are looked at again with each claim, and the address with each attempt."""

    limit = None  # kept by `send`, so that a time-out is logged like any other end

    def __init__(
        self,
        database: Database,
        desk: Desk,
        peers: Peers,
        now: Callable[[], datetime],
        *,
        by_database: bool = False,
        stamp: Callable[[], datetime] | None = None,
    ) -> None:
        self.database = database
        self.desk = desk
        self.peers = peers
        self.now = now
        self.by_database = by_database
        self.wire = Wire(desk.keyring, peers.guard, stamp)

    @cached_property
    def _clock(self) -> Callable[[], float]:
        """The loop's, kept: to ask for the running loop is a call of the system each time."""
        return asyncio.get_running_loop().time

    async def load(self, db: AsyncConnection, claimed: Sequence[Claimed], at: datetime) -> None:
        found = {each.delivery_id: each for each in await webhook_loading.load(db, claimed, civil_date(at))}
        unmade = deque[Parcel]()
        for row in claimed:
            loaded = found.get(row.id)
            if loaded is not None:
                row.cargo = Parcel(loaded, row.payload if loaded.event is None else loaded.event.body, unmade)
                unmade.append(row.cargo)

    async def send(self, claimed: Claimed) -> Outcome:
        parcel: Parcel | None = claimed.cargo
        if parcel is None:
            return Cancelled(DELETED)
        loaded = parcel.loaded
        why_not = _why_not(claimed, loaded)
        if why_not is not None:
            parcel.attempt = _attempt(claimed, loaded, self.now(), "cancelled", why_not)
            return Cancelled(why_not)
        if loaded.endpoint.max_per_second is not None:
            await self._slot(loaded.endpoint.id)
        at, clock = self.now(), self._clock
        began = clock()
        attempt = parcel.attempt = _attempt(claimed, loaded, at, "failed", BROKEN)
        try:
            answer = await self._posted(parcel, at, began + self.peers.limit)
        except NoAnswer as none:
            attempt.reason = none.fault.value
            return Retry(none.fault.value)
        except NoSecret:
            attempt.reason = UNREADABLE
            return Retry(UNREADABLE)
        finally:
            attempt.milliseconds = round((clock() - began) * 1000)
        judged = verdict(answer, self.now())
        attempt.outcome, attempt.reason = judged.logged, judged.reason
        attempt.status_code, attempt.response = answer.status, answer.text
        return judged.outcome

    async def _posted(self, parcel: Parcel, at: datetime, until: float) -> Answer:
        peers = self.peers
        try:
            endpoint = parcel.loaded.endpoint
            lookup = peers.lookups.of(endpoint.owner)
            the, found = await targets.vetted_target(endpoint.url, peers.guard, lookup)
        except NotAllowed as refusal:
            raise NoAnswer(Fault.DNS if refusal.rule == "unresolved" else Fault.NOT_ALLOWED) from None
        return await peers.poster.post(the, found, self.wire.request(parcel, at), until)

    async def _slot(self, endpoint_id: UUID) -> None:
        now = None if self.by_database else self.now()
        async with self.database.writing() as db:
            seconds = await webhook_sending.reserve_slot(db, endpoint_id, now)
        if seconds > 0:
            await self.peers.pause(seconds)

    async def close(self) -> None:
        await self.peers.poster.close()

    async def note(self, db: AsyncConnection, outcomes: Outcomes) -> None:
        """The log, since when each endpoint fails, and what follows from both; a statement each for all of them."""
        now = self.now()
        parcels = [(claimed.cargo, outcome) for claimed, outcome in outcomes if claimed.cargo is not None]
        attempts = [parcel.attempt for parcel, _ in parcels if parcel.attempt is not None]
        if attempts:
            await webhook_sending.log(db, attempts)
        health = _health(parcels)
        if health:
            turned = await webhook_sending.note_health(db, health)
            await endpoint_health.began_to_fail(db, turned.began, now)
            for endpoint_id in turned.recovered:
                await self.desk.recovered(db, endpoint_id, now)
        gone = {parcel.loaded.endpoint.id for parcel, outcome in parcels if outcome == Cancelled(GONE)}
        for endpoint_id in sorted(gone):
            await self.desk.gone(db, endpoint_id, now)


def _why_not(claimed: Claimed, loaded: Loaded) -> str | None:
    """Why a delivery that was made must not be sent any more, or None."""
    endpoint, event = loaded.endpoint, loaded.event
    if endpoint.is_deleted:
        return DELETED
    if not endpoint.is_active:
        return DISABLED
    if not loaded.may_hear:
        return RIGHTS_LOST
    # a test is about no event, and always wanted
    if event is not None and endpoint.updated_at > claimed.created_at and not _is_wanted(endpoint, event):
        return NOT_WANTED
    return None


def _is_wanted(endpoint: Destination, event: Event) -> bool:
    """Whether the filters, which may have been changed since the delivery was made, still take its event."""
    status = exact_json.decode(event.body)["data"].get("status") if endpoint.statuses else None
    wanted = Wanted.of(endpoint.event_types, endpoint.statuses, endpoint.subjects)
    return wanted.takes(event.type, status, event.subject)


def _attempt(claimed: Claimed, loaded: Loaded, at: datetime, outcome: str, reason: str) -> Attempt:
    return Attempt(claimed.id, loaded.endpoint.id, claimed.attempts, at, 0, outcome, reason=reason)


def _health(parcels: Sequence[tuple[Parcel, Outcome]]) -> list[Health]:
    """Of each endpoint whose receiver was asked: the order is that in which the attempts ended."""
    succeeded, failed = set[UUID](), dict[UUID, datetime]()
    for parcel, outcome in parcels:
        id, attempt = parcel.loaded.endpoint.id, parcel.attempt
        if isinstance(outcome, Delivered):
            succeeded.add(id)
            failed.pop(id, None)
        elif attempt is not None and attempt.outcome == "failed":
            failed.setdefault(id, attempt.at)
    return [Health(id, id in succeeded, failed.get(id)) for id in succeeded | failed.keys()]
