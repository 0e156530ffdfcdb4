"""What lines are measured on: a migrated database of its own, people with keys, the service and the floor on it."""

import asyncio
import itertools
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx2

from app.domain import exact_json
from app.main import create_app
from app.settings import Settings
from benchmarks.load import Call
from benchmarks.served import Served, free_port, served, uvicorn
from tests.given import Given, Person
from tests.postgres import create

T = TypeVar("T")
REQUESTS = "/v1/designation-requests"
NO_LIMIT = 100_000_000
_numbers = itertools.count()


@dataclass(frozen=True)
class Stage:
    """A database and the folder that holds the service's secrets and files."""

    name: str
    database_url: str
    folder: Path

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def settings(self) -> Settings:
        return Settings(data_dir=self.folder, database_url=self.database_url, rate_per_minute=NO_LIMIT)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AMTDP_DATA_DIR": str(self.folder),
            "AMTDP_DATABASE_URL": self.database_url,
            "AMTDP_RATE_PER_MINUTE": str(NO_LIMIT),
            "AMTDP_MAX_FILE_BYTES": str(2**30),
            "AMTDP_MAX_FILES": "1000",
        }

    def prepare(self, work: Callable[[Given], Awaitable[T]]) -> T:
        """Runs `work` with the service in this process, to make what the lines then ask for."""

        async def run() -> T:
            async with self.given() as given:
                return await work(given)

        return asyncio.run(run())

    @asynccontextmanager
    async def given(self) -> AsyncIterator[Given]:
        app = create_app(self.settings)
        async with app.router.lifespan_context(app):
            transport = httpx2.ASGITransport(app)
            async with httpx2.AsyncClient(transport=transport, base_url="http://bench") as client:
                yield Given(app.state.runtime, client)

    @contextmanager
    def service(self) -> Iterator[Served]:
        """The service as a deployment runs it: one worker, deliveries in another process."""
        port = free_port()
        command = [str(Path(sys.executable).parent / "amtdp"), "serve", "--port", str(port), "--no-worker"]
        with served(command, port, self.environment, asks="/readyz") as running:
            yield running

    @contextmanager
    def floor(self) -> Iterator[Served]:
        port = free_port()
        with served(uvicorn("benchmarks.floor:app", port), port, self.environment) as running:
            yield running


@contextmanager
def on_postgresql(server_url: str) -> Iterator[Stage]:
    with _folder() as folder:
        yield Stage("PostgreSQL", create(server_url, f"bench_{os.getpid()}_{next(_numbers)}"), folder)


@contextmanager
def on_sqlite() -> Iterator[Stage]:
    with _folder() as folder:
        yield Stage("SQLite", f"sqlite:///{folder}/bench.db", folder)


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="amtdp-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def call_of(person: Person, method: str, path: str, tree: object = None, **headers: str) -> Call:
    """A call as this person makes it."""
    sent = {"Authorization": f"Bearer {person.key}", **headers}
    if tree is None:
        return Call(method, path, sent)
    return Call(method, path, {**sent, "Content-Type": "application/json"}, exact_json.encode(tree))
