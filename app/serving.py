"""The HTTP server: uvicorn's, which alone would wait for ever for streams, and for callers that do not read."""

import asyncio
import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

GRACE = 30  # seconds that calls under way have to end in


class Server(uvicorn.Server):
    """When it is to stop it ends open streams, then waits for calls to end, then breaks off what is left."""

    def __init__(
        self, app: FastAPI, host: str, port: int, *, log_level: str = "warning", grace: int = GRACE
    ) -> None:
        config = uvicorn.Config(app, host, port, log_level=log_level, access_log=False)
        super().__init__(config)
        self.grace = grace
        self._end_streams: Callable[[], None] = app.state.runtime.streams.close

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._end_streams()
        breaking_off = asyncio.create_task(self._break_off())
        await super().shutdown(sockets)
        breaking_off.cancel()

    async def _break_off(self) -> None:
        await asyncio.sleep(self.grace)
        for each in list(self.server_state.connections):
            each.transport.abort()
