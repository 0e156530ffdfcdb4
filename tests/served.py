"""The service on a real socket of the loopback, in a thread of this process."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI

from app.serving import GRACE, Server


@contextmanager
def served(app: FastAPI, grace: int = GRACE) -> Iterator[str]:
    """Its base URL, while the block lasts."""
    server = Server(app, "127.0.0.1", 0, log_level="critical", grace=grace)
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
        thread.join(timeout=10)
        if thread.is_alive():
            raise RuntimeError("the server did not stop")
