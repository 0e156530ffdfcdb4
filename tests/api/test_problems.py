"""Every refusal is problem details: errors, statuses and pages are tables that agree."""

import html
import json
import socket
from collections.abc import Iterator

import httpx2
import pytest
from fastapi import FastAPI

from app.api import problems
from app.api.described_answers import FLAWS
from app.api.problem_pages import PAGES
from app.domain import errors
from tests.given import Given
from tests.served import served

PATH = "/v1/designation-requests"
MADE_AT_THE_EDGE = {"method-not-allowed", "malformed-request", "fault", "refused"}
MEMBERS = {"type", "title", "status", "detail", "instance", "code", "request_id"}


def _kinds(root: type[errors.DomainError] = errors.DomainError) -> Iterator[type[errors.DomainError]]:
    for kind in root.__subclasses__():
        yield kind
        yield from _kinds(kind)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is shown here is the edge's own; one database shows it."""
    return sqlite_url


def named(kind: type[errors.DomainError]) -> str:
    return kind.code


KINDS = sorted(set(_kinds()), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_every_error_has_a_status_and_a_page_that_agree(kind):
    assert problems.status_of(kind) == PAGES[kind.code].status


# What raises these says where, each time.
NAMES_PLACES = {errors.Invalid, errors.NotReady, errors.TargetNotAllowed}


@pytest.mark.parametrize("kind", [each for each in KINDS if problems.status_of(each) == 422], ids=named)
def test_whatever_cannot_be_processed_says_where(kind):
    assert (kind in NAMES_PLACES) != bool(kind().flaws)
    assert kind.code in FLAWS


async def test_a_key_used_again_for_another_body_and_an_empty_file_are_told_at_their_places(given: Given):
    person = await given.member()
    keyed = {"headers": {"Idempotency-Key": "one"}}
    assert (await person.post(PATH, json={"content": {"title": "One"}}, **keyed)).status_code == 201
    reused = await person.post(PATH, json={"content": {"title": "Two"}}, **keyed)
    empty = await person.post(
        f"{PATH}/{(await given.draft(person))['number']}/attachments",
        files={"file": ("notes.txt", b"", "text/plain")},
        data={"kind": "other"},
    )
    for answered, place, rule in (
        (reused, "/header/Idempotency-Key", "idempotency-key-reused"),
        (empty, "/file", "file-refused"),
    ):
        assert answered.status_code == 422, answered.text
        [flaw] = answered.json()["errors"]
        assert (flaw["pointer"], flaw["rule"]) == (place, rule)
        assert flaw["detail"] == answered.json()["detail"]


def test_no_two_errors_share_a_code():
    codes = [kind.code for kind in KINDS]
    assert sorted(codes) == sorted(set(codes))


def test_every_page_tells_of_something_that_can_happen():
    assert set(PAGES) == {kind.code for kind in KINDS} | MADE_AT_THE_EDGE


@pytest.mark.parametrize("code", sorted(PAGES))
async def test_the_type_of_every_problem_resolves_to_a_page(client: httpx2.AsyncClient, code):
    answered = await client.get(f"/problems/{code}")
    assert answered.status_code == 200
    assert answered.headers["content-type"].startswith("text/html")
    page = PAGES[code]
    for words in (page.title, "Cause", "Fix", "Example"):
        assert words in html.unescape(answered.text)


FRAMEWORK = [
    ("GET", "/nowhere", {}, 404, "not-found"),
    ("GET", "/v1/designation-requests/", {}, 404, "not-found"),
    ("PUT", PATH, {}, 405, "method-not-allowed"),
    ("TRACE", "/healthz", {}, 405, "method-not-allowed"),
    ("GET", "/healthz", {"headers": {"Accept": "image/png"}}, 406, "not-acceptable"),
    ("GET", "/healthz?surprise=1", {}, 422, "invalid"),
    ("GET", "/problems/nothing-like-it", {}, 404, "not-found"),
]


@pytest.mark.parametrize(("method", "path", "sent", "status", "code"), FRAMEWORK)
async def test_the_frameworks_own_refusals_are_problems_too(client, method, path, sent, status, code):
    answered = await client.request(method, path, **sent)
    assert (answered.status_code, answered.json()["code"]) == (status, code)
    assert answered.headers["content-type"] == "application/problem+json"
    assert answered.json().keys() >= MEMBERS
    assert answered.json()["type"] == f"/problems/{code}"
    assert answered.json()["request_id"] == answered.headers["x-request-id"]


@pytest.mark.parametrize("head", ["NONSENSE /v1/keys HTTP/1.1\r\nHost: x", "GET /v1/keys HTTP/1.1\r\nHost x"])
def test_what_is_no_http_at_all_is_a_problem_too(head: str):
    with served(FastAPI()) as url, socket.create_connection(url.removeprefix("http://").split(":")) as peer:
        peer.settimeout(5)
        peer.sendall(f"{head}\r\n\r\n".encode())
        answered = b"".join(iter(lambda: peer.recv(4096), b""))
    told, _, body = answered.partition(b"\r\n\r\n")
    problem = json.loads(body)
    assert told.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/problem+json" in told.lower()
    assert set(problem) == MEMBERS
    assert (problem["status"], problem["code"]) == (400, "malformed-request")


async def test_a_wrong_method_is_told_the_right_ones(client):
    answered = await client.put(PATH)
    assert answered.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    options = await client.options(PATH)
    assert (options.status_code, options.headers["allow"]) == (204, answered.headers["allow"])
    draft = await client.put(f"{PATH}/AMT-2026-00001")
    assert draft.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH"


async def test_head_tells_what_get_would_without_the_content(given: Given):
    person = await given.member()
    draft = await given.draft(person)
    for path in ("/healthz", f"{PATH}/{draft['number']}", PATH, f"{PATH}/AMT-2026-99999"):
        get, head = await person.get(path), await person.call("HEAD", path)
        assert head.content == b""
        assert head.status_code == get.status_code
        for name in ("content-type", "content-length", "etag"):
            assert head.headers.get(name) == get.headers.get(name)


async def test_a_fault_shows_nothing_of_its_inside_and_keeps_its_headers(service, client):
    async def faulty(request):
        raise RuntimeError("canary: the inside")

    service.router.add_route("/faulty", faulty)
    answered = await client.get("/faulty", headers={"X-Request-Id": "mine"})
    assert (answered.status_code, answered.json()["code"]) == (500, "fault")
    assert "canary" not in answered.text
    assert "Traceback" not in answered.text
    assert answered.headers["x-request-id"] == answered.json()["request_id"] == "mine"
    assert "ratelimit" in answered.headers
    assert answered.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("sent", ["", "has blanks", "x" * 65, 'quote"', "é"])
async def test_a_request_id_that_is_none_is_replaced(client, sent):
    answered = await client.get("/healthz", headers={"X-Request-Id": sent.encode()})
    assert answered.headers["x-request-id"] not in {"", sent}


async def test_trace_context_goes_in_and_out(client):
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert (await client.get("/healthz", headers={"traceparent": trace})).headers["traceparent"] == trace
    assert "traceparent" not in (await client.get("/healthz", headers={"traceparent": "00-x"})).headers


async def test_what_a_caller_holds_already_is_not_sent_again(given: Given):
    person = await given.member()
    draft = await given.draft(person)
    for path in (f"{PATH}/{draft['number']}", PATH, f"{PATH}/{draft['number']}/versions/1", "/v1/keys"):
        tag = (await person.get(path)).headers["etag"]
        for held in (tag, f'"other", W/{tag}', "*"):
            again = await person.get(path, headers={"If-None-Match": held})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert (await person.get(path, headers={"If-None-Match": '"other"'})).status_code == 200
