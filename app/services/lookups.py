"""Looking names up for many at once, so that one whose names hang keeps nobody else from being looked up.

A resolver that hangs holds a thread until it answers, also where nobody waits any more, and threads are few. So those
of one owner that ask for the same name meanwhile share a lookup, and each owner has so many under way at most: what an
owner's names do ends with its own. Owners share none: one could keep another's name waiting behind its own.
"""

import asyncio
from functools import partial
from typing import Final
from uuid import UUID
from weakref import WeakValueDictionary

from app.services.targets import Resolve

EACH: Final = 4  # lookups of one owner at once: many owners must join to hold all threads


class Lookups:
    """Resolves as `resolve` does. Nothing is remembered: whoever comes after an answer asks anew."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._under_way: dict[tuple[UUID | None, str, int], asyncio.Task[list[str]]] = {}
        # one goes with the last lookup that is in it or waits for it
        self._rooms: WeakValueDictionary[UUID | None, asyncio.Semaphore] = WeakValueDictionary()

    def of(self, owner: UUID | None) -> Resolve:
        """For an endpoint of this owner; None: the program."""
        return partial(self._shared, owner)

    async def _shared(self, owner: UUID | None, host: str, port: int) -> list[str]:
        key = (owner, host, port)
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(self._ask(self._room(owner), host, port))
            task.add_done_callback(lambda _: self._under_way.pop(key))
        # whoever gives up leaves the lookup to the others
        return await asyncio.shield(task)

    def _room(self, owner: UUID | None) -> asyncio.Semaphore:
        room = self._rooms.get(owner)
        if room is None:
            room = self._rooms[owner] = asyncio.Semaphore(EACH)
        return room

    async def _ask(self, room: asyncio.Semaphore, host: str, port: int) -> list[str]:
        async with room:
            try:
                return await self._resolve(host, port)
            except OSError:
                return []
