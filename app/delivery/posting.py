"""One POST to a vetted address: what is bounded, what is never done, and how each way to fail is called.

Of aiohttp this uses the connector, TLS included, and the parser of answers; request and answer objects, cookies,
redirects, proxies and decompression are left out, which takes half off the time of an attempt. Nothing here looks a
name up: the connection goes to the address that was vetted.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from aiohttp import ClientConnectionError, ClientConnectorError, ClientError, ServerDisconnectedError
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import RawResponseMessage
from aiohttp.streams import StreamReader
from multidict import CIMultiDictProxy

from app.delivery.connections import TLS_FAULTS, Connections, Line
from app.delivery.deadlines import Deadlines
from app.domain.addresses import Address, Target

BODY_WAIT: Final = 2.0  # seconds that the body may take once the head is there
MOST_BODY: Final = 2048  # bytes of an answer that are read
LINE, FIELD, FIELDS = 4096, 4096, 64  # of an answer's head
INTERIM: Final = 8  # answers read at most until one is not interim
INTERIM_CODES: Final = frozenset(range(100, 200)) - {101}


class Fault(StrEnum):
    """Why there is no answer. A closed list, and never an address."""

    DNS = "dns-failed"
    NOT_ALLOWED = "target-not-allowed"
    REFUSED = "connection-refused"
    CONNECTION = "connection-failed"
    RESET = "connection-reset"
    TLS = "tls-failed"
    TIMED_OUT = "timed-out"
    MALFORMED = "answer-malformed"


class NoAnswer(Exception):
    """The attempt ended without one."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault)


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers, and what was read of the body."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def text(self) -> str | None:
        """The body as far as it is text; a compressed one is not opened."""
        if not self.body or self.headers.get("Content-Encoding", "identity").lower() != "identity":
            return None
        return self.body.decode(errors="replace").replace("\0", "\ufffd")


class Poster:
    """Posts, over connections that it keeps."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.connections = Connections(context or ssl.create_default_context())
        self.deadlines = Deadlines()

    async def post(self, the: Target, addresses: Sequence[Address], wire: bytes, until: float) -> Answer:
        """Sends the request, head and body as they are, to the first address that takes it. Raises NoAnswer.

        `until` (the loop's time) ends the attempt, but not one whose answer has begun: then only its body is cut short.
        """
        try:
            line, message, payload = await self._answered(the, addresses, wire, until)
        except TimeoutError:
            raise NoAnswer(Fault.TIMED_OUT) from None
        except TLS_FAULTS:
            raise NoAnswer(Fault.TLS) from None
        except HttpProcessingError:
            raise NoAnswer(Fault.MALFORMED) from None
        except ClientConnectorError as fault:
            refused = isinstance(fault.os_error, ConnectionRefusedError)
            raise NoAnswer(Fault.REFUSED if refused else Fault.CONNECTION) from None
        except (ClientError, OSError):
            raise NoAnswer(Fault.RESET) from None
        if payload.is_eof():
            body = payload.read_nowait(MOST_BODY)
            self.connections.keep(line)
        else:
            body = await self._body(line, payload, until)
        return Answer(message.code, message.headers, body)

    async def close(self) -> None:
        self.deadlines.close()
        await self.connections.close()

    async def _answered(
        self, the: Target, addresses: Sequence[Address], wire: bytes, until: float
    ) -> tuple[Line, RawResponseMessage, StreamReader]:
        while True:
            line = self.connections.kept(the, addresses)
            if line is None:
                async with asyncio.timeout_at(until):
                    line = await self.connections.opened(the, addresses)
            self.deadlines.set(line, until)
            try:
                return line, *await _head(line.protocol, wire)
            except BaseException as fault:
                line.drop()
                # the peer may have closed an idle connection at the very moment; the same id makes a repeat harmless
                if not (line.is_used and isinstance(fault, ClientConnectionError)):
                    raise
            finally:
                self.deadlines.lift(line)

    async def _body(self, line: Line, payload: StreamReader, until: float) -> bytes:
        """What comes of it in time, up to MOST_BODY; however it ends, the head is what counts."""
        until = min(until, line.loop.time() + BODY_WAIT)
        parts = bytearray()
        try:
            with contextlib.suppress(TimeoutError, ClientError, HttpProcessingError, OSError):
                async with asyncio.timeout_at(until):
                    while len(parts) < MOST_BODY and not payload.at_eof():
                        parts += await payload.readany()
        finally:
            # one that still has something to say cannot be used again
            self.connections.keep(line) if payload.at_eof() else line.drop()
        return bytes(parts[:MOST_BODY])


async def _head(protocol: ResponseHandler, wire: bytes) -> tuple[RawResponseMessage, StreamReader]:
    """Sends, and waits for the head of the answer."""
    protocol.set_response_params(
        read_until_eof=True,
        auto_decompress=False,
        read_bufsize=MOST_BODY,
        max_line_size=LINE,
        max_field_size=FIELD,
        max_headers=FIELDS,
    )
    transport = protocol.transport
    if transport is None:
        raise ServerDisconnectedError
    transport.write(wire)
    for _ in range(INTERIM):
        message, payload = await protocol.read()
        if message.code not in INTERIM_CODES:
            return message, payload
    raise HttpProcessingError(message="nothing but interim answers")
