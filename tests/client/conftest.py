"""The client over the service in process, and waits that take no time."""

from collections.abc import Callable

import httpx2
import pytest
from fastapi import FastAPI

from app.client import Client


@pytest.fixture
def waits() -> list[float]:
    """What the client of a test would have waited."""
    return []


@pytest.fixture
def desk(service: FastAPI, waits: list[float]) -> Callable[[str | None], Client]:
    """A client under a key, as an integrator makes one."""

    async def note(seconds: float) -> None:
        waits.append(seconds)

    def under(api_key: str | None = None) -> Client:
        return Client("http://test", api_key, transport=httpx2.ASGITransport(service), sleep=note)

    return under
