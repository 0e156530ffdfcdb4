"""Events out: endpoints that are sent them, and the feed to catch up from or to follow."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing

import httpx2
from pydantic import ValidationError

from app.client.asking import Asking
from app.client.calls import FAULTS, Call
from app.client.faults import NotUnderstood, Refused
from app.client.shapes import Endpoint, EventPage
from app.domain import exact_json
from app.domain.event_types.bodies import CloudEvent
from app.domain.event_types.reading import NotAnEvent, read

ENDPOINTS = "/v1/webhook-endpoints"
FEED = "/v1/events"


class Listening(Asking):
    """Positions in the feed are an event's id, or the `next_cursor` of a page."""

    async def add_endpoint(
        self, url: str, event_types: Sequence[str] = ("*",), description: str = "", *, key: str | None = None
    ) -> Endpoint:
        """A URL that is sent events from now on; keep its `secret`, it is shown this once."""
        body = {"url": url, "event_types": list(event_types), "description": description}
        return await self._shown(Endpoint, Call("POST", ENDPOINTS, tree=body, key=key))

    def endpoints(self) -> AsyncIterator[Endpoint]:
        return self._listed(Endpoint, ENDPOINTS, {})

    async def event_pages(
        self,
        after: str | None = None,
        *,
        type: str | None = None,
        subject: str | None = None,
        limit: int = 200,
    ) -> AsyncIterator[EventPage]:
        """The feed page by page, up to its end; keep a page's `next_cursor` once its events are dealt with."""
        wanted = _given(after=after, type=type, subject=subject, limit=str(limit))
        while True:
            call = Call("GET", FEED, wanted)
            page = _page((await self._calls.make(call)).tree, call)
            if not page.events:
                return
            yield page
            wanted = {**wanted, "after": page.next_cursor}

    async def events(
        self, after: str | None = None, *, type: str | None = None, subject: str | None = None
    ) -> AsyncIterator[CloudEvent]:
        """The feed after a position, up to its end. To resume, keep the id of the last event dealt with."""
        async for page in self.event_pages(after, type=type, subject=subject):
            for event in page.events:
                yield event

    async def follow(
        self, after: str | None = None, *, type: str | None = None, subject: str | None = None
    ) -> AsyncIterator[CloudEvent]:
        """The feed without end, each event as it comes. A broken connection goes on where it broke off."""
        async with aclosing(self.follow_as_sent(after, type=type, subject=subject)) as followed:
            async for sent in followed:
                yield _event(sent.data)

    async def follow_as_sent(
        self, after: str | None = None, *, type: str | None = None, subject: str | None = None
    ) -> AsyncGenerator[httpx2.ServerSentEvent, None]:
        """The same, unread: `data` is the event's frozen body, to the byte what a webhook carries."""
        failed = 0
        while True:
            asked = None
            try:
                wanted = _given(after=after, type=type, subject=subject)
                async with self._calls.stream(FEED, wanted) as stream:
                    async for sent in stream:
                        if sent.data:
                            yield sent
                            after, failed = sent.id or after, 0
            except FAULTS:
                pass  # what was not read to its end comes again
            except httpx2.SSEError as fault:
                raise NotUnderstood(f"GET {FEED}: {fault}") from fault
            except Refused as refused:
                if not refused.is_passing:
                    raise
                asked = refused.retry_after
            failed += 1
            await self._calls.pause(failed, asked)


def _given(**wanted: str | None) -> dict[str, str]:
    return {name: each for name, each in wanted.items() if each is not None}


def _event(sent: str) -> CloudEvent:
    try:
        return read(exact_json.decode(sent))
    except (exact_json.NotJson, NotAnEvent) as fault:
        raise NotUnderstood(f"GET {FEED}: {fault}") from fault


def _page(tree: object, call: Call) -> EventPage:
    try:
        assert isinstance(tree, dict)  # noqa: S101 - an answer that is none is not understood either
        return EventPage(events=tuple(map(read, tree["items"])), next_cursor=tree["next_cursor"])
    except (AssertionError, LookupError, TypeError, ValidationError, NotAnEvent) as fault:
        raise NotUnderstood(f"{call.name}: {fault}") from fault
