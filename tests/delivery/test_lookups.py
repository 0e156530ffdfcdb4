"""Names that hang: they keep neither those that ask for the same name nor anybody else waiting."""

import asyncio
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

from app.domain.identity import new_id
from app.services import targets
from app.services.lookups import EACH, Lookups
from app.services.targets import resolve as machines_own
from tests.delivery.peers import listening
from tests.delivery.scene import Scene

MOST = 20  # endpoints that an owner may have


async def test_attempts_that_ask_for_the_same_name_meanwhile_share_a_lookup_and_remember_nothing():
    asked, go = [], asyncio.Event()

    async def resolve(host, port):
        asked.append(host)
        await go.wait()
        if host == "gone":
            raise OSError
        return [f"{host}-{len(asked)}"]

    shared = Lookups(resolve).of(None)
    calls = [asyncio.create_task(shared(host, 443)) for host in ("a", "b", "a", "a", "gone")]
    hasty = asyncio.create_task(shared("a", 443))
    await asyncio.sleep(0)
    hasty.cancel()
    await asyncio.sleep(0)
    go.set()
    assert await asyncio.gather(*calls) == [["a-3"], ["b-3"], ["a-3"], ["a-3"], []]
    assert asked == ["a", "b", "gone"]
    assert await shared("a", 443) == ["a-4"]


async def test_an_owner_whose_names_hang_has_so_many_lookups_under_way_and_no_more():
    asked, go = [], asyncio.Event()

    async def resolve(host, port):
        asked.append(host)
        if host.startswith("hang"):
            await go.wait()
        return [host]

    lookups = Lookups(resolve)
    one, other = lookups.of(None), lookups.of(new_id())
    hanging = [asyncio.create_task(one(f"hang{n}", 443)) for n in range(MOST)]
    for given_up in hanging[: EACH + 1]:
        await asyncio.sleep(0)
        given_up.cancel()
    await asyncio.sleep(0)
    assert len(asked) == EACH, "whoever gives up frees nothing: the resolver has not answered"
    assert await other("quick", 443) == ["quick"]
    behind = asyncio.create_task(one("theirs", 443))  # another's name, put behind those that hang
    await asyncio.sleep(0)
    assert await asyncio.wait_for(other("theirs", 443), 30) == ["theirs"]
    go.set()
    assert await behind == ["theirs"]
    await asyncio.gather(*hanging, return_exceptions=True)
    assert len(asked) == MOST + 3
    assert await one("after", 443) == ["after"]


async def test_the_hanging_names_of_one_owner_keep_no_delivery_of_another_waiting(scene: Scene, monkeypatch):
    """More of them than there are threads, looked up by the machine's own resolver."""
    go = threading.Event()
    looked_up = socket.getaddrinfo

    def hangs(host, *rest, **more):
        if str(host).startswith("hang"):
            go.wait(60)
            raise socket.gaierror(socket.EAI_AGAIN, "no answer")
        return looked_up(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    monkeypatch.setattr(targets, "RESOLVE_SECONDS", 0.5)
    monkeypatch.setattr(targets, "_THREADS", ThreadPoolExecutor(max_workers=EACH + 1))
    owner, other = await scene.owner(), await scene.owner()
    scene.peers(lookups=Lookups(machines_own))
    try:
        async with listening() as peer:
            bad = [await scene.endpoint(f"https://hang{n}.partner.example/in", owner) for n in range(MOST)]
            good = await scene.endpoint(f"http://localhost:{peer.port}/in", other)
            await scene.tell(owner)
            await scene.tell(other)
            await scene.deliver()
        assert await scene.statuses(good) == ["delivered"]
        [attempt] = await scene.attempts(good)
        assert attempt.outcome == "delivered"
        for each in bad:
            [attempt] = await scene.attempts(each)
            assert (attempt.outcome, attempt.reason) == ("failed", "dns-failed")
    finally:
        go.set()
