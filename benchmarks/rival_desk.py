"""The desk of `benchmarks/rival`, run by gunicorn from a virtual environment of its own, on the stage's database."""

import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.domain import exact_json
from benchmarks.load import Call
from benchmarks.served import ROOT, Served, free_port, served
from benchmarks.stage import Stage

FOLDER = ROOT / "benchmarks" / "rival"
PROGRAMS = FOLDER / ".venv" / "bin"
# One process, as ours. Measured on open, get and list on a busy machine, the best of eight turns each: 1 thread reaches half
# to nine tenths of what 4 do, 8 as much as 4; uvicorn takes half as much CPU again for a call and reaches 0.6 to 0.7.
# Workers of the kind `sync` close every connection, so the caller cannot speak to them.
SERVER = ("--worker-class", "gthread", "--workers", "1", "--threads", "4", "--keep-alive", "75")


class Rival:
    """Its tables stand beside the service's in one database; one member has a key."""

    def __init__(self, stage: Stage) -> None:
        if not PROGRAMS.exists():
            raise RuntimeError(f"{PROGRAMS} is missing; `make bench` installs it")
        self._environment = {"RIVAL_DATABASE_URL": stage.database_url, "RIVAL_SECRET": secrets.token_hex(32)}
        self._manage("migrate", "--run-syncdb")
        self._key = self._manage("seed").strip()

    @contextmanager
    def serve(self) -> Iterator[Served]:
        port = free_port()
        command = [str(PROGRAMS / "gunicorn"), *SERVER, "--bind", f"127.0.0.1:{port}", "desk.wsgi"]
        with served(command, port, self._environment, folder=FOLDER) as running:
            yield running

    def call(self, method: str, path: str, tree: object = None) -> Call:
        headers = {"Authorization": f"Bearer {self._key}"}
        if tree is None:
            return Call(method, path, headers)
        return Call(method, path, {**headers, "Content-Type": "application/json"}, exact_json.encode(tree))

    def fill(self, count: int, state: str, content: dict[str, Any]) -> list[str]:
        """Requests made in bulk, in a state of its workflow; their ids."""
        text = exact_json.encode(content).decode()
        return self._manage("fill", str(count), state, text).split()

    def _manage(self, *command: str) -> str:
        told = subprocess.run(
            [PROGRAMS / "python", "manage.py", *command],
            cwd=FOLDER,
            env={**os.environ, **self._environment},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
        return told.stdout
