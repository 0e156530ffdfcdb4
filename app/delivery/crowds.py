"""Crowds: attempts that end in one pass of the event loop have waited for each other, and all else for them."""

import asyncio
from typing import Final

CROWD: Final = 16  # endings in one pass; what comes beyond them is too much at once
# In all lanes together: that many may go on whatever the crowds, or the process would rest with each pause of its peers
AT_ONCE: Final = 64


class Crowds:
    """Counts within the pass that goes on."""

    def __init__(self) -> None:
        self._count = 0

    def has_too_many(self, width: int, lanes: int) -> bool:
        """Counts one more, of a lane so wide among so many that move; whether that lane is to be narrower.

        One that has no more than its equal part of AT_ONCE is not.
        """
        if not self._count:
            asyncio.get_running_loop().call_soon(self._begin)
        self._count += 1
        return self._count > CROWD and width * lanes > AT_ONCE

    def _begin(self) -> None:
        self._count = 0
