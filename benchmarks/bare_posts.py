"""`python -m benchmarks.bare_posts CLIENT URL COUNT`: posts one whole webhook in a bare loop, by httpx2 or aiohttp."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import aiohttp
import httpx2
import uvloop
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.domain import exact_json, webhooks
from app.domain.event_types import EVENT_TYPES
from app.domain.webhooks import Message
from benchmarks.cores import SERVICE_CORE, pin

AT_ONCE = 25
EVENT = EVENT_TYPES["designation_request.withdrawn"].example
BODY = exact_json.encode(EVENT)
HEADERS = {
    "user-agent": "amtdp-webhooks/1",
    "accept-encoding": "identity",
    "content-type": "application/cloudevents+json",
    **webhooks.headers(
        Message(EVENT["id"], datetime(2026, 6, 1, tzinfo=UTC), BODY),
        [webhooks.secret_of(bytes(32))],
        Ed25519PrivateKey.generate(),
        sequence=1,
        previous=None,
    ),
}


async def _loop(count: int, post: Callable[[], Awaitable[object]]) -> None:
    left = count

    async def follow() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            await post()

    await asyncio.gather(*(follow() for _ in range(AT_ONCE)))


async def main(client: str, url: str, count: int) -> None:
    if client == "httpx2":
        limits = httpx2.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        async with httpx2.AsyncClient(limits=limits) as session:
            await _loop(count, lambda: session.post(url, content=BODY, headers=HEADERS))
        return

    async with aiohttp.ClientSession() as session:

        async def post() -> None:
            async with session.post(url, data=BODY, headers=HEADERS) as answered:
                await answered.read()

        await _loop(count, post)


if __name__ == "__main__":
    pin(SERVICE_CORE)
    uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
