"""The application: settings in, routes and loop out. Importing this module does nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Any, TypeAlias

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
from app.delivery.hints import Hints
from app.delivery.passage import Passage
from app.services import moved_clock, targets
from app.services.moved_clock import MovedClock
from app.services.passwords import Passwords
from app.services.targets import Resolve
from app.settings import Mode, Settings
from app.store import migrations
from app.store.database import Database
from app.store.test_clock import alone
from app.wiring import runtime_for, utc_now, worker_of

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
