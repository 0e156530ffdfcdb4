"""The HTTP server: uvicorn's, which alone would wait for ever for streams, and for callers that do not read."""

import asyncio
import secrets
import socket
from collections.abc import Callable

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.api.answers import problem
from app.api.problem_pages import title_of

GRACE = 30.0  # seconds that calls under way have to end in
MALFORMED = "malformed-request"


class Protocol(HttpToolsProtocol):
    """What the parser cannot read reaches no application: it is refused here, as problem details too."""

    def send_400_response(self, msg: str) -> None:
        about = {"instance": "/", "request_id": secrets.token_hex(12)}
        refused = problem(400, MALFORMED, title_of(MALFORMED), f"{msg.rstrip('.')}.", about)
        head = [b"HTTP/1.1 400 Bad Request", *(b": ".join(each) for each in refused.raw_headers)]
        head += [b"x-request-id: " + about["request_id"].encode(), b"connection: close"]
        self.transport.write(b"\r\n".join([*head, b"", bytes(refused.body)]))
        self.transport.close()


class Server(uvicorn.Server):
    """When it is to stop it ends open streams, then waits for calls to end, then breaks off what is left."""

    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None], grace: float = GRACE) -> None:
        config.http = Protocol
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
