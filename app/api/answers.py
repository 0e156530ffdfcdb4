"""What leaves: JSON answers with their tags, and problem details (RFC 9457)."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from app.domain import exact_json

PROBLEM = "application/problem+json"


def answer(
    tree: Any, status: int = 200, *, etag: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON answer, written once; `etag` is the tag's inner text."""
    response = Response(exact_json.encode(tree), status, media_type="application/json")
    if etag is not None:
        response.headers["ETag"] = f'"{etag}"'
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response


def matches(header: str, etag: str) -> bool:
    """Whether one of the header's tags is this one (a weak prefix is looked past, RFC 9110 8.8.3.2)."""
    tags = _tags(header)
    return tags == ["*"] or etag in [tag.removeprefix("W/").strip('"') for tag in tags]


def is_current(header: str, etag: str) -> bool:
    """Whether one of the header's tags is this strong one; a weak tag is no proof of what it was (13.1.1)."""
    tags = _tags(header)
    return tags == ["*"] or etag in [tag.strip('"') for tag in tags]


def _tags(header: str) -> list[str]:
    return [tag.strip() for tag in header.split(",")]


def problem(
    status: int,
    code: str,
    title: str,
    detail: str,
    members: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Problem details; `members` carries `instance`, `request_id` and what else the caller may see."""
    body = {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        **members,
    }
    return Response(exact_json.encode(body), status, headers=dict(headers or {}), media_type=PROBLEM)
