"""The feed and the endpoints as the client sees them, over a service that does what their description says."""

import asyncio
import itertools

import httpx2
import pytest
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, StreamingResponse

from app.client import Client, NotUnderstood, Refused
from app.domain import exact_json
from app.domain.event_types import EVENT_TYPES
from tests.served import served

EXAMPLE = EVENT_TYPES["designation_request.withdrawn"].example


def event(place):
    return {
        **EXAMPLE,
        "id": f"0193a1f0-7f6e-7c1a-9d53-{place:012x}",
        "data": {**EXAMPLE["data"], "sequence": place},
    }


class Desk:
    """A service with a feed of so many events; positions are ids, or `p` and how many lie before."""

    def __init__(self, events=7, page=3, a_stream=2):
        self.feed = [event(place) for place in range(1, events + 1)]
        self.page, self.a_stream = page, a_stream
        self.calls, self.refusals = [], []
        self.app = FastAPI()
        self.app.add_api_route("/v1/events", self.events)
        self.app.add_api_route("/v1/webhook-endpoints", self.endpoints, methods=["GET", "POST"])

    def _from(self, after):
        if after is None:
            return 0
        ids = [each["id"] for each in self.feed]
        return int(after[1:]) if after.startswith("p") else ids.index(after) + 1

    async def events(self, request: Request):
        self.calls.append(dict(request.query_params))
        if self.refusals:
            status, headers = self.refusals.pop(0)
            return JSONResponse({"code": "played"}, status, headers=headers)
        start = self._from(request.query_params.get("after"))
        if request.headers["accept"] == "text/event-stream":
            return StreamingResponse(self._stream(start), media_type="text/event-stream")
        shown = self.feed[start : start + self.page]
        return {"items": shown, "next_cursor": f"p{start + len(shown)}"}

    async def _stream(self, start):
        """A few events, then an end in the middle of the next one, clean or not: as when a server goes away."""
        yield ": still here\n\n"
        for each in self.feed[start : start + self.a_stream]:
            yield f"id: {each['id']}\nevent: {each['type']}\ndata: {exact_json.encode(each).decode()}\n\n"
        yield "id: cut"
        if len(self.calls) % 2:
            raise ConnectionAbortedError

    async def endpoints(self, request: Request):
        if request.method == "POST":
            body = await request.json()
            return JSONResponse({"id": "e-1", "secret": "whsec_x", "status": "active", **body}, 201)
        second = request.query_params.get("cursor")
        items = [{"id": "e-2" if second else "e-1", "url": "https://in.example", "event_types": ["*"]}]
        return {"items": items, "next_cursor": None if second else "more"}

    def client(self):
        return Client("http://t", "amtdp_key", transport=httpx2.ASGITransport(self.app), sleep=_at_once)


async def _at_once(_):
    await asyncio.sleep(0)


def places(events):
    return [each.data.sequence for each in events]


async def test_the_feed_is_read_to_its_end_in_order():
    desk = Desk()
    async with desk.client() as client:
        assert places([each async for each in client.events()]) == [1, 2, 3, 4, 5, 6, 7]
    assert [call.get("after") for call in desk.calls] == [None, "p3", "p6", "p7"]


@pytest.mark.parametrize("stop", range(1, 8))
async def test_reading_goes_on_after_the_last_event_that_was_dealt_with(stop):
    async with Desk().client() as client:
        first = []
        async for each in client.events():
            first.append(each)
            if len(first) == stop:
                break
        rest = [each async for each in client.events(after=first[-1].id)]
    assert places([*first, *rest]) == [1, 2, 3, 4, 5, 6, 7]


async def test_pages_give_the_place_to_go_on_from():
    async with Desk().client() as client:
        pages = [page async for page in client.event_pages()]
        assert [len(page.events) for page in pages] == [3, 3, 1]
        assert [each async for each in client.events(after=pages[-1].next_cursor)] == []
        assert places([each async for each in client.events(after=pages[0].next_cursor)]) == [4, 5, 6, 7]


async def test_filters_and_limit_are_asked_of_the_service_on_every_page():
    desk = Desk()
    async with desk.client() as client:
        wanted = {"type": "designation_request.withdrawn", "subject": "AMT-2026-00017"}
        assert len([each async for each in client.events(**wanted)]) == 7
    assert all(call.items() >= {**wanted, "limit": "200"}.items() for call in desk.calls)


async def test_the_feed_is_followed_over_streams_that_break_off():
    desk = Desk(events=7, a_stream=2)
    with served(desk.app) as url:
        async with Client(url, "k", transport=httpx2.AsyncHTTPTransport(), sleep=_at_once) as client:
            desk.refusals = [(503, {}), (429, {"Retry-After": "0"})]
            seen = []
            async for each in client.follow():
                seen.append(each)
                if len(seen) == 7:
                    break
    assert places(seen) == [1, 2, 3, 4, 5, 6, 7]
    assert len(desk.calls) >= 6


async def test_following_ends_where_the_caller_may_no_longer_hear():
    desk = Desk()
    desk.refusals = [(403, {})]
    async with desk.client() as client:
        with pytest.raises(Refused, match="403"):
            await anext(client.follow())
    assert len(desk.calls) == 1


async def test_following_waits_longer_the_longer_nothing_comes():
    desk, waits = Desk(), []
    desk.refusals = [(503, {"Retry-After": "3600"}), *itertools.repeat((503, {}), 9)]

    async def note(seconds):
        waits.append(seconds)

    with served(desk.app) as url:
        async with Client(url, transport=httpx2.AsyncHTTPTransport(), sleep=note) as client:
            await anext(client.follow())
    assert len(waits) == 10
    assert waits[0] == 60.0
    assert 8.0 > waits[-1] >= 4.0


@pytest.mark.parametrize(
    "page", ["[]", '{"items": [{}], "next_cursor": "p"}', '{"items": []}', '{"items": 7}', "null"]
)
async def test_what_is_no_page_of_the_feed_is_not_understood(page):
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, text=page))
    async with Client("http://t", transport=transport) as client:
        with pytest.raises(NotUnderstood, match="GET /v1/events"):
            await anext(client.events())


@pytest.mark.parametrize(
    ("media", "text"),
    [
        ("text/html", "<h1>Welcome</h1>"),
        ("text/event-stream", "data: {\n\n"),
        ("text/event-stream", "data: {}\n\n"),
    ],
)
async def test_a_stream_of_something_else_is_not_understood(media, text):
    answer = httpx2.Response(200, text=text, headers={"Content-Type": media})
    async with Client("http://t", transport=httpx2.MockTransport(lambda _: answer)) as client:
        with pytest.raises(NotUnderstood, match="GET /v1/events"):
            await anext(client.follow())


async def test_an_endpoint_is_made_and_listed():
    async with Desk().client() as client:
        made = await client.add_endpoint("https://in.example", ["*"], "Ours", key="once")
        assert (made.id, made.secret, made.status, made.description) == ("e-1", "whsec_x", "active", "Ours")
        assert "whsec_x" not in repr(made)
        assert [each.id async for each in client.endpoints()] == ["e-1", "e-2"]
