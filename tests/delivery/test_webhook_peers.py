"""Receivers good and bad, each a real server: every delivery ends in a state, and the log says how."""

import asyncio
import gzip
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import standardwebhooks
import svix
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.delivery import posting
from app.delivery.backoff import WAITS
from app.delivery.housekeeping import House, forget_settled
from app.domain import addresses, webhooks
from app.domain.addresses import Guard
from app.domain.keyring import from_base64url
from tests.api.hooks import LOG, PATH, at, patched
from tests.delivery.peers import OK, Got, answering, certificate, listening, sending, status
from tests.given import Given, Person

LATE = 1.0  # seconds for an attempt, where a test waits for its end: the request is long there by then


async def endpoint(person: Person, url: str, **more: object) -> dict[str, object]:
    answered = await person.post(PATH, json={"url": url, "event_types": ["*"], **more})
    assert answered.status_code == 201, answered.text
    return answered.json()


async def log_of(person: Person, hook: dict[str, object]) -> list[dict[str, object]]:
    """The deliveries of an endpoint with their attempts, oldest first."""
    listed = (await person.get(at(hook, "/deliveries?limit=200"))).json()["items"]
    return [(await person.get(f"{LOG}/{each['id']}")).json() for each in reversed(listed)]


async def told_once(given: Given, person: Person, url: str, **more: object) -> dict[str, object]:
    """An endpoint for one kind of event, and one event for it."""
    hook = await endpoint(person, url, event_types=["designation_request.submitted"], **more)
    await given.submitted(person)
    return hook


async def test_what_arrives_is_signed_and_official_verifiers_take_the_secret_as_it_was_handed_out(
    given: Given, clock
):
    clock.at = datetime.now(UTC)  # the referees have no other clock
    person = await given.member()
    async with listening() as peer, sending(given.runtime) as worker:
        hook = await endpoint(person, peer.url, headers={"X-Api-Key": "canary"})
        await given.submitted(person)
        await worker.drain()
    assert [got.head for got in peer.got] == ["POST /in HTTP/1.1"] * 2
    keys = (await given.client.get("/v1/keys")).json()["keys"]
    public = Ed25519PublicKey.from_public_bytes(from_base64url(keys[0]["x"]))
    for got in peer.got:
        standardwebhooks.Webhook(hook["secret"]).verify(got.body, got.headers)
        svix.Webhook(hook["secret"]).verify(got.body, got.headers)
        only_v1a = [each for each in got.headers["webhook-signature"].split() if each.startswith("v1a,")]
        assert webhooks.verify(
            {**got.headers, "webhook-signature": only_v1a[0]}, got.body, clock(), keys=[public]
        )
        with pytest.raises(webhooks.NotVerified):
            webhooks.verify(got.headers, got.body + b" ", clock(), secrets=[hook["secret"]])
        assert got.headers["x-api-key"] == "canary"
        assert got.headers["content-type"] == "application/cloudevents+json"
        assert got.headers["accept-encoding"] == "identity"
    feed = (await person.get("/v1/events")).text
    for got in peer.got:
        assert got.body.decode() in feed, "the feed has the same bytes"
    deliveries = await log_of(person, hook)
    assert [each["status"] for each in deliveries] == ["delivered"] * 2
    assert [each["attempts"][0]["status_code"] for each in deliveries] == [200, 200]


async def test_sequence_and_previous_sequence_form_one_chain_for_each_endpoint(given: Given):
    person = await given.member()
    async with listening() as every, listening() as some, sending(given.runtime) as worker:
        await endpoint(person, every.url)
        await endpoint(person, some.url, event_types=["designation_request.status_changed"])
        request = await given.submitted(person)
        await given.move(person, request["number"], "withdraw")
        await worker.drain()
    for peer, count in ((every, 4), (some, 2)):
        sent = sorted(peer.got, key=lambda got: int(got.headers["webhook-sequence"]))
        assert len(sent) == count
        before = None
        for got in sent:
            assert got.headers.get("webhook-previous-sequence") == before
            before = got.headers["webhook-sequence"]
    assert sorted(got.headers["webhook-sequence"] for got in every.got) == ["1", "2", "3", "4"]


