"""Bad input: each kind gets its documented problem; nothing is half-written, nothing of it comes back."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from app.api.problem_pages import PAGES
from app.store.requests import requests as request_table
from tests.given import Given
from tests.tables import snapshot

PATH = "/v1/designation-requests"
JSON = {"Content-Type": "application/json"}
CANARY = "canary-7f3a"
TARGET = '{"content":{"scalability":{"targets":[{"basis":"volume","quantity":{"value":%s,"unit":"L"}}]}}}'
RUNS = '{"content":{"scalability":{"evidence":[{"key":"e","kind":"experiment","runs":{"attempted":%s}}]}}}'


def nested(depth: int, opening: str = '{"a":', closing: str = "}") -> str:
    return '{"content":' + opening * depth + "1" + closing * depth + "}"


@dataclass(frozen=True)
class Bad:
    """What is sent, and the status and code it gets."""

    name: str
    status: int
    code: str
    body: str | bytes = '{"content":{}}'
    headers: dict[str, str] = field(default_factory=lambda: JSON)
    query: str = ""
    pointer: str | None = None
    method: str = "POST"
    path: str = PATH

    @property
    def raw(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else self.body


TABLE = [
    Bad("no JSON at all", 400, "malformed-json", CANARY),
    Bad("JSON cut short", 400, "malformed-json", '{"content": {"title": "' + CANARY),
    Bad("two values", 400, "malformed-json", '{"content":{}} {"content":{}}'),
    Bad("a trailing comma", 400, "malformed-json", '{"content":{},}'),
    Bad("single quotes", 400, "malformed-json", "{'content':{}}"),
    Bad("bytes that are not UTF-8", 400, "malformed-json", b'{"content":{"title":"\xff\xfe"}}'),
    Bad("UTF-16", 400, "malformed-json", '{"content":{}}'.encode("utf-16")),
    Bad("a byte order mark", 400, "malformed-json", b'\xef\xbb\xbf{"content":{}}'),
    Bad("a raw control character", 400, "malformed-json", '{"content":{"title":"a\x00b"}}'),
    Bad("NaN", 400, "malformed-json", TARGET % "NaN"),
    Bad("Infinity", 400, "malformed-json", TARGET % "-Infinity"),
    Bad("a hundred levels of objects", 400, "malformed-json", nested(100)),
    Bad("a hundred levels of lists", 400, "malformed-json", nested(100, "[", "]")),
    Bad("a hundred thousand levels", 400, "malformed-json", nested(100_000, "[", "]")),
    Bad("a lone surrogate", 400, "malformed-json", '{"content":{"title":"\\ud800"}}'),
    Bad("a lone surrogate as a name", 400, "malformed-json", '{"content":{"\\udc00":1}}'),
    Bad("1e999", 422, "invalid", TARGET % "1e999", pointer="/content/scalability/targets/0/quantity/value"),
    Bad("-1e999", 422, "invalid", TARGET % "-1e999", pointer="/content/scalability/targets/0/quantity/value"),
    Bad("1e-999999999", 422, "invalid", TARGET % "1e-999999999"),
    Bad("a number of 10,000 digits", 400, "malformed-json", TARGET % ("9" * 10_000)),
    Bad("a figure as text", 422, "invalid", TARGET % f'"{CANARY}"'),
    Bad("a figure as true", 422, "invalid", TARGET % "true"),
    Bad("a negative count", 422, "invalid", RUNS % "-1",
        pointer="/content/scalability/evidence/0/runs/attempted"),
    Bad("a fraction of a count", 422, "invalid", RUNS % "1.5"),
    Bad("a huge count", 422, "invalid", RUNS % ("1" + "0" * 30)),
    Bad("a list for an object", 422, "invalid", '{"content":[]}', pointer="/content"),
    Bad("null for the content", 422, "invalid", '{"content":null}', pointer="/content"),
    Bad("a number for a text", 422, "invalid", '{"content":{"title":7}}', pointer="/content/title"),
    Bad("a list for a body", 422, "invalid", "[]"),
    Bad("a text for a body", 422, "invalid", f'"{CANARY}"'),
    Bad("null for a body", 422, "invalid", "null"),
    Bad("no body", 400, "malformed-json", ""),
    Bad("no content", 422, "invalid", "{}", pointer="/content"),
    Bad("an unknown member", 422, "invalid", '{"content":{},"surprise":"' + CANARY + '"}', pointer="/surprise"),
    Bad("an unknown member far inside", 422, "invalid", '{"content":{"method":{"surprise":1}}}',
        pointer="/content/method/surprise"),
    Bad("a name of 1 MB", 422, "invalid", '{"content":{"' + CANARY * 90_000 + '":1}}'),
    Bad("an over-long text", 422, "invalid", '{"content":{"title":"' + CANARY * 1000 + '"}}',
        pointer="/content/title"),
    Bad("an empty text", 422, "invalid", '{"content":{"title":""}}', pointer="/content/title"),
    Bad("control characters in a line", 422, "invalid", '{"content":{"title":"a\\u0000b"}}',
        pointer="/content/title"),
    Bad("letters that turn the reading order", 422, "invalid", '{"content":{"title":"a\\u202eb"}}'),
    Bad("an unknown discriminator", 422, "invalid",
        '{"content":{"criteria":{"improvements":[{"ground":"' + CANARY + '"}]}}}'),
    Bad("a date that is none", 422, "invalid",
        '{"content":{"method":{"versions":[{"version":"1","dated":"2026-02-30"}]}}}'),
    Bad("a count of seconds for a date", 422, "invalid",
        '{"content":{"method":{"versions":[{"version":"1","dated":1700000000}]}}}'),
    Bad("an id that is none", 422, "invalid", '{"content":{},"applicant_id":"' + CANARY + '"}',
        pointer="/applicant_id"),
    Bad("an applicant that is not one's own", 422, "invalid",
        '{"content":{},"applicant_id":"0192f3c4-7b1e-7c3a-9d52-3f0a6b1c8e44"}', pointer="/applicant_id"),
    Bad("another media type", 415, "unsupported-media-type", headers={"Content-Type": "text/plain"}),
    Bad("a form", 415, "unsupported-media-type", headers={"Content-Type": "application/x-www-form-urlencoded"}),
    Bad("a body in a coding", 415, "unsupported-media-type", headers={**JSON, "Content-Encoding": "gzip"}),
    Bad("no media type", 415, "unsupported-media-type", headers={"Content-Type": ""}),
    Bad("an answer nobody has", 406, "not-acceptable", headers={**JSON, "Accept": "text/csv"}),
    Bad("everything excluded by weight", 406, "not-acceptable", headers={**JSON, "Accept": "*/*;q=0.0"}),
    Bad("an answer excluded by weight", 406, "not-acceptable",
        headers={**JSON, "Accept": "application/json;q=0"}),
    Bad("an unknown parameter", 422, "invalid", query=f"?{CANARY}=1", pointer="/query"),
    Bad("an empty Idempotency-Key", 422, "invalid", headers={**JSON, "Idempotency-Key": '""'},
        pointer="/header/Idempotency-Key"),
    Bad("an Idempotency-Key too long", 422, "invalid", headers={**JSON, "Idempotency-Key": "k" * 256},
        pointer="/header/Idempotency-Key"),
    Bad("a filter that is none", 422, "invalid", b"", {}, f"?status={CANARY}", "/query/status", "GET"),
    Bad("a page too large", 422, "invalid", b"", {}, "?limit=201", "/query/limit", "GET"),
    Bad("a page of nothing", 422, "invalid", b"", {}, "?limit=0", "/query/limit", "GET"),
    Bad("a cursor of one's own making", 422, "invalid", b"", {}, f"?cursor={CANARY}", "/query/cursor", "GET"),
    Bad("a filter given twice", 422, "invalid", b"", {}, "?limit=1&limit=2", "/query/limit", "GET"),
    Bad("a zero byte in a search", 422, "invalid", b"", {}, "?q=%00", "/query/q", "GET"),
    Bad("a zero byte in an address", 422, "invalid", b"", {}, "", None, "GET", f"{PATH}/%00"),
    Bad("an address of 10,000 letters", 422, "invalid", b"", {}, "", None, "GET", f"{PATH}/{'A' * 10_000}"),
]  # fmt: skip


async def test_bad_input_gets_its_problem_and_leaves_no_trace(given: Given, subtests: pytest.Subtests):
    person = await given.member()
    before = await snapshot(given.runtime.database)
    for bad in TABLE:
        with subtests.test(bad.name):
            answered = await person.call(
                bad.method, bad.path + bad.query, content=bad.raw, headers=bad.headers
            )
            assert (answered.status_code, answered.json()["code"]) == (bad.status, bad.code), answered.text
            assert answered.headers["content-type"] == "application/problem+json"
            if bad.pointer is not None:
                assert bad.pointer in {each["pointer"] for each in answered.json()["errors"]}
            _shows_nothing(answered)
            assert await snapshot(given.runtime.database) == before


def test_every_code_of_the_table_has_the_status_of_its_page():
    assert {bad.code: bad.status for bad in TABLE} == {bad.code: PAGES[bad.code].status for bad in TABLE}


def _shows_nothing(answered: Any) -> None:
    said = dict(answered.json())
    said.pop("instance")  # the address, which is the caller's own
    for member in said.pop("errors", ()):
        member.pop("pointer")  # a name of the caller's may stand in a pointer; its value never does
        said.setdefault("told", []).append(member)
    for word in (CANARY, "Traceback", "site-packages", "sqlalchemy", "pydantic", "msgspec", ".py"):
        assert word not in str(said), answered.text
    assert len(answered.content) < 20_000


async def test_a_patch_in_another_form_than_a_merge_patch_is_told_the_right_ones(given: Given):
    person = await given.member()
    draft = await given.draft(person)
    raw, path = b'{"content":{"title":"Other"}}', f"{PATH}/{draft['number']}"
    for media, status in (
        ("application/json-patch+json", 415),
        ("application/merge-patch+json", 200),
    ):
        headers = {"Content-Type": media, "If-Match": draft["etag"]}
        answered = await person.patch(path, content=raw, headers=headers)
        assert answered.status_code == status, answered.text
        told = answered.headers.get("accept-patch")
        assert told == ("application/merge-patch+json, application/json" if status == 415 else None)


async def test_a_name_sent_twice_counts_once_with_its_last_value(given: Given):
    person = await given.member()
    twice = b'{"content":{"title":"One"},"content":{"title":"Two"}}'
    answered = await person.post(PATH, content=twice, headers=JSON)
    assert (answered.status_code, answered.json()["content"]) == (201, {"title": "Two"})


async def test_every_flaw_of_a_body_is_named_at_once_and_never_more_than_a_hundred(given: Given):
    person = await given.member()
    some = {"title": 7, "method": {"name": 8, "surprise": 9}, "sites": [{"key": ""}]}
    answered = await person.post(PATH, json={"content": some, "applicant_id": 1})
    pointers = {each["pointer"] for each in answered.json()["errors"]}
    assert {
        "/content/title",
        "/content/method/name",
        "/content/method/surprise",
        "/content/sites/0/key",
    } <= pointers
    many = await person.post(PATH, json={"content": {f"m{n}": n for n in range(500)}})
    assert len(many.json()["errors"]) == 100


PATCHES: list[tuple[str, Any]] = [
    ("a content that is not an object", {"content": [1]}),
    ("a member of the wrong type", {"content": {"title": [CANARY]}}),
    ("a member nobody knows", {"content": {CANARY: 1}}),
    ("no content", {}),
    ("content beside something else", {"content": {}, "applicant_id": None}),
]


async def test_a_patch_that_cannot_be_leaves_the_draft_as_it_was(given: Given, subtests: pytest.Subtests):
    person = await given.member()
    draft = await given.draft(person)
    before = await snapshot(given.runtime.database)
    headers = {"If-Match": draft["etag"]}
    for name, patch in PATCHES:
        with subtests.test(name):
            answered = await person.patch(f"{PATH}/{draft['number']}", json=patch, headers=headers)
            assert (answered.status_code, answered.json()["code"]) == (422, "invalid")
            _shows_nothing(answered)
            assert await snapshot(given.runtime.database) == before


async def test_a_patch_too_deep_once_merged_is_refused(given: Given):
    person = await given.member()
    draft = await given.draft(person)
    body = nested(31).encode()
    answered = await person.patch(
        f"{PATH}/{draft['number']}", content=body, headers={**JSON, "If-Match": draft["etag"]}
    )
    assert answered.status_code in {400, 422}
    _shows_nothing(answered)


CHANGES = [
    ("PATCH", "", {"json": {"content": {"title": "Other"}}}),
    ("PUT", "/evidence/e", {"json": {"key": "e", "kind": "experiment"}}),
    ("DELETE", "", {}),
]


async def test_a_stale_tag_changes_nothing_and_is_told_the_current_one(given: Given):
    person = await given.member()
    draft = await given.draft(person)
    before = await snapshot(given.runtime.database)
    for method, below, sent in CHANGES:
        path = f"{PATH}/{draft['number']}{below}"
        weak = f"W/{draft['etag']}"  # says that it is as good, not that it is the same (RFC 9110 13.1.1)
        for tag in ('"p1"', '"other"', "other", 'W/"x", "y"', ",", '"', weak, f'"other", {weak}'):
            answered = await person.call(method, path, headers={"If-Match": tag}, **sent)
            assert (answered.status_code, answered.json()["code"]) == (412, "precondition-failed")
            assert answered.json()["current_etag"] == answered.headers["etag"] == draft["etag"]
        without = await person.call(method, path, **sent)
        assert (without.status_code, without.json()["code"]) == (428, "precondition-required")
    assert await snapshot(given.runtime.database) == before
    both = f"W/{draft['etag']}, {draft['etag']}"
    answered = await person.patch(
        f"{PATH}/{draft['number']}", json={"content": {"title": "Other"}}, headers={"If-Match": both}
    )
    assert answered.status_code == 200


async def test_a_transition_that_insists_on_a_weak_tag_is_not_made(given: Given):
    person = await given.member()
    draft = await given.ready_draft(person)
    path = f"{PATH}/{draft['number']}"
    tag = (await person.get(path)).headers["etag"]
    body = {"name": "submit", "signature": given.signature(person)}
    weak = await person.post(f"{path}/transitions", json=body, headers={"If-Match": f"W/{tag}"})
    assert (weak.status_code, weak.json()["current_etag"]) == (412, tag)
    made = await person.post(f"{path}/transitions", json=body, headers={"If-Match": tag})
    assert made.status_code == 200, made.text


async def _drafts(given: Given) -> int:
    async with given.runtime.database.reading() as db:
        return len((await db.execute(select(request_table.c.id))).all())


async def test_many_calls_at_once_with_one_key_make_one_draft(given: Given):
    person = await given.member()
    sent = {"json": {"content": {"title": "One"}}, "headers": {"Idempotency-Key": "once"}}
    answers = await asyncio.gather(*(person.post(PATH, **sent) for _ in range(12)))
    made = [each for each in answers if each.status_code == 201]
    told = [each for each in answers if each.status_code == 409]
    assert len(made) + len(told) == 12
    assert made
    assert len({each.json()["number"] for each in made}) == 1
    for each in told:
        assert each.json()["code"] == "still-running"
        assert int(each.headers["retry-after"]) >= 1
    assert await _drafts(given) == 1
    again = await person.post(PATH, **sent)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")


async def test_a_key_still_running_is_told_to_wait(given: Given):
    person = await given.member()
    await given.draft(person)
    running = given.runtime.running
    keys_seen: list[str] = []

    class Everything(set[str]):
        def __contains__(self, key: object) -> bool:
            keys_seen.append(str(key))
            return True

    given.runtime.running = Everything()
    answered = await person.post(PATH, json={"content": {}}, headers={"Idempotency-Key": "busy"})
    given.runtime.running = running
    assert (answered.status_code, answered.json()["code"]) == (409, "still-running")
    assert int(answered.headers["retry-after"]) >= 1
    assert keys_seen
    assert "busy" not in keys_seen[0]
    assert (
        await person.post(PATH, json={"content": {}}, headers={"Idempotency-Key": "busy"})
    ).status_code == 201


async def test_a_key_belongs_to_its_caller_and_its_address(given: Given):
    one, other = await given.member(), await given.member()
    headers = {"Idempotency-Key": "shared"}
    first = await one.post(PATH, json={"content": {}}, headers=headers)
    second = await other.post(PATH, json={"content": {}}, headers=headers)
    assert first.json()["number"] != second.json()["number"]
    elsewhere = await one.post("/v1/readiness-checks", json={"content": {}}, headers=headers)
    assert "idempotency-replayed" not in elsewhere.headers
    assert elsewhere.json()["result"] == "not_assessable"


@pytest.mark.parametrize("path", ["/v1/readiness-checks", PATH])
async def test_a_key_is_good_for_one_body_wherever_it_is_sent(given: Given, path):
    person = await given.member()
    headers = {"Idempotency-Key": '"quoted or bare"'}
    first = await person.post(path, json={"content": {"title": "One"}}, headers=headers)
    bare = {"Idempotency-Key": "quoted or bare"}
    again = await person.post(path, json={"content": {"title": "One"}}, headers=bare)
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    other = await person.post(path, json={"content": {"title": "Two"}}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


async def test_a_refused_call_does_not_use_up_its_key(given: Given):
    person = await given.member()
    headers = {"Idempotency-Key": "again"}
    assert (await person.post(PATH, json={"content": 1}, headers=headers)).status_code == 422
    assert (await person.post(PATH, json={"content": {}}, headers=headers)).status_code == 201


async def test_a_pointer_leads_into_what_was_sent_whatever_its_names_are(given: Given):
    """A transition is told apart by its `name`; so may an applicant be called that lacks the member of this name."""
    desk, person = await given.desk(), await given.member()
    number = (await given.submitted(person))["number"]
    asked = {"name": "request_information", "questions": [{"opens": []}], "reply_by": "2026-06-20"}
    for path, body in (
        (f"{PATH}/{number}/transitions", asked),
        (f"{PATH}/bulk-transitions", {"items": [{"reference": number, "transition": asked}]}),
    ):
        refused = await desk.coordinator.post(path, json=body)
        (pointer,) = [each["pointer"] for each in refused.json()["errors"]]
        assert pointer.endswith("/questions/0/text")
        assert "request_information" not in pointer
    nameless = {
        "applicant": {"name": "type", "country": "US"},
        "person": {"name": "email", "password": "x" * 16},
    }
    refused = await given.client.post("/v1/registrations", json=nameless)
    assert {each["pointer"] for each in refused.json()["errors"]} == {"/applicant/type", "/person/email"}
