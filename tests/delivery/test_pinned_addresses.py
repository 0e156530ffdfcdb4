"""The address that was vetted is the one connected to, under the name that was given; one lookup an attempt."""

import asyncio
from ipaddress import IPv4Address

import pytest

from app.delivery.posting import Fault, NoAnswer, Poster
from app.domain.addresses import Target
from app.services.lookups import Lookups
from tests.delivery.peers import answering, certificate, listening

NAMES = ("one.partner.example", "two.partner.example")
HERE, THERE = IPv4Address("127.0.0.1"), IPv4Address("127.0.0.2")
TWICE = b"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Posting:
    """A poster that trusts one certificate, and what the server of it was asked for."""

    def __init__(self, folder, *names: str) -> None:
        self.server, client = certificate(folder, *names)
        self.asked: list[str] = []
        self.server.sni_callback = lambda _socket, name, _context: self.asked.append(name)
        self.poster = Poster(client)

    async def post(self, name: str, port: int, *addresses: IPv4Address):
        the = Target("https", name, port, "/in", None)
        wire = f"POST /in HTTP/1.1\r\nhost: {name}\r\ncontent-length: 2\r\n\r\nhi".encode()
        until = asyncio.get_running_loop().time() + 5
        return await self.poster.post(the, addresses or [HERE], wire, until)


@pytest.fixture
async def posting(tmp_path):
    opened = Posting(tmp_path, *NAMES)
    yield opened
    await opened.poster.close()


async def test_a_kept_connection_serves_no_other_name_on_the_same_address(posting):
    async with listening(tls=posting.server) as peer:
        for name in (*NAMES, *NAMES, NAMES[0]):
            assert (await posting.post(name, peer.port)).status == 200
    assert posting.asked == list(NAMES), "a connection for each name, used again for that name alone"
    assert [got.headers["host"] for got in peer.got] == [*NAMES, *NAMES, NAMES[0]]


async def test_a_certificate_for_another_name_is_refused(posting):
    async with listening(tls=posting.server) as peer:
        with pytest.raises(NoAnswer) as none:
            await posting.post("three.partner.example", peer.port)
    assert (none.value.fault, peer.got) == (Fault.TLS, [])


async def test_where_the_first_address_does_not_answer_the_next_is_taken(posting):
    async with listening(tls=posting.server) as peer:
        assert (await posting.post(NAMES[0], peer.port, THERE, HERE)).status == 200
    with pytest.raises(NoAnswer) as none:
        await posting.post(NAMES[1], peer.port, THERE, HERE)
    assert none.value.fault is Fault.REFUSED


async def test_what_was_said_unasked_on_a_kept_connection_answers_nothing(posting):
    async with listening(answering(TWICE), tls=posting.server) as peer:
        assert [(await posting.post(NAMES[0], peer.port)).status for _ in range(2)] == [204, 204]
    assert peer.connections == 2


async def test_a_name_that_changes_its_mind_between_check_and_connection_changes_nothing(scene):
    """Rebinding: the resolver's next answer would be another receiver, and is not asked for."""
    answers, asked = [["127.0.0.2"], ["127.0.0.1"], ["127.0.0.2"]], []

    async def resolve(host, port):
        asked.append(host)
        return answers[len(asked) - 1]

    scene.peers(lookups=Lookups(resolve))
    owner = await scene.owner()
    async with listening(host="127.0.0.2") as vetted, listening(port=vetted.port) as other:
        endpoint = await scene.endpoint(f"http://localhost:{vetted.port}/in", owner)
        for heard in ((1, 0), (1, 1), (2, 1)):
            await scene.tell(owner)
            await scene.deliver()
            assert (len(vetted.got), len(other.got)) == heard
    assert asked == ["localhost"] * 3, "one lookup an attempt"
    assert await scene.statuses(endpoint) == ["delivered"] * 3


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
async def test_no_proxy_of_the_environment_is_used(sqlite_scene, monkeypatch, name):
    owner = await sqlite_scene.owner()
    async with listening() as proxy, listening() as peer:
        monkeypatch.setenv(name, proxy.url)
        await sqlite_scene.endpoint(peer.url, owner)
        await sqlite_scene.tell(owner)
        await sqlite_scene.deliver()
    assert (proxy.connections, len(peer.got)) == (0, 1)
