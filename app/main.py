"""Wiring: settings in, application out. Importing this module does nothing."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from fastapi import FastAPI

from app import logs
from app.api import (
    about,
    designation_requests,
    metrics,
    problem_pages,
    problems,
    readiness,
    records,
    request_list,
    workflows,
)
from app.api.envelope import Envelope
from app.api.openapi import Described
from app.api.runtime import Runtime
from app.keystore import keyring_of
from app.settings import Mode, Settings
from app.store import migrations
from app.store.database import Database

ROUTERS = (
    designation_requests.router,
    request_list.router,
    readiness.router,
    records.router,
    workflows.router,
    about.router,
    metrics.router,
    problem_pages.router,
)


def utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(settings: Settings, now: Callable[[], datetime] = utc_now) -> FastAPI:
    logs.configure(as_json=settings.mode is Mode.PRODUCTION)
    database = Database(settings.database, pool_size=settings.pool_size)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await migrations.upgrade(database)
        yield
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
    app.state.runtime = Runtime(settings, database, keyring_of(settings), now)
    for router in ROUTERS:
        # flat, not included: one list of routes to match and to describe
        app.router.routes.extend(router.routes)
    problems.install(app)
    app.state.metrics = metrics.Metrics()
    app.add_middleware(Envelope, per_minute=settings.rate_per_minute, metrics=app.state.metrics)
    return app
