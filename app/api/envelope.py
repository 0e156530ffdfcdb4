"""What is true of every call: a request id, trace context, limits by caller, safe headers, HEAD, and an answer."""

import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.answers import problem
from app.api.metrics import Metrics
from app.api.problem_pages import title_of
from app.api.problems import on_fault
from app.domain.api_keys import PREFIX
from app.domain.errors import TooMany

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNLIMITED = frozenset({"/healthz", "/readyz", "/metrics"})
MOST_CALLERS = 50_000


@dataclass(slots=True)
class Bucket:
    """A caller's allowance; it fills steadily and holds one minute's worth."""

    level: float
    at: float

    def take(self, per_minute: int, now: float) -> float:
        """Seconds to wait before this call may be made; 0 takes it."""
        self.level = min(per_minute, self.level + (now - self.at) * per_minute / 60)
        self.at = now
        if self.level < 1:
            return (1 - self.level) * 60 / per_minute
        self.level -= 1
        return 0.0

    def full_in(self, per_minute: int) -> int:
        """Seconds until there is all of it again."""
        return ceil((per_minute - self.level) * 60 / per_minute)


@dataclass(slots=True)
class Answering:
    """One answer on its way out: it gets its headers, is counted, and for HEAD loses its content."""

    send: Send
    method: str
    headers: list[tuple[bytes, bytes]]
    count: Callable[[int], None]
    started: bool = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.count(message["status"])
            own = message["headers"]
            said = {name for name, _ in own}
            message = {**message, "headers": [*own, *(each for each in self.headers if each[0] not in said)]}
        elif self.method == "HEAD":
            message = {**message, "body": b""}
        await self.send(message)


class Envelope:
    """ASGI middleware. Limits hold per process: a deployment of n workers lets a caller do up to n times as much."""

    def __init__(self, app: ASGIApp, per_minute: int, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics
        self.per_minute = per_minute
        self.buckets: OrderedDict[str, Bucket] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = Headers(scope=scope)
        sent_id = sent.get("x-request-id", "")
        scope["request_id"] = sent_id if REQUEST_ID.fullmatch(sent_id) else secrets.token_hex(12)
        method = scope["method"]
        if method == "HEAD":
            # RFC 9110 9.3.2: as GET, without the content
            scope = {**scope, "method": "GET", "content_wanted": False}
        wait, rate = self._admit(scope, sent)
        answering = Answering(send, method, [*_own_headers(scope, sent), *rate], self._counter(scope, method))
        if wait:
            await _refusal(scope, wait)(scope, receive, answering)
            return
        try:
            await self.app(scope, receive, answering)
        except Exception as fault:
            if answering.started:
                raise
            response = await on_fault(Request(scope), fault)
            await response(scope, receive, answering)

    def _counter(self, scope: Scope, method: str) -> Callable[[int], None]:
        began = time.perf_counter()
        known = method if method in METHODS else "other"  # a label must not grow with what callers send

        def count(status: int) -> None:
            route = getattr(scope.get("route"), "path", "none")
            self.metrics.count(route, known, status, time.perf_counter() - began)

        return count

    def _admit(self, scope: Scope, sent: Headers) -> tuple[float, list[tuple[bytes, bytes]]]:
        """Seconds to wait (0: the call may be made), and the headers that tell of the allowance."""
        caller, limit = self._caller(scope, sent)
        bucket = self._bucket(caller, limit)
        wait = 0.0 if scope["path"] in UNLIMITED else bucket.take(limit, time.monotonic())
        return wait, [
            (b"ratelimit-policy", b'"calls";q=%d;w=60' % limit),
            (b"ratelimit", b'"calls";r=%d;t=%d' % (bucket.level, bucket.full_in(limit))),
        ]

    def _caller(self, scope: Scope, headers: Headers) -> tuple[str, int]:
        """Whose allowance counts: that of the key's public part, or of the address, which gets a tenth."""
        authorization = headers.get("authorization", "")
        if authorization:
            # access tokens begin alike; what tells them apart is their end
            is_key = PREFIX in authorization[:14]
            return authorization[:26] if is_key else authorization[-26:], self.per_minute
        client = scope.get("client")
        return (client[0] if client else ""), max(1, self.per_minute // 10)

    def _bucket(self, caller: str, limit: int) -> Bucket:
        bucket = self.buckets.get(caller)
        if bucket is None:
            bucket = self.buckets[caller] = Bucket(limit, time.monotonic())
            if len(self.buckets) > MOST_CALLERS:
                self.buckets.popitem(last=False)
        self.buckets.move_to_end(caller)
        return bucket


def _own_headers(scope: Scope, sent: Headers) -> list[tuple[bytes, bytes]]:
    trace = sent.get("traceparent", "")
    traced = [(b"traceparent", trace.encode())] if TRACEPARENT.fullmatch(trace) else []
    return [(b"x-request-id", scope["request_id"].encode()), *SAFE, *traced]


def _refusal(scope: Scope, wait: float) -> Response:
    code, detail = TooMany.code, TooMany.sentence
    members = {"instance": scope["path"], "request_id": scope["request_id"]}
    return problem(429, code, title_of(code), detail, members, {"Retry-After": str(int(wait) + 1)})
