"""The service on a real socket of the loopback, in a thread of this process."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from app.serving import GRACE, Server


def _end_streams(app: FastAPI) -> None:
    if hasattr(app.state, "runtime"):  # else it is an app of a test's own
        app.state.runtime.streams.close()


@contextmanager
def free_port() -> Iterator[int]:
    """A port of the loopback that nobody else is given while the block lasts; whoever reuses addresses may bind it.

    Until then it refuses connections.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@contextmanager
def served(app: FastAPI, grace: float = GRACE, port: int = 0) -> Iterator[str]:
    """Its base URL, while the block lasts."""
    config = uvicorn.Config(app, "127.0.0.1", port, log_level="critical", access_log=False)
    server = Server(config, lambda: _end_streams(app), grace)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the server did not start")
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=60)
        if thread.is_alive():
            raise RuntimeError("the server did not stop")
