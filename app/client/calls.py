"""One call and its repetitions: the same body under the same Idempotency-Key until it is answered for good."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from uuid import uuid4

import httpx2

from app.client.faults import NotUnderstood, Refused, Unreachable, refusal
from app.domain import exact_json

# What a repetition can mend. A wrong address or a body that cannot be written stays wrong.
FAULTS = (httpx2.TimeoutException, httpx2.NetworkError, httpx2.RemoteProtocolError)
# With these nothing has left, so the service cannot have acted.
UNSENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a call is tried in all, and the waits between in seconds: doubling, with jitter, never longer."""

    tries: int = 6
    first: float = 0.5
    longest: float = 60.0

    def wait(self, failed: int, asked: float | None) -> float | None:
        """Before the next try, after `failed` of them; None: give up. `asked` is what Retry-After asks for."""
        if failed >= self.tries or (asked or 0.0) > self.longest:
            return None
        own = min(self.longest, self.first * 2.0 ** min(failed - 1, 30)) * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret
        return max(own, asked or 0.0)


@dataclass(frozen=True, slots=True)
class Form:
    """A file and the fields beside it, as multipart; the file is read again from its start for each try."""

    filename: str
    file: BinaryIO
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked. `key`: one's own Idempotency-Key, that a call may be repeated by another process too."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    tree: Any = None
    form: Form | None = None
    if_match: str | None = None
    key: str | None = None

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Answer:
    """A success: the body (decimals keep their digits), and the tag of what it shows."""

    tree: Any
    etag: str | None
    after_lost_answer: bool


class Calls:
    """Calls under one key; every POST has an Idempotency-Key, so that whatever gets lost, it is done once."""

    def __init__(
        self,
        http: httpx2.AsyncClient,
        patience: Patience,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._http, self._patience, self._sleep = http, patience, sleep

    async def make(self, call: Call) -> Answer:
        """The answer, once there is one. Raises Refused, Unreachable, NotUnderstood."""
        sent = _as_sent(call)
        failed, lost = 0, False
        while True:
            try:
                answer = await self._http.request(call.method, call.path, **sent)
                if answer.is_success:
                    return Answer(_tree(call, answer), answer.headers.get("ETag"), lost)
                fault: Exception = refusal(call.name, answer)
            except FAULTS as broken:
                fault = broken
                lost = lost or not isinstance(broken, UNSENT)
            failed += 1
            await self._sleep(self._wait(call, fault, failed, lost))

    def _wait(self, call: Call, fault: Exception, failed: int, lost: bool) -> float:
        """How long to wait before the next try. Raises what the call ends in where there is none."""
        if not isinstance(fault, Refused):
            wait = self._patience.wait(failed, None)
            if wait is None:
                raise Unreachable(f"{call.name}: no answer in {failed} tries ({fault!r})") from fault
            return wait
        fault.after_lost_answer = lost
        wait = self._patience.wait(failed, fault.retry_after) if fault.is_passing else None
        if wait is None:
            raise fault
        return wait

    async def pause(self, failed: int, asked: float | None) -> None:
        """Waits before what is tried without end, the longest wait at most."""
        wait = self._patience.wait(min(failed, self._patience.tries - 1), asked)
        await self._sleep(self._patience.longest if wait is None else wait)

    @asynccontextmanager
    async def stream(self, path: str, params: Mapping[str, str]) -> AsyncIterator[httpx2.EventSource]:
        """Server-sent events of one connection; no repetition. Raises Refused, or a fault of the connection."""
        quiet = httpx2.Timeout(30.0, read=90.0)  # a heartbeat comes more often
        accept = {"Accept": "text/event-stream"}
        async with self._http.stream("GET", path, params=params, headers=accept, timeout=quiet) as answer:
            if not answer.is_success:
                await answer.aread()
                raise refusal(f"GET {path}", answer)
            yield httpx2.EventSource(answer)


def _as_sent(call: Call) -> dict[str, Any]:
    headers = {}
    if call.method == "POST":
        headers["Idempotency-Key"] = call.key or str(uuid4())
    if call.if_match is not None:
        headers["If-Match"] = call.if_match
    sent: dict[str, Any] = {"headers": headers, "params": dict(call.params)}
    if call.form is not None:
        sent |= {"files": {"file": (call.form.filename, call.form.file)}, "data": dict(call.form.fields)}
    elif call.tree is not None:
        headers["Content-Type"] = "application/json"
        sent["content"] = exact_json.encode(call.tree)
    return sent


def _tree(call: Call, answer: httpx2.Response) -> Any:  # noqa: ANN401 -- any JSON
    if not answer.content:
        return None
    try:
        return exact_json.decode(answer.content)
    except exact_json.NotJson as fault:
        raise NotUnderstood(f"{call.name} answered {answer.status_code} with no JSON: {fault}") from fault
