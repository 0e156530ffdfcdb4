"""A server of the demonstration's own, for as long as it takes, and its first administrator."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx2

from app.cli_people import added
from app.domain.policy import Role
from app.settings import settings_of

_HOST: Final = "127.0.0.1"
_PATIENCE: Final = 60.0  # a machine that is busy with other things starts slowly
_PAUSE: Final = 0.1
_AMTDP: Final = (sys.executable, "-c", "import sys; from app.cli import app; app(sys.argv[1:])")
_ADMIN: Final = "Ottoline Vance"
ADMIN_ADDRESS: Final = "ottoline.vance@program.example"


class DidNotStart(Exception):
    """The server ended or stayed silent; the message names its log."""


@contextmanager
def own_server(data_dir: Path) -> Iterator[str]:
    """Serves the store of that folder on a test clock, at a free loopback port; the base URL. Raises DidNotStart."""
    data_dir.mkdir(parents=True, exist_ok=True)
    port, log = _free_port(), data_dir / "server.log"
    command = [*_AMTDP, "serve", "--host", _HOST, "--port", str(port), "--data-dir", str(data_dir)]
    with log.open("ab") as out:
        server = subprocess.Popen(  # noqa: S603 - our own command, no shell, no text from outside
            command, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, "AMTDP_TEST_CLOCK": "true"}
        )
    try:
        url = f"http://{_HOST}:{port}"
        _await_ready(server, url, log)
        yield url
    finally:
        server.terminate()
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def first_admin(data_dir: Path) -> str:
    """Adds an administrator to that store as `amtdp staff add` does; their key."""
    settings = settings_of(data_dir, None)
    return asyncio.run(added(settings, _ADMIN, ADMIN_ADDRESS, [Role.ADMIN]))["api_key"]


def _await_ready(server: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    until = time.monotonic() + _PATIENCE
    with httpx2.Client(base_url=url, trust_env=False) as client:
        while time.monotonic() < until and server.poll() is None:
            try:
                if client.get("/readyz").is_success:
                    return
            except httpx2.TransportError:
                pass  # not listening yet
            time.sleep(_PAUSE)
    raise DidNotStart(f"The server did not start; see {log}.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])
