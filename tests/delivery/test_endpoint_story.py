"""The story of an endpoint as its owner's people read it: in one thread of their mailbox, by mail and in the feed."""

from datetime import timedelta

from app.domain.policy import Audience
from app.services import endpoint_health
from app.services.endpoint_health import HALF
from tests.api.hooks import PATH, at, patched
from tests.delivery.peers import answering, listening, sending, status
from tests.delivery.scene import Scene
from tests.delivery.test_webhook_peers import told_once
from tests.given import Given, Person
from tests.mailboxes import boxes, listed, read, reply
from tests.mailed import mailed, subjects, to

WARNED = "Webhooks to 127.0.0.1 fail"
DISABLED = "The webhook endpoint at 127.0.0.1 is disabled"
ENABLED = "The webhook endpoint at 127.0.0.1 is enabled"
RECOVERED = "Webhooks to 127.0.0.1 arrive again"
MOMENT = timedelta(minutes=1)


async def _threads(person: Person, mailbox: object) -> list[dict]:
    return [each for each in await listed(person, mailbox) if each["about"]["kind"] == "webhook_endpoint"]


async def _story(person: Person, hook: dict) -> list[str]:
    listed = (await person.get("/v1/events?limit=200")).json()["items"]
    return [
        each["type"].rpartition(".")[2]
        for each in listed
        if each["type"].startswith("webhook_endpoint.") and each["data"]["endpoint_id"] == hook["id"]
    ]


async def test_the_whole_story_is_one_thread_of_its_applicants_mailbox(given: Given, clock):
    signer, stranger = await given.member(), await given.member()
    preparer = await given.member("preparer", signer.applicant_id)
    coordinator = await given.staff("coordinator")
    async with listening(status(500)) as peer, sending(given.runtime) as worker:
        hook = await told_once(given, signer, f"{peer.url}?token=canary")
        await worker.drain()
        await mailed(given)
        assert await _threads(signer, signer.applicant_id) == []
        clock.move(seconds=HALF.total_seconds())
        letters = await mailed(given)
        assert subjects(to(signer, letters)) == [WARNED]
        assert to(preparer, letters) == [], "letters go to the signers"
        [thread] = await _threads(signer, signer.applicant_id)
        assert thread["about"] == {"kind": "webhook_endpoint", "number": None, "url": at(hook)}
        assert (thread["subject"], thread["turn"]) == ("Webhook endpoint at 127.0.0.1", "none")
        assert thread["last"]["subject"] == WARNED
        assert (await signer.get(thread["about"]["url"])).json()["id"] == hook["id"]

        peer.behave = answering()
        await _tries_again(given, worker, signer, hook)
        assert subjects(to(signer, await mailed(given)))[1:] == [RECOVERED], (
            "beside the letter of what was filed"
        )
        peer.behave = status(500)
        await _tries_again(given, worker, signer, hook)
        for _ in range(2):
            clock.move(seconds=HALF.total_seconds())
            await worker.drain()
        assert (await signer.get(at(hook))).json()["status"] == "disabled"
        await patched(signer, hook, {"status": "active"})
        peer.behave = answering()
        await _tries_again(given, worker, signer, hook)

    told = [WARNED, RECOVERED, WARNED, DISABLED, ENABLED]
    for person in (signer, preparer):
        [thread] = await _threads(person, signer.applicant_id)
        assert [each["subject"] for each in (await read(person, thread))["items"]] == told
        assert thread["unread"] == 5
    assert "canary" not in str(await read(signer, thread))
    assert await _story(signer, hook) == ["failing", "recovered", "failing", "disabled", "enabled"]
    assert await _story(coordinator, hook) == []
    assert await _threads(stranger, stranger.applicant_id) == []
    assert (await stranger.get(thread["url"])).status_code == 404
    # it is the applicant's own affair until somebody of it writes to the program
    desk = (await boxes(coordinator))["Program desk"]["id"]
    assert await _threads(coordinator, desk) == []
    await reply(signer, thread, "Why was it disabled?")
    [there] = await _threads(coordinator, desk)
    assert (there["id"], there["turn"], there["unread"]) == (thread["id"], "program", 1)


async def _tries_again(given: Given, worker, person: Person, hook: dict) -> None:
    """Something new happens, which is sent."""
    given.runtime.now.move(seconds=MOMENT.total_seconds())
    await given.submitted(person)
    await worker.drain()


async def test_of_a_recovery_hears_only_who_was_warned_and_once(given: Given, clock):
    signer = await given.member()
    async with listening(status(500)) as peer, sending(given.runtime) as worker:
        hook = await told_once(given, signer, peer.url)
        await worker.drain()
        peer.behave = answering()
        await _tries_again(given, worker, signer, hook)
        assert await _threads(signer, signer.applicant_id) == [], "it never failed for long"
        peer.behave = status(500)
        await _tries_again(given, worker, signer, hook)
        clock.move(seconds=HALF.total_seconds())
        await worker.drain()
        peer.behave = answering()
        for _ in range(3):
            await _tries_again(given, worker, signer, hook)
    assert await _story(signer, hook) == ["failing", "recovered"]
    [thread] = await _threads(signer, signer.applicant_id)
    assert thread["messages"] == 2


async def test_the_story_of_a_programs_endpoint_lies_with_whoever_made_it_and_at_the_programs_desk(
    scene: Scene,
):
    given = scene.given
    maker, admin = [await given.staff("admin", "coordinator") for _ in range(2)]
    other = await given.staff("coordinator")
    owner = await scene.owner()
    async with listening(status(500)) as peer:
        endpoint = await scene.endpoint(peer.url, None, created_by=maker.id)
        await scene.tell(owner, audience=Audience.PROGRAM)
        await scene.deliver()
        scene.clock.move(seconds=HALF.total_seconds())
        await scene.deliver()
    [thread] = await _threads(maker, maker.id)
    assert thread["about"]["url"] == f"{PATH}/{endpoint.id}"
    assert thread["unread"] == 1
    assert await _threads(admin, admin.id) == []
    [same] = await _threads(other, (await boxes(other))["Program desk"]["id"])
    assert (same["id"], same["unread"]) == (thread["id"], 0)


async def test_a_success_that_comes_after_the_end_is_no_recovery(scene: Scene):
    owner = await scene.owner()
    async with listening() as peer:
        endpoint = await scene.endpoint(peer.url, owner)
        now = scene.clock()
        await scene.change(
            endpoint, state="disabled", disabled_reason="failing", failing_since=now, warned_at=now
        )
        desk = endpoint_health.Desk(scene.runtime.keyring, "http://desk")
        async with scene.database.writing() as db:
            await desk.recovered(db, endpoint.id, now)
    row = await scene.row(endpoint)
    assert (row.state, row.sequence, row.warned_at) == ("disabled", 0, now)
