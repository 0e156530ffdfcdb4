"""Metrics for Prometheus: calls by route, method and status, and how long they took. No label names a caller."""

import hmac

from fastapi import APIRouter, Request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from starlette.responses import PlainTextResponse, Response

from app.api.runtime import runtime_of
from app.api.work import Transacted
from app.domain.errors import NotFound

BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
LOOPBACK = frozenset({"127.0.0.1", "::1"})
router = APIRouter(tags=["about"], route_class=Transacted)


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.calls = Counter("amtdp_calls", "Calls", ("route", "method", "status"), registry=self.registry)
        self.seconds = Histogram(
            "amtdp_call_seconds", "Time to answer", registry=self.registry, buckets=BUCKETS
        )
        # looking a counter up by its labels costs more than counting; there are as many as routes have answers
        self._counters: dict[tuple[str, str, int], Counter] = {}

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        counter = self._counters.get((route, method, status))
        if counter is None:
            counter = self._counters[route, method, status] = self.calls.labels(route, method, str(status))
        counter.inc()
        self.seconds.observe(seconds)


@router.get("/metrics", operation_id="getMetrics", summary="Counters; off loopback with the metrics key alone",
            response_class=PlainTextResponse)  # fmt: skip
async def get_metrics(request: Request) -> Response:
    key = runtime_of(request).settings.metrics_key
    sent = request.headers.get("authorization", "").removeprefix("Bearer ")
    known = key is not None and hmac.compare_digest(sent.encode(), key.get_secret_value().encode())
    if not known and (request.client is None or request.client.host not in LOOPBACK):
        raise NotFound
    metrics: Metrics = request.app.state.metrics
    return PlainTextResponse(generate_latest(metrics.registry), media_type="text/plain; version=0.0.4")
