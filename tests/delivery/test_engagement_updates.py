"""Updates to a requester that waits: at their time, once, from the state as it then is; and no more at the end."""

from datetime import timedelta

import pytest

from app.delivery.publishing import publish
from app.domain.engagement_lifecycle import WAITING, EngagementState
from app.wiring import worker_of
from tests.engagements import PATH, in_state, move
from tests.given import Given
from tests.mail import letters

S = EngagementState


async def _later(given: Given, clock, **by: float) -> None:
    """Time passes, and the worker does what is due."""
    clock.move(**by)
    worker = worker_of(given.runtime)
    worker.chores = None
    worker.senders = {name: each for name, each in worker.senders.items() if name != "mail"}
    try:
        await worker.drain()
    finally:
        await worker.close()


async def _told(given: Given) -> list[dict[str, str]]:
    return [dict(each.facts) for each in await letters(given.runtime) if each.template == "engagement_update"]


async def test_a_requester_that_waits_is_told_every_thirty_days(given: Given, clock):
    owner, desk = await given.member(), await given.staff("coordinator")
    number = (await given.engagement(owner))["number"]
    await _later(given, clock, days=29, hours=23)
    assert await _told(given) == []
    await _later(given, clock, hours=1)
    await move(desk, number, "accept")
    await _later(given, clock, days=30)
    await _later(given, clock, days=30)
    told = await _told(given)
    assert [each["n"] for each in told] == ["1", "2", "3"]
    assert [each["status"] for each in told] == ["requested and not yet decided", "accepted", "accepted"]
    assert told[0]["link"].endswith(f"{PATH}/{number}")
    shown = (await owner.get(f"{PATH}/{number}")).json()
    assert shown["updates_sent"] == 3
    assert shown["last_update_at"].startswith("2026-08-30")
    assert shown["targets"]["next_update_on"] == "2026-09-29"
    await publish(given.runtime.database)
    for caller in (owner, desk):
        found = (await caller.get(f"/v1/events?subject={number}&type=engagement.update_sent")).json()["items"]
        assert [each["data"]["n"] for each in found] == [1, 2, 3]


@pytest.mark.parametrize("state", S)
async def test_updates_stop_where_the_requester_waits_no_more(sqlite_given: Given, clock, state):
    owner, desk = await sqlite_given.member(), await sqlite_given.staff("coordinator")
    number = await in_state(sqlite_given, owner, desk, state)
    due = (await owner.get(f"{PATH}/{number}")).json()["targets"]["next_update_on"]
    assert (due is not None) is (state in WAITING)
    await _later(sqlite_given, clock, days=31)
    assert len(await _told(sqlite_given)) == (1 if state in WAITING else 0)
    shown = await desk.post(f"{PATH}/{number}/updates", json={"text": "A word."})
    assert shown.status_code == (201 if state in WAITING else 409)


async def test_an_update_sent_by_hand_begins_the_days_anew(given: Given, clock):
    owner, desk = await given.member(), await given.staff("reviewer")
    number = (await given.engagement(owner))["number"]
    await _later(given, clock, days=20)
    sent = await desk.post(f"{PATH}/{number}/updates", json={"text": "Both centers were asked."})
    assert sent.status_code == 201, sent.text
    assert sent.json()["updates_sent"] == 1
    await _later(given, clock, days=10)  # the day of the first timer
    assert len(await _told(given)) == 1
    await _later(given, clock, days=20)
    told = await _told(given)
    assert [each["n"] for each in told] == ["1", "2"]
    assert "centers" not in str(told)
    history = (await owner.get(f"{PATH}/{number}/history")).json()["items"]
    assert [(each["what"], each["actor"]) for each in history[1:]] == [
        ("update_sent", "program"),
        ("update_sent", "system"),
    ]
    assert history[1]["facts"]["text"] == "Both centers were asked."


async def test_a_worker_that_was_away_tells_once(given: Given, clock):
    owner = await given.member()
    number = (await given.engagement(owner))["number"]
    await _later(given, clock, days=100)
    assert len(await _told(given)) == 1
    shown = (await owner.get(f"{PATH}/{number}")).json()
    assert shown["targets"]["next_update_on"] == str((clock() + timedelta(days=30)).date())
