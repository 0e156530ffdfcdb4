"""Connections to vetted addresses, kept for the next attempt: each to one address and port under one TLS name.

aiohttp's connector opens them. What is open is kept here and not in its pool, which costs a third of an attempt and
would not say whether a connection has been used before.
"""

import asyncio
import contextlib
import ssl
from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Final, TypeAlias

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorError,
    ClientConnectorSSLError,
    ClientRequest,
    ClientTimeout,
    TCPConnector,
)
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from yarl import URL

from app.domain.addresses import Address, Target

CONNECT: Final = 5.0  # seconds for one address, where there are more
ADDRESSES: Final = 3  # of one name that are tried
IDLE: Final = 20.0  # seconds that an unused connection is kept
MOST_IDLE: Final = 1000
TLS_FAULTS: Final = (ClientConnectorCertificateError, ClientConnectorSSLError, ssl.SSLError)

Place: TypeAlias = tuple[str, str, int, Address]  # scheme, name, port, address: what two attempts must share


class Line:
    """An open connection, and the loop it is on: who asks for the running one asks the system for its process, too."""

    __slots__ = ("connection", "idle_since", "is_used", "loop", "place", "protocol")

    def __init__(self, place: Place, connection: Connection, protocol: ResponseHandler) -> None:
        self.loop = asyncio.get_running_loop()
        self.place = place
        self.connection = connection
        self.protocol = protocol
        self.is_used = False
        self.idle_since = 0.0

    def drop(self) -> None:
        """Closes it at once: an endless answer must not be waited out, nor a TLS farewell."""
        if self.connection.transport is not None:
            self.connection.transport.abort()
        self.connection.close()


class Connections:
    """Of one process, on one event loop."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.context = context
        self._connector: TCPConnector | None = None
        self._idle = defaultdict[Place, deque[Line]](deque)
        self._count = 0
        self._sweeping: asyncio.TimerHandle | None = None

    def kept(self, the: Target, addresses: Sequence[Address]) -> Line | None:
        """One that is open to one of the addresses and that nobody uses."""
        for address in addresses:
            found = self._kept((the.scheme, the.host, the.port, address))
            if found is not None:
                return found
        return None

    async def opened(self, the: Target, addresses: Sequence[Address]) -> Line:
        """A new one, to the first address that takes it. Raises as aiohttp does."""
        *first, last = addresses[:ADDRESSES]
        for address in first:
            with contextlib.suppress(TimeoutError, ClientConnectorError):
                return await self._opened(the, address, CONNECT)
        return await self._opened(the, last, None)

    def keep(self, line: Line) -> None:
        """For whoever comes next."""
        if self._count >= MOST_IDLE or line.protocol.should_close:
            line.drop()
            return
        line.is_used, line.idle_since = True, line.loop.time()
        self._idle[line.place].append(line)
        self._count += 1
        if self._sweeping is None:
            self._sweeping = line.loop.call_later(IDLE, self._sweep)

    async def close(self) -> None:
        if self._sweeping is not None:
            self._sweeping.cancel()
        for lines in self._idle.values():
            for line in lines:
                line.drop()
        self._idle.clear()
        if self._connector is not None:
            await self._connector.close()

    def _kept(self, place: Place) -> Line | None:
        lines = self._idle.get(place)
        while lines:
            line = lines.pop()  # the one used last is the one most likely still open
            self._count -= 1
            # one that has said something unasked is not to be trusted with an answer
            if line.protocol.is_connected() and not line.protocol.should_close:
                return line
            line.drop()
        return None

    async def _opened(self, the: Target, address: Address, seconds: float | None) -> Line:
        loop = asyncio.get_running_loop()
        if self._connector is None:
            self._connector = TCPConnector(limit=0, force_close=True)
        url = URL.build(scheme=the.scheme, host=str(address), port=the.port)
        asked = ClientRequest("POST", url, loop=loop, ssl=self.context, server_hostname=the.host)
        connection = await self._connector.connect(asked, [], ClientTimeout(sock_connect=seconds))
        protocol = connection.protocol
        assert protocol is not None  # noqa: S101 - it was opened just now
        return Line((the.scheme, the.host, the.port, address), connection, protocol)

    def _sweep(self) -> None:
        """Lets go of what nobody has used for long; called again while anything is kept."""
        loop = asyncio.get_running_loop()
        too_old = loop.time() - IDLE
        for place, lines in list(self._idle.items()):
            while lines and lines[0].idle_since <= too_old:
                lines.popleft().drop()
                self._count -= 1
            if not lines:
                del self._idle[place]
        self._sweeping = loop.call_later(IDLE / 4, self._sweep) if self._idle else None
