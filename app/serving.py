"""The HTTP server: uvicorn's, which alone would wait for ever for streams, and for callers that do not read."""

import asyncio
import socket
from collections.abc import Callable

import uvicorn

GRACE = 30.0  # seconds that calls under way have to end in


class Server(uvicorn.Server):
    """When it is to stop it ends open streams, then waits for calls to end, then breaks off what is left."""

    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None], grace: float = GRACE) -> None:
        super().__init__(config)
        self.grace = grace
        self._end_streams = end_streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._end_streams()
        breaking_off = asyncio.create_task(self._break_off())
        await super().shutdown(sockets)
        breaking_off.cancel()

    async def _break_off(self) -> None:
        await asyncio.sleep(self.grace)
        for each in list(self.server_state.connections):
            each.transport.abort()
