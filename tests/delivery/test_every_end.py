"""Bad peers to the very end: each delivery ends delivered, exhausted or cancelled, and its log says how."""

import asyncio
import gzip
import socket
import struct

import pytest

from app.delivery import posting
from app.delivery.backoff import WAITS
from app.delivery.posting import Poster
from app.services.lookups import Lookups
from tests.delivery.peers import answering, certificate, listening, status

LIMIT = 0.2  # seconds, in place of fifteen, where an attempt is to time out
AMPLE = 30.0  # where it is not: how soon a busy machine answers is not the point
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


def dripping(begin: bytes, drop: bytes = b"x"):
    """Begins an answer and then says a little, for ever."""

    async def behave(_, writer) -> None:
        writer.write(begin)
        while True:
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(0.01)

    return behave


def pouring(begin: bytes, gush: bytes):
    """Begins an answer and then says as much as can be taken, for ever."""

    async def behave(_, writer) -> None:
        writer.write(begin)
        while True:
            writer.write(gush)
            await writer.drain()
            await asyncio.sleep(0)

    return behave


async def silent(_, writer) -> None:
    await asyncio.sleep(60)


async def hangs_up(_, writer) -> None:
    writer.close()


async def resets(_, writer) -> None:
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


def packed(code: int):
    body = gzip.compress(bytes(30 * 2**20))
    head = f"HTTP/1.1 {code} X\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    return answering(head.encode() + body)


CHUNKED = b"HTTP/1.1 %d X\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNK = b"400\r\n" + b"z" * 1024 + b"\r\n"
LONG = b"HTTP/1.1 %d X\r\nContent-Length: 1000\r\n\r\n"

