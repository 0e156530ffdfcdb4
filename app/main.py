"""Wiring: settings in, application out. Importing this module does nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from fastapi import FastAPI

from app import logs
from app.api import (
    about,
    api_keys,
    applicants,
    assessments,
    assignments,
    attachments,
    authorizations,
    broadcasts,
    bulk,
    citations,
    claims,
    conflicts,
    consults,
    dead_letters,
    decisions,
    description,
    designation_requests,
    designation_transitions,
    designations,
    engagement_desk,
    engagement_moves,
    engagement_proposals,
    engagements,
    event_types,
    events,
    incoming_mails,
    mail_preferences,
    mailboxes,
    mandates,
    me,
    members,
    methods,
    metrics,
    moves,
    notes,
    packages,
    problem_pages,
    problems,
    questions,
    readiness,
    records,
    registrations,
    reports,
    request_list,
    staff,
    test_clock,
    threads,
    transfers,
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
from app.delivery.lapses import Lapses
from app.delivery.letters import WaysBack, ways_back
from app.delivery.lookups import SharedLookups
from app.delivery.loop import Worker
from app.delivery.mail import Mail
from app.delivery.mail_in import Letterbox, MailIn
from app.delivery.mail_listener import Intake
from app.delivery.passage import Passage
from app.delivery.posting import Poster
from app.delivery.senders import mail_sender
from app.delivery.sending import Sender
from app.delivery.timers import Timers
from app.delivery.webhooks import Peers, Webhooks
from app.domain.addresses import Guard
from app.domain.mails import reply_address
from app.keystore import keyring_of
from app.services import fan_out, mail_intake, moved_clock, post, targets, timers
from app.services.broadcasts import SEND
from app.services.broadcasts import step as send_broadcast
from app.services.endpoint_health import DISABLE, WARN, Desk
from app.services.engagement_updates import UPDATE, Updates
from app.services.mail_outcomes import Clerk
from app.services.message_copies import COPY, Copies
from app.services.moved_clock import MovedClock
from app.services.oidc import issuer_of
from app.services.passwords import Passwords
from app.services.questions import LAPSE
from app.services.targets import Resolve
from app.settings import Mode, Settings
from app.storage.blobs import Blobs
from app.storage.scanning import scanner_of
from app.store import migrations
from app.store.database import Database
from app.store.test_clock import alone

Beside: TypeAlias = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
ROUTERS = (
    designation_requests.router,
    attachments.router,
    request_list.router,
    bulk.router,
    moves.router,
    questions.router,
    decisions.router,
    readiness.router,
    assignments.router,
    conflicts.router,
    consults.of_request,
    consults.own,
    notes.router,
    assessments.router,
    reports.router,
    records.router,
    packages.router,
    designations.router,
    designation_transitions.router,
    authorizations.router,
    citations.router,
    transfers.router,
    designations.register,
    engagements.router,
    engagement_moves.router,
    engagement_desk.router,
    engagement_proposals.router,
    events.router,
    mailboxes.router,
    threads.router,
    threads.of_messages,
    broadcasts.router,
    registrations.router,
    applicants.router,
    members.router,
    claims.router,
    mandates.router,
    methods.router,
    api_keys.machines,
    api_keys.own,
    staff.router,
    me.router,
    mail_preferences.router,
    webhook_endpoints.router,
    webhook_deliveries.endpoints,
    webhook_deliveries.router,
    dead_letters.router,
    incoming_mails.router,
    workflows.router,
    event_types.router,
    about.router,
    description.router,
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


def clerk_of(runtime: Runtime) -> Clerk:
    settings = runtime.settings
    targets = engagements.targets_of(settings)
    return Clerk(runtime.keyring, settings.public_url, settings.own_mail, targets, settings.max_files)


def ways_of(runtime: Runtime) -> WaysBack:
    """How letters are answered: at their thread's own address, where mail that comes in can be verified."""
    own = runtime.settings.own_mail

    def reply_to(thread_id: UUID) -> str | None:
        return reply_address.of(runtime.keyring, thread_id, own.domain) if own.verifies else None

    return ways_back(runtime.keyring, runtime.settings.public_url, reply_to)


