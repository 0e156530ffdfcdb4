"""One thing at a time that goes on beside its owner's turns."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Beside:
    """What fails is told to whoever begins the next one, or waits for the end."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    @property
    def goes_on(self) -> bool:
        return self._task is not None and not self._task.done()

    def begin(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Begins, unless the one before still goes on. Raises what that one raised, and begins nothing."""
        if self.goes_on:
            return
        before, self._task = self._task, None
        if before is not None:
            before.result()
        self._task = asyncio.create_task(work())

    async def end(self) -> None:
        """Waits for what goes on. Raises what it raises."""
        task, self._task = self._task, None
        if task is not None:
            await task