# behaviour -> how the delivery ends, and how each of its attempts is logged
PEERS = {
    "silent": (silent, "exhausted", None, "timed-out"),
    "slow header": (dripping(b"HTTP/1.1 200 OK\r\nX-Slow: "), "exhausted", None, "timed-out"),
    "slow body": (dripping(LONG % 200), "delivered", 200, None),
    "slow body of a failure": (dripping(LONG % 500), "exhausted", 500, "status-not-2xx"),
    "endless body": (pouring(CHUNKED % 200, CHUNK), "delivered", 200, None),
    "endless body of a failure": (pouring(CHUNKED % 500, CHUNK), "exhausted", 500, "status-not-2xx"),
    "endless header": (pouring(b"HTTP/1.1 200 OK\r\n", b"X: " + b"x" * 999 + b"\r\n"), "exhausted", None,
                       "answer-malformed"),
    "endless interim answers": (pouring(b"", b"HTTP/1.1 103 Early\r\n\r\n"), "exhausted", None,
                                "answer-malformed"),
    "gzip bomb": (packed(200), "delivered", 200, None),
    "gzip bomb of a failure": (packed(500), "exhausted", 500, "status-not-2xx"),
    "reset": (resets, "exhausted", None, "connection-reset"),
    "hangs up": (hangs_up, "exhausted", None, "connection-reset"),
    "no HTTP": (answering(b"\x00\xff SSH-2.0\r\n\r\n"), "exhausted", None, "answer-malformed"),
    "101": (answering(b"HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), "exhausted", 101,
            "status-not-2xx"),
    "500": (status(500), "exhausted", 500, "status-not-2xx"),
    "429": (status(429), "exhausted", 429, "too-many-requests"),
    "503": (status(503), "exhausted", 503, "unavailable"),
    "304": (status(304), "exhausted", 304, "redirect-not-followed"),
    "410": (status(410), "cancelled", 410, "gone"),
    "100 first": (answering(b"HTTP/1.1 100 Continue\r\n\r\n" + NO_CONTENT), "delivered", 204, None),
    "HTTP/1.0": (answering(b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nfine"), "delivered", 200, None),
}  # fmt: skip


async def ended(scene, endpoint, ends: str, code: int | None, reason: str | None) -> list:
    """The attempts, once it is seen that they led there and that each is logged alike."""
    assert await scene.statuses(endpoint) == [ends]
    attempts = await scene.attempts(endpoint)
    tries = len(WAITS) + 1 if ends == "exhausted" else 1
    assert [each.number for each in attempts] == list(range(1, tries + 1))
    outcome = "delivered" if ends == "delivered" else "failed"
    assert {(each.outcome, each.status_code, each.reason) for each in attempts} == {(outcome, code, reason)}
    return attempts


@pytest.mark.parametrize("name", PEERS)
async def test_a_delivery_ends_and_every_line_of_its_log_says_how(scene, name, monkeypatch):
    behave, ends, code, reason = PEERS[name]
    monkeypatch.setattr(posting, "BODY_WAIT", LIMIT)
    scene.peers(limit=LIMIT if reason == "timed-out" else AMPLE)
    owner = await scene.owner()
    async with listening(behave) as peer:
        endpoint = await scene.endpoint(peer.url, owner)
        await scene.tell(owner)
        async with asyncio.timeout(60):
            await scene.to_the_end()
    attempts = await ended(scene, endpoint, ends, code, reason)
    assert all(len(each.response or "") <= 2048 for each in attempts)
    assert len({got.headers["webhook-id"] for got in peer.got}) == 1, "the same id at each attempt"


@pytest.mark.parametrize("says", ["nothing", "an error"])
async def test_a_name_that_never_resolves_is_looked_up_at_each_attempt_to_the_end(scene, says):
    asked = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        if says == "an error":
            raise OSError
        return []

    scene.peers(lookups=Lookups(resolve), limit=AMPLE)
    owner = await scene.owner()
    endpoint = await scene.endpoint("https://hooks.partner.example/in", owner)
    await scene.tell(owner)
    await scene.to_the_end()
    attempts = await ended(scene, endpoint, "exhausted", None, "dns-failed")
    assert asked == ["hooks.partner.example"] * len(attempts)


@pytest.mark.parametrize("wrong", ["unknown issuer", "other name"])
async def test_a_receiver_whose_certificate_does_not_hold_is_told_nothing_to_the_end(scene, wrong, tmp_path):
    server, client = certificate(tmp_path, "other.example" if wrong == "other name" else "127.0.0.1")
    scene.peers(poster=Poster(client if wrong == "other name" else None), limit=AMPLE)
    owner = await scene.owner()
    async with listening(tls=server) as peer:
        endpoint = await scene.endpoint(peer.url, owner)
        await scene.tell(owner)
        await scene.to_the_end()
    await ended(scene, endpoint, "exhausted", None, "tls-failed")
    assert peer.got == []


async def test_a_success_that_comes_after_the_time_out_is_sent_again_with_its_id(sqlite_scene):
    limit = 5 * LIMIT  # long enough for the request to arrive
    waits = iter([2 * limit, 0])

    async def behave(_, writer) -> None:
        await asyncio.sleep(next(waits))
        writer.write(NO_CONTENT)
        await writer.drain()

    sqlite_scene.peers(limit=limit)
    owner = await sqlite_scene.owner()
    async with listening(behave) as peer:
        endpoint = await sqlite_scene.endpoint(peer.url, owner)
        await sqlite_scene.tell(owner)
        await sqlite_scene.deliver()
        sqlite_scene.peers(limit=AMPLE)
        await sqlite_scene.to_the_end()
    first, second = await sqlite_scene.attempts(endpoint)
    assert (first.outcome, first.reason, second.outcome) == ("failed", "timed-out", "delivered")
    once, again = peer.got
    assert (once.headers["webhook-id"], once.body) == (again.headers["webhook-id"], again.body)
    assert int(once.headers["webhook-timestamp"]) < int(again.headers["webhook-timestamp"])


@pytest.mark.parametrize(
    "body", [b"nul \0 inside", b"\xff\xfe not utf-8", "\u00fcmlaut \U0001f600".encode(), b"x" * 5000, b""]
)
async def test_an_answer_is_kept_as_text_of_at_most_two_kibibytes(scene, body):
    owner = await scene.owner()
    raw = f"HTTP/1.1 500 X\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    async with listening(answering(raw)) as peer:
        endpoint = await scene.endpoint(peer.url, owner)
        await scene.tell(owner)
        await scene.deliver()
    (attempt,) = await scene.attempts(endpoint)
    assert attempt.response == (body[:2048].decode(errors="replace").replace("\0", "\ufffd") or None)


async def test_a_connection_that_was_closed_meanwhile_costs_no_attempt(sqlite_scene):
    closes = iter([False, False, True, False])

    async def behave(_, writer) -> None:
        writer.write(NO_CONTENT)
        await writer.drain()
        if next(closes):
            writer.close()

    owner = await sqlite_scene.owner()
    async with listening(behave) as peer:
        endpoint = await sqlite_scene.endpoint(peer.url, owner)
        for _ in range(4):
            await sqlite_scene.tell(owner)
            await sqlite_scene.deliver()
    assert peer.connections == 2
    assert [each.outcome for each in await sqlite_scene.attempts(endpoint)] == ["delivered"] * 4
