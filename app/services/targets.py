"""Targets of webhooks: a URL judged by its text, then by every address that its host resolves to at this moment.

What is returned is what to connect to: looking the name up again could find another address.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeAlias

from app.domain import addresses
from app.domain.addresses import RULES, Address, Guard, NotAllowed, Target
from app.domain.errors import Flaw, TargetNotAllowed

# host and port to addresses as text, none where the name does not resolve
Resolve: TypeAlias = Callable[[str, int], Awaitable[list[str]]]
RESOLVE_SECONDS: Final = 5.0
# of its own: a resolver that hangs must not keep the loop's other threads; who may hold how many, `lookups` says
_THREADS = ThreadPoolExecutor(max_workers=64, thread_name_prefix="resolve")


UNRESOLVED: Final = "unresolved"
FORM_IS_ALLOWED: Final = "The URL has a form, a scheme and a port that are called."
RESOLVES: Final = "The host is an address, or a name that resolves."
ALL_PUBLIC: Final = "All it resolves to may be connected to."
NOT_KNOWN: Final = "Not known while the name resolves to nothing."


async def resolve(host: str, port: int) -> list[str]:
    """What the machine's resolver says, off the event loop; empty where it says nothing."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.run_in_executor(_THREADS, _looked_up, host, port)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(found))


def _looked_up(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(place[0]) for *_, place in found]


async def vetted_target(url: str, guard: Guard, resolve: Resolve) -> tuple[Target, list[Address]]:
    """The URL in parts and the addresses that may be connected to, in the resolver's order. Raises NotAllowed.

    A name that does not resolve in time breaks the rule `unresolved`, like one that resolves to nothing.
    """
    the = addresses.target(url, guard)
    if the.address is not None:
        return the, addresses.vetted([the.host], the, guard)
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            found = await resolve(the.host, the.port)
    except TimeoutError:
        raise NotAllowed(UNRESOLVED) from None
    return the, addresses.vetted(found, the, guard)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `detail` names the rule's sentence and never an address."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the guard says of a URL at this moment. A name that does not resolve may do so later: no refusal."""

    url: str
    checks: tuple[Check, ...]
    refused_by: str | None = None  # a rule of the guard's

    def insist(self) -> None:
        """Raises TargetNotAllowed where the URL must not be called."""
        if self.refused_by is not None:
            sentence = RULES[self.refused_by]
            raise TargetNotAllowed(sentence, flaws=[Flaw("/url", self.refused_by, sentence)])


async def judged(url: str, guard: Guard, resolve: Resolve) -> Judgement:
    """The guard's checks on a URL, in words for its owner."""
    try:
        addresses.target(url, guard)
    except NotAllowed as fault:
        return Judgement(url, (Check("url", passed=False, detail=str(fault)),), fault.rule)
    form, rule = Check("url", passed=True, detail=FORM_IS_ALLOWED), None
    try:
        await vetted_target(url, guard, resolve)
    except NotAllowed as fault:
        rule = fault.rule
    if rule == UNRESOLVED:
        nowhere = Check("resolves", passed=False, detail=RULES[UNRESOLVED])
        return Judgement(url, (form, nowhere, Check("public", passed=False, detail=NOT_KNOWN)))
    public = Check("public", passed=rule is None, detail=ALL_PUBLIC if rule is None else RULES[rule])
    return Judgement(url, (form, Check("resolves", passed=True, detail=RESOLVES), public), rule)