async def _slow_head(_: Got, writer: asyncio.StreamWriter) -> None:
    for byte in OK:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def _slow_body(_: Got, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun")
    await writer.drain()
    await asyncio.sleep(30)


async def _endless_body(_: Got, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
        await writer.drain()


async def _endless_head(_: Got, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: " + b"x" * 512 + b"\r\n")
        await writer.drain()


PACKED = gzip.compress(b"\0" * 50_000_000)


async def _bomb(_: Got, writer: asyncio.StreamWriter) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(PACKED)}\r\n\r\n"
    writer.write(head.encode() + PACKED)
    await writer.drain()


async def _reset(_: Got, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def _too_late(_: Got, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(2 * LATE)
    writer.write(OK)
    await writer.drain()


BAD = {
    "slow head": (_slow_head, "pending", "timed-out"),
    "slow body": (_slow_body, "delivered", None),
    "endless body": (_endless_body, "delivered", None),
    "endless head": (_endless_head, "pending", "answer-malformed"),
    "gzip bomb": (_bomb, "delivered", None),
    "reset": (_reset, "pending", "connection-reset"),
    "200 after the time-out": (_too_late, "pending", "timed-out"),
    "no HTTP": (answering(b"SSH-2.0-OpenSSH\r\n\r\n"), "pending", "answer-malformed"),
    "500": (status(500), "pending", "status-not-2xx"),
    "404": (status(404), "pending", "status-not-2xx"),
    "redirect": (status(302, "Location: http://127.0.0.1:1/"), "pending", "redirect-not-followed"),
    "204": (status(204), "delivered", None),
}


@pytest.mark.parametrize("name", BAD)
async def test_whatever_a_receiver_does_the_attempt_ends_and_the_log_says_how(
    sqlite_given: Given, name: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(posting, "BODY_WAIT", LATE)
    behave, ends, reason = BAD[name]
    person = await sqlite_given.member()
    limit = LATE if reason == "timed-out" else 10.0
    async with listening(behave) as peer, sending(sqlite_given.runtime, limit=limit) as worker:
        hook = await told_once(sqlite_given, person, peer.url)
        async with asyncio.timeout(20):
            await worker.work()
    (delivery,) = await log_of(person, hook)
    (attempt,) = delivery["attempts"]
    assert (delivery["status"], attempt["reason"]) == (ends, reason)
    assert attempt["outcome"] == ("delivered" if ends == "delivered" else "failed")
    assert len(attempt["response"] or "") <= posting.MOST_BODY
    assert len(peer.got) == 1
    assert "127.0.0.1" not in (attempt["reason"] or "")


async def test_nobody_there_is_a_refused_connection(sqlite_given: Given):
    person = await sqlite_given.member()
    async with listening() as peer:
        url = peer.url
    async with sending(sqlite_given.runtime) as worker:
        hook = await told_once(sqlite_given, person, url)
        await worker.work()
    (delivery,) = await log_of(person, hook)
    assert delivery["attempts"][0]["reason"] == "connection-refused"


async def test_a_delivery_that_always_fails_is_exhausted_by_the_table_with_the_same_id(given: Given, clock):
    person = await given.member()
    async with listening(status(500)) as peer, sending(given.runtime) as worker:
        hook = await told_once(given, person, peer.url)
        began = clock()
        for _ in range(60):
            await worker.drain()
            clock.move(hours=5)
        (delivery,) = await log_of(person, hook)
    assert delivery["status"] == "exhausted"
    assert len(delivery["attempts"]) == len(WAITS) + 1 == len(peer.got)
    assert len({got.headers["webhook-id"] for got in peer.got}) == 1
    assert len({got.headers["webhook-timestamp"] for got in peer.got}) == len(peer.got), (
        "signed anew each time"
    )
    assert clock() > began


@pytest.mark.parametrize("form", ["seconds", "date", "far", "nonsense"])
async def test_retry_after_is_honoured_in_both_forms_and_no_further_than_a_day(
    sqlite_given: Given, clock, form: str
):
    told = {
        "seconds": "3600",
        "date": format_datetime(clock() + timedelta(hours=1), usegmt=True),
        "far": "99999999999",
        "nonsense": "soon",
    }[form]
    waits = {"seconds": 3600, "date": 3600, "far": 86400, "nonsense": 4}[form]
    person = await sqlite_given.member()
    async with (
        listening(status(429, f"Retry-After: {told}")) as peer,
        sending(sqlite_given.runtime) as worker,
    ):
        hook = await told_once(sqlite_given, person, peer.url)
        await worker.drain()
        clock.move(seconds=waits - 1)
        await worker.drain()
        assert len(peer.got) == 1, "not before"
        peer.behave = answering()
        clock.move(seconds=4)
        await worker.drain()
    (delivery,) = await log_of(person, hook)
    assert [each["outcome"] for each in delivery["attempts"]] == ["failed", "delivered"]
    assert delivery["attempts"][0]["reason"] == "too-many-requests"


async def test_gone_ends_the_delivery_and_disables_the_endpoint_at_once(given: Given):
    person = await given.member()
    async with listening(status(410)) as peer, sending(given.runtime) as worker:
        hook = await told_once(given, person, peer.url)
        await worker.drain()
        await given.submitted(person)
        await worker.drain()
        assert len(peer.got) == 1
    shown = (await person.get(at(hook))).json()
    assert shown["status"] == "disabled"
    (delivery,) = await log_of(person, hook)
    assert delivery["status"] == "cancelled"
    types = [each["type"] for each in (await person.get("/v1/events")).json()["items"]]
    assert types.count("webhook_endpoint.disabled") == 1


async def test_an_endpoint_that_fails_for_days_is_warned_at_half_time_disabled_and_can_recover(
    given: Given, clock
):
    person = await given.member()
    mail = given.runtime.settings.data_dir / "mail"

    def letters(word: str) -> int:
        return sum(word in path.read_text() for path in mail.glob("*.eml"))

    async def story() -> list[str]:
        listed = (await person.get("/v1/events?limit=200")).json()["items"]
        return [each["type"] for each in listed if each["type"].startswith("webhook_endpoint.")]

    async with listening(status(500)) as peer, sending(given.runtime) as worker:
        hook = await told_once(given, person, peer.url)
        await worker.drain()
        assert (await person.get(at(hook))).json()["status"] == "failing"
        for _ in range(59):
            clock.move(hours=1)
            await worker.drain()
        assert await story() == []
        clock.move(hours=2)
        await worker.drain()
        assert await story() == ["webhook_endpoint.failing"]
        for _ in range(61):
            clock.move(hours=1)
            await worker.drain()
        assert await story() == ["webhook_endpoint.failing", "webhook_endpoint.disabled"]
        shown = (await person.get(at(hook))).json()
        assert shown["status"] == "disabled"
        assert letters("recoveries") >= 1, "the letter says how to recover"
        # nothing is made for it while it is disabled; enabled again, it gets what it missed
        await given.submitted(person)
        await worker.drain()
        count = len(peer.got)
        peer.behave = answering()
        since = (clock() - timedelta(days=6)).isoformat().replace("+00:00", "Z")
        await patched(person, hook, {"status": "active"})
        recovered = await person.post(at(hook, "/recoveries"), json={"since": since})
        assert recovered.status_code in {200, 201, 202}, recovered.text
        await worker.drain()
        assert len({got.headers["webhook-id"] for got in peer.got[count:]}) == len(peer.got) - count == 2
        assert (await person.get(at(hook))).json()["status"] == "active"


async def test_a_success_takes_the_story_back(given: Given, clock):
    person = await given.member()
    async with listening(status(500)) as peer, sending(given.runtime) as worker:
        hook = await told_once(given, person, peer.url)
        await worker.drain()
        peer.behave = answering()
        clock.move(hours=1)
        await worker.drain()
        clock.move(days=6)
        await worker.drain()
    assert (await person.get(at(hook))).json()["status"] == "active"
    types = [each["type"] for each in (await person.get("/v1/events")).json()["items"]]
    assert not [each for each in types if each.startswith("webhook_endpoint.")]


@pytest.mark.parametrize("lost", ["mandate", "disabled", "deleted"])
async def test_what_may_not_be_heard_any_more_is_cancelled_and_nothing_is_sent(given: Given, lost: str):
    agent, principal = await given.member(), await given.member()
    mandate = await principal.post(
        f"/v1/applicants/{principal.applicant_id}/mandates",
        json={"agent": str(agent.applicant_id), "scope": "read"},
    )
    assert mandate.status_code == 201, mandate.text
    async with listening() as peer, sending(given.runtime) as worker:
        hook = await told_once(given, agent, peer.url)
        await worker.drain()
        assert len(peer.got) == 1
        await given.submitted(principal)
        if lost == "mandate":
            ended = await principal.delete(
                f"/v1/applicants/{principal.applicant_id}/mandates/{mandate.json()['id']}",
                headers={"If-Match": "*"},
            )
            assert ended.status_code in {200, 204}, ended.text
        elif lost == "disabled":
            await patched(agent, hook, {"status": "disabled"})
        else:
            assert (await agent.delete(at(hook), headers={"If-Match": "*"})).status_code == 204
        await worker.drain()
        assert len(peer.got) == 1, "nothing leaves after the right is gone"
    if lost != "deleted":
        assert [each["status"] for each in await log_of(agent, hook)] == ["delivered", "cancelled"]


async def test_an_agent_hears_nothing_of_its_principals_endpoints_in_any_channel(given: Given):
    agent, principal = await given.member(), await given.member()
    mandate = await principal.post(
        f"/v1/applicants/{principal.applicant_id}/mandates",
        json={"agent": str(agent.applicant_id), "scope": "read"},
    )
    assert mandate.status_code == 201, mandate.text
    async with listening() as peer, listening() as own, sending(given.runtime) as worker:
        hook = await endpoint(agent, peer.url)
        theirs = await endpoint(principal, own.url)
        assert (await principal.post(at(theirs, "/secret-rotations"), json={})).status_code == 201
        request = await given.submitted(principal)
        await worker.drain()
        since = (given.runtime.now() - timedelta(days=1)).isoformat().replace("+00:00", "Z")
        await agent.post(at(hook, "/recoveries"), json={"since": since})
        await worker.drain()
    assert str(theirs["id"]) not in (await agent.get("/v1/events")).text
    assert str(theirs["id"]) in (await principal.get("/v1/events")).text
    assert {json.loads(got.body)["subject"] for got in peer.got} == {request["number"]}
    assert any(json.loads(got.body)["subject"] == theirs["id"] for got in own.got)


async def test_both_secrets_sign_while_one_is_rotated_out(sqlite_given: Given, clock):
    person = await sqlite_given.member()
    async with listening() as peer, sending(sqlite_given.runtime) as worker:
        hook = await endpoint(person, peer.url, event_types=["designation_request.submitted"])
        turned = await person.post(at(hook, "/secret-rotations"), json={"overlap_hours": 24})
        new = turned.json()["secret"]
        await sqlite_given.submitted(person)
        await worker.drain()
        clock.move(hours=25)
        await sqlite_given.submitted(person)
        await worker.drain()
    during, after = peer.got
    at_first = clock() - timedelta(hours=25)
    for secret in (new, hook["secret"]):
        assert webhooks.verify(during.headers, during.body, at_first, secrets=[secret])
    assert webhooks.verify(after.headers, after.body, clock(), secrets=[new])
    with pytest.raises(webhooks.NotVerified):
        webhooks.verify(after.headers, after.body, clock(), secrets=[hook["secret"]])


async def test_the_log_is_kept_ninety_days_but_what_the_next_delivery_must_name_is_kept_on(
    sqlite_given: Given, clock
):
    person = await sqlite_given.member()
    runtime = sqlite_given.runtime
    house = House(runtime.database, runtime.keyring, "http://test", runtime.blobs, runtime.scanner)
    async with listening() as peer, sending(runtime) as worker:
        hook = await endpoint(person, peer.url)
        request = await sqlite_given.submitted(person)
        await worker.drain()
        clock.move(days=91)
        await forget_settled(house, clock())
        (kept,) = await log_of(person, hook)
        assert (kept["sequence"], kept["attempts"]) == (2, [])
        await sqlite_given.move(person, request["number"], "withdraw")
        await worker.drain()
    assert sorted(got.headers.get("webhook-previous-sequence", "none") for got in peer.got) == [
        "1", "2", "3", "none",
    ]  # fmt: skip


class Changing:
    """A resolver that says something else each time."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the guard take the loopback for public addresses; nothing that it judged before or now is remembered."""
    monkeypatch.setattr(addresses, "judged", addresses.judged.__wrapped__)
    monkeypatch.setattr(
        addresses,
        "NOT_PUBLIC_4",
        tuple(each for each in addresses.NOT_PUBLIC_4 if each != addresses.LOOPBACK),
    )


async def _named(given: Given, monkeypatch, port: int, name: str) -> str:
    on_this_machine(monkeypatch)
    given.runtime.guard = Guard(ports=frozenset({443, 8443, port}))
    return f"https://{name}:{port}/in"


async def test_a_name_that_does_not_resolve_is_tried_again(sqlite_given: Given):
    person = await sqlite_given.member()
    resolve = Changing([])
    async with sending(sqlite_given.runtime, resolve=resolve) as worker:
        hook = await told_once(sqlite_given, person, "https://hooks.partner.example/in")
        await worker.work()
    (delivery,) = await log_of(person, hook)
    assert (delivery["status"], delivery["attempts"][0]["reason"]) == ("pending", "dns-failed")


@pytest.mark.parametrize("answer", [["10.0.0.7"], ["93.184.216.34", "127.0.0.1"], ["::ffff:10.0.0.7"]])
async def test_a_name_that_has_turned_inward_is_not_called_and_its_address_is_not_told(
    sqlite_given: Given, answer: list[str]
):
    person = await sqlite_given.member()
    async with sending(sqlite_given.runtime, resolve=Changing(answer)) as worker:
        hook = await told_once(sqlite_given, person, "https://hooks.partner.example/in")
        await worker.work()
    (delivery,) = await log_of(person, hook)
    (attempt,) = delivery["attempts"]
    assert (attempt["reason"], attempt["response"]) == ("target-not-allowed", None)
    assert not any(each in str(delivery) for each in answer)


async def test_the_vetted_address_is_the_one_connected_to_under_the_name_of_the_url(
    sqlite_given: Given, monkeypatch: pytest.MonkeyPatch, tmp_path
):
    name = "hooks.partner.example"
    server, client = certificate(tmp_path, name)
    person = await sqlite_given.member()
    async with listening(tls=server) as peer:
        url = await _named(sqlite_given, monkeypatch, peer.port, name)
        # a second look-up would turn it inward
        resolve = Changing(["127.0.0.1"], ["10.0.0.7"])
        async with sending(sqlite_given.runtime, resolve=resolve, tls=client) as worker:
            hook = await told_once(sqlite_given, person, url)
            await worker.work()
    (delivery,) = await log_of(person, hook)
    assert delivery["status"] == "delivered", delivery["attempts"]
    assert resolve.asked == [name], "one look-up an attempt"
    assert peer.got[0].headers["host"] == f"{name}:{peer.port}"


@pytest.mark.parametrize("wrong", ["unknown issuer", "other name"])
async def test_tls_that_does_not_hold_is_a_failed_attempt_and_nothing_is_said(
    sqlite_given: Given, monkeypatch: pytest.MonkeyPatch, tmp_path, wrong: str
):
    server, client = certificate(
        tmp_path, "other.example" if wrong == "other name" else "hooks.partner.example"
    )
    person = await sqlite_given.member()
    async with listening(tls=server) as peer:
        url = await _named(sqlite_given, monkeypatch, peer.port, "hooks.partner.example")
        trust = client if wrong == "other name" else None
        async with sending(sqlite_given.runtime, resolve=Changing(["127.0.0.1"]), tls=trust) as worker:
            hook = await told_once(sqlite_given, person, url)
            await worker.work()
    (delivery,) = await log_of(person, hook)
    assert (delivery["status"], delivery["attempts"][0]["reason"]) == ("pending", "tls-failed")
    assert peer.got == []
