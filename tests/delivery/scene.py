"""Endpoints, events and the real sender of webhooks over the service's own wiring, rows made without the API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.delivery.webhooks import Webhooks
from app.domain.identity import new_id
from app.domain.policy import Audience
from app.services import announcements, fan_out, webhook_secrets
from app.services.announcements import Announcement, Subject
from app.store.deliveries import deliveries
from app.store.webhook_endpoints import webhook_attempts, webhook_endpoints
from app.store.webhook_log import STATUS_OF
from app.wiring import worker_of
from tests.given import Given

EVENT = "designation_request.withdrawn"


@dataclass(frozen=True)
class Endpoint:
    id: UUID
    secret: str


class Scene:
    """Everything is on the test's clock, but for the sockets."""

    def __init__(self, given: Given) -> None:
        self.given, self.runtime = given, given.runtime
        self.database, self.clock = given.runtime.database, given.runtime.now
        self.worker = worker_of(self.runtime)
        self.worker.chores = None
        self._sequences: dict[tuple[UUID, Audience], int] = {}

    @property
    def sender(self) -> Webhooks:
        sender = self.worker.senders[fan_out.KIND]
        assert isinstance(sender, Webhooks)
        return sender

    def peers(self, **changed: Any) -> None:
        """Reaches receivers in another way from now on."""
        self.sender.peers = replace(self.sender.peers, **changed)

    async def owner(self) -> UUID:
        person = await self.given.member()
        assert person.applicant_id is not None
        return person.applicant_id

    async def endpoint(self, url: str, owner: UUID | None, **columns: Any) -> Endpoint:
        secret, headers = webhook_secrets.new_secret(), columns.pop("headers", {})
        row = {
            "id": new_id(),
            "applicant_id": owner,
            "url": url,
            "secrets": webhook_secrets.sealed(self.runtime.keyring, [secret]),
            "headers": webhook_secrets.sealed_headers(self.runtime.keyring, headers),
            "event_types": EVENT,
            "state": "active",
            "created_at": self.clock(),
            "updated_at": self.clock(),
        }
        async with self.database.writing() as db:
            await db.execute(webhook_endpoints.insert(), {**row, **columns})
        return Endpoint(row["id"], secret.text)

    async def change(self, endpoint: Endpoint, **columns: Any) -> None:
        query = webhook_endpoints.update().where(webhook_endpoints.c.id == endpoint.id)
        async with self.database.writing() as db:
            await db.execute(query.values(**{"updated_at": self.clock(), **columns}))

    async def row(self, endpoint: Endpoint) -> Any:
        async with self.database.reading() as db:
            query = select(webhook_endpoints).where(webhook_endpoints.c.id == endpoint.id)
            return (await db.execute(query)).one()

    async def tell(
        self,
        owner: UUID | None,
        subject: UUID | None = None,
        audience: Audience = Audience.APPLICANT,
        status: str = "withdrawn",
    ) -> UUID:
        """Commits an event with its deliveries; what it is about."""
        subject = subject or new_id()
        last = self._sequences.get((subject, audience), 0)
        number = f"AMT-2026-{subject.int % 10**9:09}"
        thin = {"number": number, "status": status}
        the = Subject(subject, number, f"/v1/designation-requests/{number}", owner, thin, {audience: last})
        async with self.database.writing() as db:
            told = await announcements.announce(
                db, the, self.clock(), "http://desk", [Announcement(EVENT, audience)]
            )
        self._sequences[subject, audience] = told[audience]
        return subject

    async def deliver(self) -> None:
        await self.worker.drain()

    async def next_due(self) -> datetime | None:
        row = deliveries.c
        query = select(row.run_at).where(row.state == "ready", row.kind == fan_out.KIND).order_by(row.run_at)
        async with self.database.reading() as db:
            return (await db.execute(query.limit(1))).scalar_one_or_none()

    async def to_the_end(self) -> None:
        """Works through the whole table of retries, each at its time."""
        await self.deliver()
        while (at := await self.next_due()) is not None:
            self.clock.at = max(self.clock.at, at)
            await self.deliver()

    async def statuses(self, endpoint: Endpoint) -> list[str]:
        """Of the deliveries to an endpoint in their order, as outsiders are told."""
        return [STATUS_OF[row.state] for row in await self.deliveries(endpoint)]

    async def deliveries(self, endpoint: Endpoint) -> list[Any]:
        query = select(deliveries).where(deliveries.c.endpoint_id == endpoint.id).order_by(deliveries.c.id)
        async with self.database.reading() as db:
            return list((await db.execute(query)).all())

    async def attempts(self, endpoint: Endpoint) -> list[Any]:
        tried = webhook_attempts.c
        query = select(webhook_attempts).where(tried.endpoint_id == endpoint.id)
        async with self.database.reading() as db:
            return list((await db.execute(query.order_by(tried.delivery_id, tried.number))).all())

    def letters(self) -> list[dict[str, str]]:
        """What was mailed since the last look."""
        found = []
        for path in sorted((self.runtime.settings.data_dir / "mail").glob("*.eml")):
            mail = message_from_bytes(path.read_bytes())
            text = mail.get_payload(0).get_payload(decode=True).decode()
            found.append({"to": str(mail["To"]), "subject": str(mail["Subject"]), "text": text})
            path.unlink()
        return found


@asynccontextmanager
async def on(given: Given) -> AsyncIterator[Scene]:
    scene = Scene(given)
    try:
        yield scene
    finally:
        await scene.worker.close()
