"""Keyset pages: a signed cursor that says where the last page ended and which listing it belongs to."""

import hmac
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Query, Request
from starlette.responses import Response

from app.api.answers import answer
from app.domain import exact_json
from app.domain.errors import Flaw, Invalid
from app.domain.keyring import Keyring, base64url, from_base64url

Item = TypeVar("Item")
Cursor = Annotated[
    str | None,
    Query(
        max_length=1000,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="Where the last page ended: its next_cursor.",
    ),
]


def sealed(keyring: Keyring, listing: str, place: Sequence[Any]) -> str:
    """An opaque cursor; `listing` names the caller, path and filters it is good for."""
    payload = exact_json.encode(list(place))
    return base64url(keyring.mac("cursor", listing.encode(), payload)[:16] + payload)


def opened(keyring: Keyring, listing: str, cursor: str | None) -> list[Any] | None:
    """Where the last page ended. Raises Invalid for a cursor that is not ours, or of another listing."""
    if cursor is None:
        return None
    try:
        raw = from_base64url(cursor)
        mac, payload = raw[:16], raw[16:]
        if hmac.compare_digest(mac, keyring.mac("cursor", listing.encode(), payload)[:16]):
            place: list[Any] = exact_json.decode(payload)
            return place
    except (ValueError, UnicodeError):
        pass
    raise Invalid(flaws=[Flaw("/query/cursor", "cursor", "Not a cursor of this listing; start without one.")])


def listing_of(request: Request, caller: object) -> str:
    """What a cursor is bound to: caller, path and every parameter but the page's own."""
    kept = sorted(
        (name, value) for name, value in request.query_params.multi_items() if name not in {"cursor", "limit"}
    )
    return exact_json.stored([str(caller), request.url.path, kept])


def page(
    request: Request,
    found: Sequence[Item],
    limit: int,
    seal: Callable[[Item], str],
    show: Callable[[Item], Any],
    total: int | None = None,
) -> Response:
    """A page of at most `limit` of the `limit + 1` that were looked for, with an RFC 8288 link to the next."""
    shown = found[:limit]
    cursor = seal(shown[-1]) if len(found) > limit else None
    body: dict[str, Any] = {"items": [show(each) for each in shown], "next_cursor": cursor}
    if total is not None:
        body["total"] = total
    links = {}
    if cursor is not None:
        url = request.url.include_query_params(cursor=cursor)
        links = {"Link": f'<{url.path}?{url.query}>; rel="next"'}
    return answer(body, headers=links)
