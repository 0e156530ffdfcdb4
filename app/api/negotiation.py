"""Which representation a caller gets: what a route can answer with, weighed by Accept (RFC 9110 12.5.1)."""

import re
from collections.abc import Iterable, Sequence

from fastapi import Request
from fastapi.routing import APIRoute

from app.domain.errors import NotAcceptable


def media_types_of(route: APIRoute) -> frozenset[str]:
    """What the route can answer with: its own media type, and those its description adds to 200."""
    own = getattr(route.response_class, "media_type", None) or "application/json"
    return frozenset({own, *route.responses.get(200, {}).get("content", {})})


def check_accept(request: Request, produces: Iterable[str]) -> None:
    """Raises NotAcceptable where Accept leaves out everything the route can answer with (RFC 9110 12.5.1)."""
    weights = _weights(request)
    if weights and not any(_weight(kind, weights) > 0 for kind in produces):
        raise NotAcceptable(f"This resource is {', '.join(sorted(produces))}.")


def _weights(request: Request) -> dict[str, float]:
    """The ranges of Accept with their weights; none where it takes anything."""
    accept = request.headers.get("accept", "").strip()
    if not accept or accept == "*/*":
        return {}
    return dict(_weighed(part) for part in accept.lower().split(","))


def _weighed(part: str) -> tuple[str, float]:
    kind, _, parameters = part.partition(";")
    found = re.search(r"(?:^|;)\s*q=([01](?:\.[0-9]{0,3})?)\s*(?:;|$)", parameters)
    return kind.strip(), float(found[1]) if found else 1.0


def _weight(kind: str, weights: dict[str, float]) -> float:
    """The weight of the range that names the kind most closely."""
    ranges = (kind, f"{kind.partition('/')[0]}/*", "*/*") if kind != "*/*" else tuple(weights)
    return next((weights[each] for each in ranges if each in weights), 0.0)


def preferred(request: Request, kinds: Sequence[str]) -> str:
    """The kind that Accept gives the most weight; the first of those that have the same."""
    weights = _weights(request)
    return max(kinds, key=lambda kind: _weight(kind, weights)) if weights else kinds[0]
