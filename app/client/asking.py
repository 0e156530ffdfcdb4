"""What every part of the client rests on: the connection, and answers turned into their shapes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Self, TypeVar

import httpx2
from pydantic import ValidationError

from app.client.calls import Call, Calls, Patience
from app.client.faults import NotUnderstood
from app.client.shapes import Shown

Shape = TypeVar("Shape", bound=Shown)


class Asking:
    """Calls under one API key, or under none; `async with` closes its connections."""

    def __init__(
        self,
        base_url: str,
        api_key: str | None = None,
        *,
        patience: Patience = Patience(),  # noqa: B008 - frozen
        timeout: float = 30.0,
        transport: httpx2.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._http = httpx2.AsyncClient(
            base_url=base_url, headers=headers, timeout=timeout, transport=transport
        )
        self._calls = Calls(self._http, patience, sleep)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def _shown(self, shape: type[Shape], call: Call) -> Shape:
        answer = await self._calls.make(call)
        return shaped(shape, answer.tree, call, answer.etag)

    async def _listed(
        self, shape: type[Shape], path: str, filters: Mapping[str, str]
    ) -> AsyncIterator[Shape]:
        """Every item of a list, page by page."""
        wanted = {"limit": "200", **filters}
        while True:
            call = Call("GET", path, wanted)
            page = shaped(Page, (await self._calls.make(call)).tree, call)
            for item in page.items:
                yield shaped(shape, item, call)
            if page.next_cursor is None:
                return
            wanted["cursor"] = page.next_cursor


class Page(Shown):
    items: tuple[Any, ...]
    next_cursor: str | None


def shaped(shape: type[Shape], tree: Any, call: Call, etag: str | None = None) -> Shape:  # noqa: ANN401 -- any JSON
    """The answer as it should be. Raises NotUnderstood."""
    try:
        return shape.model_validate({**tree, "etag": etag})
    except (TypeError, ValidationError) as fault:
        raise NotUnderstood(f"{call.name}: {fault}") from fault
