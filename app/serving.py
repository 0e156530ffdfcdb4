"""The HTTP server: as uvicorn has it, but for streams, which would keep it waiting for ever when it is to stop."""

import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

GRACE = 30  # seconds that calls under way have to end in


class Server(uvicorn.Server):
    """Ends open streams first, then waits for calls to end."""

    def __init__(self, app: FastAPI, host: str, port: int, log_level: str = "warning") -> None:
        config = uvicorn.Config(app, host, port, log_level=log_level, access_log=False)
        config.timeout_graceful_shutdown = GRACE
        super().__init__(config)
        self._end_streams: Callable[[], None] = app.state.runtime.streams.close

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._end_streams()
        await super().shutdown(sockets)
