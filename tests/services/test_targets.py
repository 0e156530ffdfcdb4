"""Targets: what the resolver says is judged each time, and a resolver that says nothing keeps nobody waiting."""

import asyncio
import socket
import threading
from ipaddress import ip_address

import pytest

from app.domain.addresses import Guard, NotAllowed
from app.services import targets
from app.services.targets import resolve, vetted_target

PUBLIC, OTHER, PRIVATE = "8.8.8.8", "2606:4700::1111", "10.1.2.3"
HOOK = "https://hooks.partner.example/in"


def saying(*found: str):
    async def resolve(host, port):
        return list(found)

    return resolve


async def test_what_is_returned_is_what_to_connect_to_in_the_order_given():
    the, found = await vetted_target(HOOK, Guard(), saying(OTHER, PUBLIC))
    assert (the.host, the.port) == ("hooks.partner.example", 443)
    assert found == [ip_address(OTHER), ip_address(PUBLIC)]


@pytest.mark.parametrize(
    ("answers", "rule"),
    [
        ((), "unresolved"),
        ((PUBLIC, PRIVATE), "not-public"),
        ((PRIVATE, PUBLIC), "not-public"),
        ((PUBLIC, "::ffff:10.1.2.3"), "embedded-ipv4"),
        ((PUBLIC, "fe80::1%eth0"), "zone"),
    ],
)
async def test_one_address_that_is_not_public_spoils_all(answers, rule):
    with pytest.raises(NotAllowed) as refused:
        await vetted_target(HOOK, Guard(), saying(*answers))
    assert refused.value.rule == rule
    assert not any(address in str(refused.value) for address in answers)


async def test_a_name_that_changes_its_meaning_is_judged_anew():
    answers = [[PUBLIC], [PRIVATE]]

    async def rebound(host, port):
        return answers.pop(0)

    await vetted_target(HOOK, Guard(), rebound)
    with pytest.raises(NotAllowed):
        await vetted_target(HOOK, Guard(), rebound)


async def test_an_address_is_not_asked_about():
    async def never(host, port):
        raise AssertionError(host)

    the, found = await vetted_target(f"https://{PUBLIC}:8443/x", Guard(), never)
    assert (found, the.authority) == ([ip_address(PUBLIC)], f"{PUBLIC}:8443")
    the, found = await vetted_target(f"https://[{OTHER}]/", Guard(), never)
    assert found == [ip_address(OTHER)]


async def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(targets, "RESOLVE_SECONDS", 0.05)

    async def hangs(host, port):
        await asyncio.sleep(60)
        raise AssertionError("never")

    with pytest.raises(NotAllowed) as refused:
        await vetted_target(HOOK, Guard(), hangs)
    assert refused.value.rule == "unresolved"


async def test_the_machines_resolver_is_asked_off_the_event_loop(monkeypatch):
    turned = threading.Event()

    def slow(host, port, **_):
        assert turned.wait(30), "the loop did not turn meanwhile"
        return [(socket.AF_INET, None, 6, "", (PUBLIC, port)), (socket.AF_INET, None, 6, "", (PUBLIC, port))]

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    asked = asyncio.create_task(resolve("hooks.partner.example", 443))
    for _ in range(6):
        await asyncio.sleep(0.005)
    assert not asked.done()
    turned.set()
    assert await asked == [PUBLIC]


@pytest.mark.parametrize("fault", [socket.gaierror(socket.EAI_NONAME, "x"), UnicodeError("label too long")])
async def test_a_name_that_does_not_resolve_is_an_empty_answer(monkeypatch, fault):
    def fails(*_, **__):
        raise fault

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    assert await resolve("nowhere.partner.example", 443) == []


async def test_loopback_is_for_a_guard_that_allows_it():
    found = await vetted_target("http://localhost:9000/", Guard(loopback=True), resolve)
    assert all(address.is_loopback for address in found[1])
    with pytest.raises(NotAllowed):
        await vetted_target("http://localhost:9000/", Guard(), resolve)
