"""Streams of server-sent events: how many are open, who wakes them, and how each begins, waits and ends.

A stream reads page by page and holds no connection of the database in between. One watcher in the process asks for the
feed's head while any stream is open, and wakes them all. A consumer that reads slowly keeps its own stream waiting at
one page and nobody else; however many it leaves unread, it has no more streams than the limit.
"""

import asyncio
import contextlib
import time
import weakref
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.domain.errors import DomainError, TooMany, Unavailable
from app.store import feed
from app.store.database import Database

MEDIA_TYPE = "text/event-stream"
MOST_OF_ONE = 5  # streams of one caller in this process
MOST = 200  # of all callers together
READERS = 4  # of them that ask the database at once: other calls need connections too
POLL = 0.25  # seconds between looks at the feed's head
BEAT = 15.0  # seconds of silence before a comment shows that the stream lives
FAREWELL = 1.0  # seconds that the end of a stream may take to be written
HELLO = b"retry: 2000\n\n"  # milliseconds before a client comes back
HEARTBEAT = b": still here\n\n"
log = structlog.get_logger("amtdp.api")

# Reads what there is to send now, and whether there is more at once. Raises DomainError where the stream is over.
Read = Callable[[], Awaitable[tuple[bytes, bool]]]


class Streams:
    """The open streams of one process."""

    def __init__(self, database: Database, poll: float = POLL, beat: float = BEAT) -> None:
        self.database = database
        self.poll = poll
        self.beat = beat
        self.turn = asyncio.Semaphore(READERS)
        self.closing = asyncio.Event()
        self._seats = Counter[str]()
        self._open = set[EventStream]()
        self._watch: asyncio.Task[None] | None = None

    def seat(self, caller: str) -> None:
        """Takes one of the caller's places. Raises TooMany, Unavailable."""
        if self.closing.is_set() or self._seats.total() >= MOST:
            raise Unavailable("No stream can be opened now.", headers={"Retry-After": "5"})
        if self._seats[caller] >= MOST_OF_ONE:
            raise TooMany(
                f"You have {MOST_OF_ONE} streams open; end one first.", headers={"Retry-After": "5"}
            )
        self._seats[caller] += 1

    def leave(self, caller: str) -> None:
        self._seats[caller] -= 1
        self._seats += Counter()  # forgets who has none

    def enter(self, stream: "EventStream") -> None:
        self._open.add(stream)
        if self._watch is None:
            self._watch = asyncio.create_task(self._watch_head())

    def exit(self, stream: "EventStream") -> None:
        self._open.discard(stream)
        if not self._open and self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def close(self) -> None:
        """Ends every stream, each after what it is writing; called before a server waits for its calls to end."""
        self.closing.set()

    async def _watch_head(self) -> None:
        seen = None  # whoever was there before the first look is woken by it
        while True:
            try:
                async with self.database.reading() as db:
                    head = await feed.head(db)
            except (SQLAlchemyError, OSError) as fault:
                log.warning("feed not watched", fault=type(fault).__name__)
            else:
                if head != seen:
                    for each in self._open:
                        each.woken.set()
                seen = head
            await asyncio.sleep(self.poll)


class EventStream(Response):
    """One answer that goes on until its caller leaves, may read no more, or the server closes."""

    media_type = MEDIA_TYPE

    def __init__(self, streams: Streams, caller: str, read: Read) -> None:
        streams.seat(caller)
        # once, whether the answer is ever sent or not
        self._leave = weakref.finalize(self, streams.leave, caller)
        self.streams = streams
        self.read = read
        self.woken = asyncio.Event()
        self.status_code = 200
        self.background = None
        self.init_headers({"X-Accel-Buffering": "no"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        try:
            if scope.get("content_wanted", True):
                await self._go_on(receive, send)
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(FAREWELL):
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._leave()

    async def _go_on(self, receive: Receive, send: Send) -> None:
        """Until one of the three ends: nothing more may be read, the caller is gone, the server closes."""
        self.streams.enter(self)
        ends = [
            asyncio.create_task(each)
            for each in (self._pump(send), _gone(receive), self.streams.closing.wait())
        ]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in ends:
                each.cancel()
            await asyncio.gather(*ends, return_exceptions=True)
            self.streams.exit(self)

    async def _pump(self, send: Send) -> None:
        await _write(send, HELLO)
        beat_at = time.monotonic() + self.streams.beat
        while True:
            self.woken.clear()  # before the look: what comes after it wakes us again
            try:
                async with self.streams.turn:
                    chunk, is_more = await self.read()
            except DomainError:
                return
            except Exception as fault:  # noqa: BLE001 - whatever it is, the caller comes back to where it was
                log.warning("stream ended", fault=type(fault).__name__)
                return
            if not chunk and time.monotonic() >= beat_at:
                chunk = HEARTBEAT
            if chunk:
                await _write(send, chunk)
                beat_at = time.monotonic() + self.streams.beat
            if not is_more:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.woken.wait(), max(0.0, beat_at - time.monotonic()))


async def _write(send: Send, chunk: bytes) -> None:
    # waits while the caller's window is full
    await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _gone(receive: Receive) -> None:
    message: Any = {}
    while message.get("type") != "http.disconnect":
        message = await receive()
