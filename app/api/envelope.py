"""What is true of every call: a request id in and out, trace context, limits by caller, safe headers, HEAD, and an
answer whatever happens inside.
"""

import re
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.answers import problem
from app.api.metrics import Metrics
from app.api.problem_pages import title_of
from app.api.problems import on_fault

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
SAFE = (
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
)
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
        headers = Headers(scope=scope)
        sent_id = headers.get("x-request-id", "")
        scope["request_id"] = sent_id if REQUEST_ID.fullmatch(sent_id) else secrets.token_hex(12)
        trace = headers.get("traceparent", "")
        caller, limit = self._caller(scope, headers)
        bucket = self._bucket(caller, limit)
        wait = 0.0 if scope["path"] in UNLIMITED else bucket.take(limit, time.monotonic())
        began = time.perf_counter()
        method, started = scope["method"], False
        if method == "HEAD":
            scope = {**scope, "method": "GET"}  # RFC 9110 9.3.2: as GET, without the content
        rate = {
            "RateLimit-Policy": f'"calls";q={limit};w=60',
            "RateLimit": f'"calls";r={int(bucket.level)};t=60',
        }

        async def send_dressed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.body" and method == "HEAD":
                message = {**message, "body": b""}
            if message["type"] == "http.response.start":
                started = True
                route = getattr(scope.get("route"), "path", "none")
                self.metrics.count(route, method, message["status"], time.perf_counter() - began)
                dressed = MutableHeaders(scope=message)
                dressed["X-Request-Id"] = scope["request_id"]
                for name, value in (*SAFE, *rate.items()):
                    dressed.setdefault(name, value)
                if TRACEPARENT.fullmatch(trace):
                    dressed["traceparent"] = trace
            await send(message)

        if wait:
            members: dict[str, Any] = {"instance": scope["path"], "request_id": scope["request_id"]}
            code = "too-many-requests"
            response = problem(429, code, title_of(code), "Too many calls; wait as long as Retry-After says.",
                               members, {"Retry-After": str(int(wait) + 1)})  # fmt: skip
            await response(scope, receive, send_dressed)
            return
        try:
            await self.app(scope, receive, send_dressed)
        except Exception as fault:
            if started:
                raise
            response = await on_fault(Request(scope), fault)
            await response(scope, receive, send_dressed)

    def _caller(self, scope: Scope, headers: Headers) -> tuple[str, int]:
        """Whose allowance counts: that of the key's public part, or of the address, which gets a tenth."""
        authorization = headers.get("authorization", "")
        if authorization:
            return authorization[:26], self.per_minute
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
