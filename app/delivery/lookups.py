"""Looking names up for many attempts at once: those that ask for the same name meanwhile share one lookup.

A resolver that hangs holds a thread; without this a single endpoint whose name hangs would soon hold all of them, and
keep every other endpoint from being looked up.
"""

import asyncio

from app.services.targets import Resolve


class SharedLookups:
    """Resolves as `resolve` does. Nothing is remembered: whoever comes after an answer asks anew."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._under_way: dict[tuple[str, int], asyncio.Task[list[str]]] = {}

    async def __call__(self, host: str, port: int) -> list[str]:
        key = (host, port)
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(self._ask(host, port))
            task.add_done_callback(lambda _: self._under_way.pop(key))
        # whoever gives up leaves the lookup to the others
        return await asyncio.shield(task)

    async def _ask(self, host: str, port: int) -> list[str]:
        try:
            return await self._resolve(host, port)
        except OSError:
            return []
