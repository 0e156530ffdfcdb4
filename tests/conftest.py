"""What every test can ask for: both databases, the service in process, a clock that a test moves, people to be."""

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck
from hypothesis import settings as how

from app.main import create_app
from app.services.passwords import Cost, Passwords
from app.settings import Settings
from app.store import migrations
from app.store.database import Database
from tests import postgres, recorded
from tests.clock import Clock
from tests.given import Given
from tests.names import Names

# No example is too slow: how long one takes is the machine's. Where CI is set, hypothesis draws the same examples
# each time, so that the verdict on a tree stays one; everywhere else it looks further with each run.
how.register_profile("ours", how.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
how.load_profile("ours")

_numbers = itertools.count()
# argon2 at its cheapest: what a password costs is for one test of its own
CHEAP = Passwords(Cost(memory_kib=8, passes=1, lanes=1))


async def _migrated(url: str) -> None:
    database = Database(url)
    await migrations.upgrade(database)
    await database.close()


@pytest.fixture(autouse=True)
def _events_are_as_published() -> Iterator[None]:
    """No test of the whole suite records an event that the catalogue does not have just so."""
    with recorded.watched():
        yield


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("template") / "amtdp.db"
    asyncio.run(_migrated(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    name = "amtdp_template"
    postgres.drop(postgres_server, name)
    asyncio.run(_migrated(postgres.create(postgres_server, name)))
    return name


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    shutil.copy(sqlite_template, tmp_path / "amtdp.db")
    return f"sqlite:///{tmp_path}/amtdp.db"


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    name = f"amtdp_test_{next(_numbers)}"
    yield postgres.create(postgres_server, name, postgres_template)
    postgres.drop(postgres_server, name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated, empty database; each test that asks for it runs on both kinds."""
    fixture = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(fixture)
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "var", database_url=database_url, rate_per_minute=1_000_000)


@pytest.fixture
async def service(settings: Settings, clock: Clock) -> AsyncIterator[FastAPI]:
    app = create_app(settings, clock, passwords=CHEAP, resolve=Names())
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def client(service: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """A caller without credentials."""
    transport = httpx2.ASGITransport(service, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as caller:
        yield caller


@pytest.fixture
async def given(service: FastAPI, client: httpx2.AsyncClient) -> Given:
    return Given(service.state.runtime, client)


@pytest.fixture
async def sqlite_given(sqlite_url: str, tmp_path: Path, clock: Clock) -> AsyncIterator[Given]:
    """For what does not depend on the database: the same builders, on SQLite alone."""
    settings = Settings(data_dir=tmp_path / "var", database_url=sqlite_url, rate_per_minute=1_000_000)
    app = create_app(settings, clock, passwords=CHEAP, resolve=Names())
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as caller:
            yield Given(app.state.runtime, caller)