def intake_of(runtime: Runtime) -> Intake:
    return Intake(runtime.database, runtime.blobs, runtime.keyring, runtime.settings.own_mail, runtime.now)


def worker_of(runtime: Runtime) -> Worker:
    """The delivery loop over the same store, clock and keys."""
    settings, database, now = runtime.settings, runtime.database, runtime.now
    house = House(
        database, runtime.keyring, settings.public_url, runtime.blobs, runtime.scanner, lambda: runtime.ahead
    )
    chores = Chores(database, CHORES, house, now)
    carrier = mail_sender(settings.smtp_url, settings.data_dir)
    by_database = now is utc_now and not database.is_sqlite
    desk = Desk(runtime.keyring, settings.public_url)
    every = timedelta(days=settings.engagement_update_days)
    updates = Updates(runtime.keyring, settings.public_url, every)
    lapses = Lapses(runtime.keyring, settings.public_url)
    acts = {
        WARN: desk.warn,
        DISABLE: desk.disable,
        LAPSE: lapses.act,
        UPDATE: updates.due,
        COPY: Copies(runtime.keyring, settings.public_url).act,
        SEND: send_broadcast,
    }
    peers = Peers(Poster(), runtime.guard, SharedLookups(runtime.resolve))
    senders: dict[str, Sender] = {
        post.KIND: Mail(
            runtime.keyring,
            carrier,
            settings.mail_from,
            now,
            ways_of(runtime),
        ),
        timers.KIND: Timers(database, acts, now),
        fan_out.KIND: Webhooks(
            database,
            desk,
            peers,
            now,
            by_database=by_database,
            stamp=now.real if isinstance(now, MovedClock) else None,
        ),
        CHORE: chores,
        mail_intake.KIND: MailIn(
            database,
            Letterbox(runtime.blobs, runtime.scanner, settings.max_file_bytes),
            clerk_of(runtime),
            now,
        ),
    }
    return Worker(database, senders, now, chores, by_database)


def _beside(runtime: Runtime, deliver: bool) -> Beside:
    """What runs in this process beside the calls, until the event is set."""

    async def run(stop: asyncio.Event) -> None:
        await (worker_of(runtime) if deliver else Hints(runtime.database)).run(stop)

    return run


@asynccontextmanager
async def _life(runtime: Runtime, beside: Beside) -> AsyncIterator[None]:
    """From an open store to a closed one."""
    database = runtime.database
    async with AsyncExitStack() as held:
        held.push_async_callback(database.close)
        await migrations.upgrade(database)
        if runtime.mover is not None:
            await held.enter_async_context(alone(database))
        await moved_clock.take_up(database, runtime.now)
        stop = asyncio.Event()
        loop = asyncio.create_task(beside(stop))
        uses = asyncio.create_task(runtime.uses.keep_writing(database))
        yield
        await runtime.streams.closed()
        stop.set()
        await loop
        uses.cancel()
        await asyncio.wait({uses})


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
    clock = MovedClock(now) if settings.test_clock else now
    runtime = runtime_for(settings, database, clock, passwords or Passwords(), resolve)
    beside, routers = _beside(runtime, deliver), list(ROUTERS)
    if isinstance(clock, MovedClock):
        passage = runtime.mover = Passage(database, clock, lambda: worker_of(runtime), beside)
        beside = passage.run
        routers.append(test_clock.router)

    app = Described(
        title="Intake desk for advanced manufacturing technology designation requests",
        version="1.0.0",
        lifespan=lambda _: _life(runtime, beside),
        telemetry={"logs": False},
        openapi_url=None,  # the framework's own routes have no tag and take any query: app.api.description has ours
        redirect_slashes=False,
    )
    app.state.runtime = runtime
    for router in routers:
        # flat, not included: one list of routes to match and to describe
        app.router.routes.extend(router.routes)
    problems.install(app)
    app.state.metrics = metrics.Metrics()
    app.add_middleware(Envelope, per_minute=settings.rate_per_minute, metrics=app.state.metrics)
    return app
