"""What is looked at again when a delivery is sent, what is written about it, and at what rate it goes."""

from collections import Counter
from datetime import timedelta

import pytest

from app.delivery.loop import LEASE, Worker
from app.delivery.wire import FRESH
from app.domain.identity import new_id
from app.domain.policy import Audience
from app.services import endpoint_health, fan_out
from app.services.webhook_secrets import sealed_headers
from app.store import deliveries
from app.store.deliveries import Due, Hook
from app.store.people import people
from tests.delivery.peers import answering, listening, status
from tests.delivery.scene import Scene
from tests.statements import heard

NO_CONTENT = answering(b"HTTP/1.1 204 No Content\r\n\r\n")
OTHER = "designation_request.rejected"


async def test_what_a_filter_no_longer_takes_is_cancelled_and_what_is_made_afterwards_is_sent(scene: Scene):
    owner = await scene.owner()
    async with listening() as peer:
        endpoint = await scene.endpoint(peer.url, owner)
        await scene.tell(owner)
        scene.clock.move(seconds=1)
        await scene.change(endpoint, event_types=OTHER)
        scene.clock.move(seconds=1)
        (row,) = await scene.deliveries(endpoint)
        hook = Hook(endpoint.id, row.event_id, row.subject_id, row.sequence, None)
        due = Due(fan_out.KIND, "", fan_out.lane_of(endpoint.id), hook=hook)
        async with scene.database.writing() as db:
            await deliveries.put(db, [due], scene.clock())  # as its owner asks for it to be sent again
        await scene.deliver()
    assert await scene.statuses(endpoint) == ["cancelled", "delivered"]
    first, second = await scene.attempts(endpoint)
    assert (first.outcome, first.reason, first.status_code) == ("cancelled", "no-longer-wanted", None)
    assert second.outcome == "delivered"
    assert len(peer.got) == 1


@pytest.mark.parametrize(
    ("filters", "sent"),
    [
        ({"statuses": "received"}, 0), ({"statuses": "received withdrawn"}, 1), ({"subjects": "AMT-2026-1"}, 0),
        ({"event_types": ""}, 1), ({"max_per_second": 7}, 1),
    ],
)  # fmt: skip
async def test_each_filter_is_looked_at_again_where_it_was_changed(sqlite_scene: Scene, filters, sent):
    owner = await sqlite_scene.owner()
    async with listening() as peer:
        endpoint = await sqlite_scene.endpoint(peer.url, owner)
        await sqlite_scene.tell(owner)
        sqlite_scene.clock.move(seconds=1)
        await sqlite_scene.change(endpoint, **filters)
        await sqlite_scene.deliver()
    assert len(peer.got) == sent


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"state": "disabled", "disabled_reason": "owner"}, "endpoint-disabled"),
        ({"state": "disabled", "deleted_at": "now"}, "endpoint-deleted"),
    ],
)
async def test_an_endpoint_that_ends_between_commit_and_delivery_hears_nothing_and_the_log_says_why(
    scene: Scene, change, reason
):
    owner = await scene.owner()
    async with listening() as peer:
        endpoint = await scene.endpoint(peer.url, owner)
        await scene.tell(owner)
        change = {name: scene.clock() if value == "now" else value for name, value in change.items()}
        await scene.change(endpoint, **change)
        await scene.deliver()
    assert peer.got == []
    assert await scene.statuses(endpoint) == ["cancelled"]
    (attempt,) = await scene.attempts(endpoint)
    assert (attempt.outcome, attempt.reason) == ("cancelled", reason)


async def test_a_secret_that_cannot_be_read_is_a_failed_attempt_and_nothing_is_sent(sqlite_scene: Scene):
    owner = await sqlite_scene.owner()
    async with listening() as peer:
        endpoint = await sqlite_scene.endpoint(peer.url, owner, secrets="sealed under another master")
        good = await sqlite_scene.endpoint(peer.url, owner)
        await sqlite_scene.tell(owner)
        await sqlite_scene.deliver()
    (attempt,) = await sqlite_scene.attempts(endpoint)
    assert (attempt.outcome, attempt.reason) == ("failed", "secret-unreadable")
    assert await sqlite_scene.statuses(good) == ["delivered"], "others of the same claim are not held up"
    assert len(peer.got) == 1


