"""What tests of webhooks ask for."""

from collections.abc import AsyncIterator

import pytest

from tests.delivery import scene as scenes
from tests.delivery.scene import Scene
from tests.given import Given


@pytest.fixture
async def scene(given: Given) -> AsyncIterator[Scene]:
    async with scenes.on(given) as opened:
        yield opened


@pytest.fixture
async def sqlite_scene(sqlite_given: Given) -> AsyncIterator[Scene]:
    """For what does not depend on the database."""
    async with scenes.on(sqlite_given) as opened:
        yield opened
