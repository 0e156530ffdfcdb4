"""Wiring: settings in, application out. Importing this module does nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from fastapi import FastAPI

from app import logs
from app.api import (
    about,
    api_keys,
    applicants,
    attachments,
    dead_letters,
    designation_requests,
    engagement_desk,
    engagement_moves,
    engagement_proposals,
    engagements,
    event_types,
    events,
    mandates,
    me,
    members,
    methods,
    metrics,
    moves,
    problem_pages,
    problems,
    readiness,
    records,
    registrations,
    request_list,
    staff,
    webhook_deliveries,
    webhook_endpoints,
    workflows,
)
from app.api.envelope import Envelope
from app.api.openapi import Described
from app.api.runtime import Runtime
from app.delivery.chores import KIND as CHORE
from app.delivery.chores import Chores
from app.delivery.hints import Hints
from app.delivery.housekeeping import CHORES, House
from app.delivery.lookups import SharedLookups
from app.delivery.loop import Worker
from app.delivery.mail import Mail
from app.delivery.posting import Poster
from app.delivery.senders import mail_sender
from app.delivery.sending import Sender
from app.delivery.timers import Timers
from app.delivery.webhooks import Peers, Webhooks
from app.domain.addresses import Guard
from app.keystore import keyring_of
from app.services import fan_out, post, targets, timers
from app.services.endpoint_health import DISABLE, WARN, Desk
from app.services.engagement_updates import UPDATE, Updates
from app.services.oidc import issuer_of
from app.services.passwords import Passwords
from app.services.targets import Resolve
from app.settings import Mode, Settings
from app.storage.blobs import Blobs
from app.storage.scanning import scanner_of
from app.store import migrations
from app.store.database import Database

ROUTERS = (
    designation_requests.router,
    attachments.router,
    request_list.router,
    moves.router,
    readiness.router,
    records.router,
    engagements.router,
    engagement_moves.router,
    engagement_desk.router,
    engagement_proposals.router,
    events.router,
    registrations.router,
    applicants.router,
    members.router,
    mandates.router,
    methods.router,
    api_keys.machines,
    api_keys.own,
    staff.router,
    me.router,
    webhook_endpoints.router,
    webhook_deliveries.endpoints,
    webhook_deliveries.router,
    dead_letters.router,
    workflows.router,
    event_types.router,
    about.router,
    metrics.router,
    problem_pages.router,
)


def utc_now() -> datetime:
    return datetime.now(UTC)


def runtime_for(
    settings: Settings,
    database: Database,
    now: Callable[[], datetime],
    passwords: Passwords,
    resolve: Resolve = targets.resolve,
) -> Runtime:
    blobs, scanner = Blobs(settings.storage), scanner_of(settings.clamd_url)
    issuer = issuer_of(settings.oidc_issuer, settings.oidc_audience, settings.oidc_jwks_url)
    guard = Guard(loopback=settings.calls_loopback)
    keyring = keyring_of(settings)
    return Runtime(settings, database, keyring, now, blobs, scanner, passwords, issuer, guard, resolve)


def worker_of(runtime: Runtime) -> Worker:
    """The delivery loop over the same store, clock and keys."""
    settings, database, now = runtime.settings, runtime.database, runtime.now
    house = House(database, runtime.keyring, settings.public_url, runtime.blobs, runtime.scanner)
    chores = Chores(database, CHORES, house, now)
    carrier = mail_sender(settings.smtp_url, settings.data_dir)
    by_database = now is utc_now and not database.is_sqlite
    desk = Desk(runtime.keyring, settings.public_url)
    every = timedelta(days=settings.engagement_update_days)
    updates = Updates(runtime.keyring, settings.public_url, every)
    acts = {WARN: desk.warn, DISABLE: desk.disable, UPDATE: updates.due}
    peers = Peers(Poster(), runtime.guard, SharedLookups(runtime.resolve))
    senders: dict[str, Sender] = {
        post.KIND: Mail(runtime.keyring, carrier, settings.mail_from),
        timers.KIND: Timers(database, acts, now),
        fan_out.KIND: Webhooks(database, desk, peers, now, by_database=by_database),
        CHORE: chores,
    }
    return Worker(database, senders, now, chores, by_database)


def create_app(
    settings: Settings,
    now: Callable[[], datetime] = utc_now,
    *,
    deliver: bool = False,
    passwords: Passwords | None = None,
    resolve: Resolve = targets.resolve,
) -> FastAPI:
    logs.configure(as_json=settings.mode is Mode.PRODUCTION)
    database = Database(settings.database, pool_size=settings.pool_size)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await migrations.upgrade(database)
        stop = asyncio.Event()
        beside = worker_of(app.state.runtime).run(stop) if deliver else Hints(database).run(stop)
        loop = asyncio.create_task(beside)
        uses = asyncio.create_task(app.state.runtime.uses.keep_writing(database))
        yield
        await app.state.runtime.streams.closed()
        stop.set()
        await loop
        uses.cancel()
        await asyncio.wait({uses})
        await database.close()

    app = Described(
        title="Intake desk for advanced manufacturing technology designation requests",
        version="1.0.0",
        lifespan=lifespan,
        telemetry={"logs": False},
        redoc_url=None,
        docs_url="/docs",
        swagger_ui_oauth2_redirect_url=None,
        redirect_slashes=False,
    )
    app.state.runtime = runtime_for(settings, database, now, passwords or Passwords(), resolve)
    for router in ROUTERS:
        # flat, not included: one list of routes to match and to describe
        app.router.routes.extend(router.routes)
    problems.install(app)
    app.state.metrics = metrics.Metrics()
    app.add_middleware(Envelope, per_minute=settings.rate_per_minute, metrics=app.state.metrics)
    return app