async def test_secret_headers_go_along_and_what_is_ours_stays_ours(sqlite_scene: Scene):
    owner = await sqlite_scene.owner()
    own = {
        "authorization": "Bearer canary",
        "user-agent": "theirs",
        "accept-encoding": "gzip",
        "x-two": "a b",
    }
    async with listening(
        answering(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")
    ) as peer:
        await sqlite_scene.endpoint(f"{peer.url}?token=1&x=%20", owner, headers=own)
        for _ in range(2):
            await sqlite_scene.tell(owner)
            await sqlite_scene.deliver()
    for got in peer.got:
        assert got.head == "POST /in?token=1&x=%20 HTTP/1.1"
        assert (got.headers["authorization"], got.headers["x-two"]) == ("Bearer canary", "a b")
        assert (got.headers["user-agent"], got.headers["accept-encoding"]) == ("amtdp-webhooks/1", "identity")
        assert got.headers["host"] == f"127.0.0.1:{peer.port}"
        assert "cookie" not in got.headers


@pytest.mark.parametrize("value", ["a\r\nx-evil: 1", "a\nb", "a\0b", "\u00fc\u2026"])
async def test_a_header_of_more_than_one_line_is_never_sent(sqlite_scene: Scene, value):
    owner, keyring = await sqlite_scene.owner(), sqlite_scene.runtime.keyring
    async with listening() as peer:
        cell = sealed_headers(keyring, {"x-own": value})
        endpoint = await sqlite_scene.endpoint(peer.url, owner)
        await sqlite_scene.change(endpoint, headers=cell)
        await sqlite_scene.tell(owner)
        await sqlite_scene.deliver()
    assert peer.got == []
    (attempt,) = await sqlite_scene.attempts(endpoint)
    assert (attempt.outcome, attempt.reason) == ("failed", "not-sent")


async def test_a_test_delivery_is_of_no_event_and_carries_its_own_id(sqlite_scene: Scene):
    owner, id = await sqlite_scene.owner(), new_id()
    async with listening() as peer:
        endpoint = await sqlite_scene.endpoint(peer.url, owner)
        hook = Hook(endpoint.id, None, endpoint.id, 0, None, "webhook_endpoint.test")
        due = Due(fan_out.KIND, '{"id":"x"}', fan_out.lane_of(endpoint.id), hook=hook, id=id)
        async with sqlite_scene.database.writing() as db:
            await deliveries.put(db, [due], sqlite_scene.clock())
        await sqlite_scene.deliver()
    (got,) = peer.got
    assert (got.headers["webhook-id"], got.headers["webhook-sequence"]) == (str(id), "0")
    assert got.body == b'{"id":"x"}'


async def test_a_turn_writes_its_log_and_what_it_learned_in_as_many_statements_for_many_as_for_one(
    scene: Scene,
):
    owner, counts = await scene.owner(), {}
    async with listening() as good, listening(status(500)) as bad:
        for rounds in (1, 4):
            for _ in range(rounds):
                for peer in (good, bad):
                    await scene.endpoint(peer.url, owner)
            await scene.tell(owner)
            with heard(scene.database) as statements:
                await scene.worker.work()
            counts[rounds] = Counter(each.split()[0] for each in statements)
            scene.clock.at += timedelta(seconds=3)
    assert counts[1] == counts[4]


async def test_one_event_to_many_endpoints_is_signed_by_the_service_once_in_a_second(sqlite_scene: Scene):
    owner = await sqlite_scene.owner()
    async with listening() as peer:
        for _ in range(5):
            await sqlite_scene.endpoint(peer.url, owner)
        await sqlite_scene.tell(owner)
        await sqlite_scene.deliver()
    signatures = [got.headers["webhook-signature"].split() for got in peer.got]
    assert sqlite_scene.sender.wire.signing._sign.cache_info().misses == 1
    assert len({asymmetric for _, asymmetric in signatures}) == 1
    assert len({symmetric for symmetric, _ in signatures}) == 5, "each by its own secret"


async def test_a_request_made_ahead_that_waited_is_made_anew_with_a_fresh_timestamp(sqlite_scene: Scene):
    """The first of a lane has the others made with it; one that then waits is not sent with an old instant."""
    owner, clock = await sqlite_scene.owner(), sqlite_scene.clock

    async def behave(got, writer) -> None:
        clock.at += FRESH * 2
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()

    async with listening(behave) as peer:
        endpoint = await sqlite_scene.endpoint(peer.url, owner)
        sqlite_scene.worker.attempts.lanes.of(fan_out.lane_of(endpoint.id)).width = 1
        for _ in range(4):
            await sqlite_scene.tell(owner)
        await sqlite_scene.deliver()
    stamps = [int(got.headers["webhook-timestamp"]) for got in peer.got]
    begun = [each.at.timestamp() for each in await sqlite_scene.attempts(endpoint)]
    assert max(begun) - min(begun) > 2 * FRESH.total_seconds()
    assert sorted(stamps) == sorted(begun)


@pytest.mark.parametrize("rate", [1, 4, 50])
async def test_a_rate_holds_over_all_workers_together(scene: Scene, rate):
    """Time stands still: each attempt is told how long to wait for its slot, whichever worker makes it."""
    owner, pauses = await scene.owner(), []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async with listening(NO_CONTENT) as peer:
        await scene.endpoint(peer.url, owner, max_per_second=rate)
        free = await scene.endpoint(peer.url, owner)
        for _ in range(6):
            await scene.tell(owner)
        scene.peers(pause=pause)
        other = Worker(scene.database, scene.worker.senders, scene.clock)
        for _ in range(3):
            for worker in (scene.worker, other):
                await worker.work()
        await scene.deliver()
    assert sorted(pauses) == pytest.approx([n / rate for n in range(1, 6)], abs=0.002)
    assert await scene.statuses(free) == ["delivered"] * 6
    scene.clock.move(seconds=10)
    await scene.tell(owner)
    async with listening(NO_CONTENT) as peer:
        await scene.deliver()
    assert len(pauses) == 5, "a slot that is free is not waited for"


async def test_the_story_of_a_programs_endpoint_is_told_to_those_who_administer(scene: Scene):
    admin, gone = await scene.given.staff("admin"), await scene.given.staff("admin")
    await scene.given.staff("reviewer")
    async with scene.database.writing() as db:
        await db.execute(people.update().where(people.c.id == gone.id).values(active=False))
    owner = await scene.owner()
    async with listening(status(500)) as peer:
        endpoint = await scene.endpoint(peer.url, None)
        other = await scene.endpoint(peer.url, owner)
        await scene.tell(owner, audience=Audience.PROGRAM)
        await scene.deliver()
        scene.clock.move(days=2.5)
        await scene.deliver()
        await scene.deliver()
        letters = scene.letters()
        assert [(each["to"], each["subject"]) for each in letters] == [
            (admin.email, "Webhooks to 127.0.0.1 fail")
        ]
        assert "status-not-2xx" in letters[0]["text"]
        assert f"/v1/webhook-endpoints/{endpoint.id}/deliveries" in letters[0]["text"]
        scene.clock.move(days=2.5)
        await scene.deliver()
        await scene.deliver()
        (letter,) = scene.letters()
    assert (letter["to"], letter["subject"]) == (admin.email, "The webhook endpoint at 127.0.0.1 is disabled")
    for told in ("status-not-2xx", '{"status": "active"}', "/test-deliveries", "/recoveries", "/v1/events"):
        assert told in letter["text"]
    row = await scene.row(endpoint)
    assert (row.state, row.disabled_reason) == ("disabled", "failing")
    assert (await scene.row(other)).state == "active", "nothing was sent to it, so nothing failed"


async def test_a_new_failure_after_a_success_begins_a_story_of_its_own(scene: Scene):
    owner = await scene.owner()
    async with listening(status(500)) as peer:
        endpoint = await scene.endpoint(peer.url, owner)
        await scene.tell(owner)
        await scene.deliver()
        scene.clock.move(days=2)
        peer.behave = NO_CONTENT
        await scene.deliver()
        assert (await scene.row(endpoint)).failing_since is None
        peer.behave = status(500)
        scene.clock.move(days=1)
        await scene.tell(owner)
        await scene.deliver()
        began = scene.clock()
        assert (await scene.row(endpoint)).failing_since == began
        scene.clock.move(days=2)  # five days after the first failure, two after this one
        await scene.deliver()
        assert (await scene.row(endpoint)).warned_at is None
        scene.clock.move(hours=13)
        await scene.deliver()
        assert (await scene.row(endpoint)).warned_at == scene.clock()
        scene.clock.at = began + endpoint_health.WHOLE
        await scene.deliver()
    row = await scene.row(endpoint)
    assert (row.state, row.disabled_reason, row.failing_since) == ("disabled", "failing", began)


async def test_what_a_claim_that_was_lost_brings_back_is_written_nowhere(scene: Scene):
    owner = await scene.owner()

    async def behave(_, writer) -> None:
        scene.clock.at += LEASE * 2
        async with scene.database.writing() as db:
            await deliveries.sweep(db, scene.clock(), 10)
        writer.write(b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with listening(behave) as peer:
        endpoint = await scene.endpoint(peer.url, owner)
        await scene.tell(owner)
        await scene.worker.work()
        assert len(peer.got) == 1
    assert await scene.attempts(endpoint) == []
    assert (await scene.row(endpoint)).failing_since is None
    assert await scene.statuses(endpoint) == ["pending"]
