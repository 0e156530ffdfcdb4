"""How often, how long and with what a call is repeated, against a service played by a function."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest

from app.client import Busy, Client, NotUnderstood, Patience, Refused, Stale, Unreachable
from app.client.faults import seconds_in
from tests.clock import START

DRAFT = {
    "id": "0193a1ec-1b2c-7d3e-8f40-51627384a5b6", "number": "AMT-2026-00017", "url": "/v1/designation-requests/17",
    "status": "draft", "version": 1, "title": "One", "applicant": {"id": "a", "name": "Northfield"},
    "readiness": {"ready": False, "result": "gap"}, "created_at": START.isoformat(),
    "updated_at": START.isoformat(), "received_at": None, "received_on": None, "statutory_due_on": None,
    "ended_on": None, "content": {"title": "One"},
}  # fmt: skip
SOON = {"Retry-After": "3"}


class Played:
    """Plays the service by a list of answers and faults, and keeps what it was sent."""

    def __init__(self, *script):
        self.script, self.sent, self.waits = list(script), [], []

    async def __call__(self, request):
        self.sent.append((request, await request.aread()))
        step = self.script.pop(0)
        if isinstance(step, type) and issubclass(step, Exception):
            raise step("played", request=request)
        status, body, headers = step if isinstance(step, tuple) else (step, {"code": "played"}, {})
        if isinstance(body, str):
            return httpx2.Response(status, text=body, headers=headers)
        return httpx2.Response(status, json=body, headers=headers)

    async def sleep(self, seconds):
        self.waits.append(seconds)

    def client(self):
        patience = Patience(tries=4, first=1.0)
        transport = httpx2.MockTransport(self)
        return Client("http://test", "amtdp_key", patience=patience, transport=transport, sleep=self.sleep)

    @property
    def keys(self):
        return [request.headers.get("Idempotency-Key") for request, _ in self.sent]


PASSING = [
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.ReadError,
    httpx2.ReadTimeout,
    httpx2.WriteError,
    httpx2.RemoteProtocolError,
    (429, {"code": "too-many-requests"}, SOON),
    (503, "gone for a moment", SOON),
    (502, "<h1>Bad gateway</h1>", {}),
    (504, "", {}),
    (409, {"code": "still-running"}, SOON),
]


@pytest.mark.parametrize("fault", PASSING, ids=str)
async def test_what_passes_is_tried_again_with_the_same_body_and_key(fault):
    played = Played(fault, fault, (201, DRAFT, {"ETag": '"a1"'}))
    async with played.client() as client:
        draft = await client.open_draft({"title": "One"})
    assert draft.etag == '"a1"'
    assert len(played.sent) == 3
    assert len({body for _, body in played.sent}) == 1
    (key,) = set(played.keys)
    assert len(key) == 36
    least = 3.0 if isinstance(fault, tuple) and fault[2] else 0.5
    assert all(wait >= least for wait in played.waits)


@pytest.mark.parametrize("fault", [400, 401, 403, 404, 409, 412, 413, 422, 423, 500, 301])
async def test_what_does_not_pass_is_told_at_once(fault):
    played = Played(fault)
    async with played.client() as client:
        with pytest.raises(Refused) as refused:
            await client.open_draft({"title": "One"})
    assert (refused.value.status, len(played.sent)) == (fault, 1)


async def test_two_calls_never_share_a_key():
    played = Played((201, DRAFT, {}), (201, DRAFT, {}))
    async with played.client() as client:
        await client.open_draft({"title": "One"})
        await client.open_draft({"title": "One"})
    assert len(set(played.keys)) == 2


async def test_a_read_has_no_key_and_a_change_carries_the_tag_it_was_read_with():
    played = Played(
        (200, DRAFT, {"ETag": '"a1"'}), (200, DRAFT, {"ETag": '"a2"'}), (200, DRAFT, {"ETag": '"a3"'})
    )
    async with played.client() as client:
        draft = await client.request("AMT-2026-00017")
        draft = await client.amend(draft, {"title": "Two"})
        await client.put_evidence(draft, {"key": "ev-1"})
    assert [request.headers.get("If-Match") for request, _ in played.sent] == [None, '"a1"', '"a2"']
    assert played.keys == [None, None, None]
    assert {request.headers["Authorization"] for request, _ in played.sent} == {"Bearer amtdp_key"}


async def test_patience_ends_and_says_why():
    played = Played(*[httpx2.ReadError] * 4)
    async with played.client() as client:
        with pytest.raises(Unreachable, match="4 tries") as fault:
            await client.request("AMT-2026-00017")
    assert isinstance(fault.value.__cause__, httpx2.ReadError)
    assert len(played.waits) == 3
    busy = Played(*[(503, {"code": "unavailable"}, SOON)] * 4)
    async with busy.client() as client:
        with pytest.raises(Busy) as refused:
            await client.request("AMT-2026-00017")
    assert (refused.value.retry_after, len(busy.sent)) == (3.0, 4)


async def test_a_wait_longer_than_ones_patience_is_left_to_the_caller():
    played = Played((429, {"code": "too-many-requests"}, {"Retry-After": "3600"}))
    async with played.client() as client:
        with pytest.raises(Busy) as refused:
            await client.request("AMT-2026-00017")
    assert (refused.value.retry_after, played.waits) == (3600.0, [])


def test_waits_double_with_jitter_and_end():
    patience = Patience(tries=8, first=1.0, longest=10.0)
    for failed, most in enumerate((1, 2, 4, 8, 10, 10, 10), start=1):
        waits = {patience.wait(failed, None) for _ in range(50)}
        assert all(most / 2 <= wait <= most for wait in waits)
        assert len(waits) > 1
        assert patience.wait(failed, 9.5) == pytest.approx(9.75, abs=0.25) or most < 10
        assert patience.wait(failed, 11.0) is None
    assert patience.wait(8, None) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0), ("120", 120.0), ("9" * 400, 999999999.0),
        (format_datetime(START + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(START - timedelta(seconds=90), usegmt=True), 0.0),
        ("", None), ("soon", None), ("-5", None), ("1.5", None), ("٣", None), ("Mon, 99 Foo 2026", None),
    ],
)  # fmt: skip
def test_both_forms_of_retry_after_are_understood_and_nothing_else(header, seconds):
    assert seconds_in(header, START) == seconds


LOST = httpx2.ReadError
STALE = (412, {"code": "precondition-failed"}, {"ETag": '"a2"'})


def _now(title):
    return 200, {**DRAFT, "version": 2, "content": {"title": title, "share": 0.1}}, {"ETag": '"a2"'}


async def test_a_change_whose_answer_got_lost_is_found_to_be_made():
    played = Played((200, DRAFT, {"ETag": '"a1"'}), LOST, STALE, _now("Two"))
    async with played.client() as client:
        draft = await client.request("AMT-2026-00017")
        assert (await client.amend(draft, {"title": "Two", "share": 0.1})).etag == '"a2"'


@pytest.mark.parametrize(
    "script",
    [
        [LOST, STALE, _now("Someone else's")],  # the answer got lost, but another change is there
        [STALE],  # nothing got lost
        [httpx2.ConnectError, STALE],  # nothing had been sent
        [(503, {}, {}), STALE],  # it was answered
    ],
)
async def test_a_change_that_was_not_made_stays_stale(script):
    played = Played((200, DRAFT, {"ETag": '"a1"'}), *script)
    async with played.client() as client:
        draft = await client.request("AMT-2026-00017")
        with pytest.raises(Stale):
            await client.amend(draft, {"title": "Two"})
    assert played.script == []


async def test_an_evidence_item_whose_answer_got_lost_is_found_to_be_there():
    item = {"key": "ev-1", "kind": "experiment", "share": 0.1}
    kept = {**DRAFT, "content": {"scalability": {"evidence": [{"key": "ev-0"}, item]}}}
    played = Played((200, DRAFT, {"ETag": '"a1"'}), LOST, STALE, (200, kept, {"ETag": '"a2"'}))
    async with played.client() as client:
        draft = await client.request("AMT-2026-00017")
        assert (await client.put_evidence(draft, item)).etag == '"a2"'


@pytest.mark.parametrize(
    "answer",
    [
        (200, "<html>", {}),
        (200, "[]", {}),
        (200, "null", {}),
        (200, {"id": "1"}, {}),
        (200, "", {}),
        (200, '"x"', {}),
    ],
)
async def test_an_answer_that_is_not_the_services_is_not_understood(answer):
    async with Played(answer).client() as client:
        with pytest.raises(NotUnderstood, match="GET /v1/designation-requests/1"):
            await client.request("1")


@pytest.mark.parametrize(
    "body", ["<h1>Teapot</h1>", "", "[]", '{"errors": ["x", {"pointer": "/a"}], "code": 7}']
)
async def test_a_refusal_without_problem_details_is_still_one(body):
    async with Played((400, body, {"X-Request-Id": "r-1"})).client() as client:
        with pytest.raises(Refused) as refused:
            await client.request("1")
    assert (refused.value.status, refused.value.request_id) == (400, "r-1")


def test_now_is_taken_where_no_clock_is_given():
    refused = Refused(
        "GET /", 429, {}, {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(hours=1))}
    )
    assert 3500 < refused.retry_after < 3700
