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
from typing import Any, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

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
BODY: Final = {"type": "http.response.body", "more_body": True}
END: Final = {"type": "http.response.body", "body": b"", "more_body": False}
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
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._watch_head())

    def exit(self, stream: "EventStream") -> None:
        self._open.discard(stream)

    def close(self) -> None:
        """Ends every stream, each after what it is writing; called before a server waits for its calls to end."""
        self.closing.set()

    async def closed(self) -> None:
        """Once nothing of them uses the database any more."""
        self.close()
        if self._watch is not None:
            await self._watch

    async def _watch_head(self) -> None:
        seen = None  # whoever was there before the first look is woken by it
        while self._open and not self.closing.is_set():
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
            await _until(self.closing, self.poll)


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
        try:
            if scope.get("content_wanted", True):
                await self._go_on(receive, send)
            else:
                await send(self._start)
                await send(END)
        finally:
            self._leave()

    @property
    def _start(self) -> Message:
        return {"type": "http.response.start", "status": 200, "headers": self.raw_headers}

    async def _go_on(self, receive: Receive, send: Send) -> None:
        over = asyncio.create_task(self._over(receive))
        over.add_done_callback(lambda _: self.woken.set())
        self.streams.enter(self)
        try:
            # a send waits while the caller's window is full; whether it got so far is known of each
            if await _sent(send, self._start, over) and await self._pump(send, over):
                await _sent(send, END, over)
        finally:
            self.streams.exit(self)
            over.cancel()
            await asyncio.gather(over, return_exceptions=True)

    async def _over(self, receive: Receive) -> None:
        """Until the caller is gone or the server closes."""
        ends = [asyncio.create_task(_gone(receive)), asyncio.create_task(self.streams.closing.wait())]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in ends:
                each.cancel()

    async def _pump(self, send: Send, over: "asyncio.Task[None]") -> bool:
        """Page by page; False where a page could not be sent. A read is never cut off in the middle."""
        chunk, is_more = HELLO, True
        beat_at = 0.0
        while True:
            if chunk:
                if not await _sent(send, {**BODY, "body": chunk}, over):
                    return False
                beat_at = time.monotonic() + self.streams.beat
            if not is_more:
                await _until(self.woken, beat_at - time.monotonic())
            if over.done():
                return True
            self.woken.clear()  # before the look: what comes after it wakes us again
            try:
                async with self.streams.turn:
                    chunk, is_more = await self.read()
            except DomainError:
                return True
            except Exception as fault:  # noqa: BLE001 - whatever it is, the caller comes back to where it was
                log.warning("stream ended", fault=type(fault).__name__)
                return True
            if not chunk and time.monotonic() >= beat_at:
                chunk = HEARTBEAT


async def _sent(send: Send, message: Message, over: "asyncio.Task[None]") -> bool:
    """Whether the message went out; once the stream is over it gets no more than a moment."""
    sending = asyncio.ensure_future(send(message))
    try:
        await asyncio.wait({sending, over}, return_when=asyncio.FIRST_COMPLETED)
        if not sending.done():
            await asyncio.wait({sending}, timeout=FAREWELL)
        return sending.done() and sending.exception() is None
    finally:
        sending.cancel()  # nothing, where it is done


async def _until(event: asyncio.Event, seconds: float) -> None:
    """Until it is set, or so long. Not by `wait_for`, which before 3.12 can swallow that it is cancelled."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(max(0.0, seconds)):
            await event.wait()


async def _gone(receive: Receive) -> None:
    message: Any = {}
    while message.get("type") != "http.disconnect":
        message = await receive()
