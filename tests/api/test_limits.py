"""The allowance of a caller."""

import httpx2
import pytest
from pydantic import ValidationError

from app.api.envelope import Bucket
from app.settings import Settings


@pytest.fixture
def settings(sqlite_url, tmp_path) -> Settings:
    return Settings(
        data_dir=tmp_path / "var",
        database_url=sqlite_url,
        rate_per_minute=30,
        max_body_bytes=2048,
        webhook_sources="203.0.113.0/28  2001:db8::7",
    )


async def test_past_the_allowance_a_caller_is_told_how_long_to_wait(client: httpx2.AsyncClient):
    answers = [await client.get("/v1/keys") for _ in range(5)]
    assert [each.status_code for each in answers[:3]] == [200, 200, 200]
    refused = answers[-1]
    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-requests")
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.headers["ratelimit-policy"] == '"calls";q=3;w=60'
    assert answers[0].headers["ratelimit"] == '"calls";r=2;t=20'
    left, _, until = refused.headers["ratelimit"].removeprefix('"calls";').partition(";")
    assert left == "r=0"
    assert 50 < int(until.removeprefix("t=")) <= 60
    assert (await client.get("/healthz")).status_code == 200


def test_an_allowance_fills_steadily_and_never_past_a_minutes_worth():
    bucket = Bucket(2.0, at=0.0)
    assert [bucket.take(60, 0.0), bucket.take(60, 0.0)] == [0.0, 0.0]
    assert bucket.take(60, 0.0) == 1.0
    assert bucket.take(60, 1.0) == 0.0
    assert bucket.full_in(60) == 60
    bucket.take(60, 10_000.0)
    assert (bucket.level, bucket.full_in(60)) == (59, 1)


async def test_a_body_past_the_limit_is_refused_with_its_code(given):
    person = await given.member()
    body = b'{"content": {"title": "' + b"x" * 3000 + b'"}}'
    headers = {"Content-Type": "application/json"}
    refused = await person.post("/v1/designation-requests", content=body, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (413, "too-large")
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["x-request-id"] == refused.json()["request_id"]

    async def in_pieces():
        for start in range(0, len(body), 500):
            yield body[start : start + 500]

    refused = await person.post("/v1/designation-requests", content=in_pieces(), headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (413, "too-large")


async def test_the_limits_name_the_networks_that_webhooks_come_from(client: httpx2.AsyncClient):
    limits = (await client.get("/v1/program/limits")).json()
    assert limits["webhook_sources"] == ["203.0.113.0/28", "2001:db8::7/128"]


@pytest.mark.parametrize("given", ["203.0.113.5/28", "intake.example", "203.0.113.0/33"])
def test_a_source_that_is_no_network_is_noticed_at_start(given):
    with pytest.raises(ValidationError, match="webhook_sources"):
        Settings(webhook_sources=given)
