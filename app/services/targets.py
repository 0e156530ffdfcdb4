"""Targets of webhooks: a URL judged by its text, then by every address that its host resolves to at this moment.

What is returned is what to connect to: looking the name up again could find another address.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeAlias

from app.domain import addresses
from app.domain.addresses import Address, Guard, NotAllowed, Target

# host and port to addresses as text, none where the name does not resolve
Resolve: TypeAlias = Callable[[str, int], Awaitable[list[str]]]
RESOLVE_SECONDS: Final = 5.0
# of its own: a resolver that hangs must not keep the loop's other threads
_THREADS = ThreadPoolExecutor(max_workers=16, thread_name_prefix="resolve")


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
        return the, addresses.vetted([str(the.address)], the, guard)
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            found = await resolve(the.host, the.port)
    except TimeoutError:
        raise NotAllowed("unresolved") from None
    return the, addresses.vetted(found, the, guard)
