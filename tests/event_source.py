"""Reading server-sent events from a real socket, as a client would."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx2

from tests.given import Person

EVENTS = "/v1/events"


@dataclass
class Source:
    """One open stream: what it was told, and everything that came over the wire."""

    response: httpx2.Response
    raw: bytearray = field(default_factory=bytearray)
    ended: bool = False

    def __post_init__(self) -> None:
        self._pieces = self.response.aiter_bytes()
        self._read = 0

    async def blocks(self) -> AsyncIterator[str]:
        """Each block as it was sent, comments and settings included, until the stream ends."""
        while True:
            while (end := self.raw.find(b"\n\n", self._read)) >= 0:
                block = self.raw[self._read : end].decode()
                self._read = end + 2
                yield block
            try:
                self.raw += await anext(self._pieces)
            except StopAsyncIteration:
                self.ended = True
                return

    async def take(self, count: int) -> list[dict[str, str]]:
        """The next events, or as many as come before the stream ends."""
        found: list[dict[str, str]] = []
        async for block in self.blocks():
            if block.startswith("id: "):
                found.append(dict(line.split(": ", 1) for line in block.split("\n")))
            if len(found) == count:
                break
        return found


@contextlib.asynccontextmanager
async def opened(url: str, person: Person, last: str | None = None, **query: str) -> AsyncIterator[Source]:
    headers = {"Authorization": f"Bearer {person.key}", "Accept": "text/event-stream"}
    if last is not None:
        headers["Last-Event-ID"] = last
    async with (
        httpx2.AsyncClient(base_url=url, timeout=30) as client,
        client.stream("GET", EVENTS, headers=headers, params=query) as response,
    ):
        yield Source(response)
