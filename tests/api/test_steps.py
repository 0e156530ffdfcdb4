"""Steps: what a signature asks for is found once, after what it needs, and all that is wrong is told together."""

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Header, Path, Query, Request
from fastapi.dependencies.utils import get_dependant
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.responses import Response

from app.api.steps import endpoint_of

called: list[str] = []


async def inner(request: Request, n: Annotated[int, Path(ge=1)]) -> int:
    called.append("inner")
    return n


async def outer(found: Annotated[int, Depends(inner)], size: Annotated[int, Query()] = 7) -> int:
    called.append("outer")
    return found * size


class Body(BaseModel):
    name: str


async def endpoint(
    body: Body,
    first: Annotated[int, Depends(inner)],
    second: Annotated[int, Depends(outer)],
    if_match: Annotated[str | None, Header(max_length=3)] = None,
    sorts: Annotated[list[str], Query()] = [],  # noqa: B006 - as FastAPI has defaults
) -> Response:
    called.append("endpoint")
    return Response(f"{body.name} {first} {second} {if_match} {sorts}")


async def asked(n: str, query: bytes = b"", body: Any = None, **headers: str) -> str:
    called.clear()
    request = Request(
        {
            "type": "http", "method": "POST", "path": "/", "app": FastAPI(), "query_string": query,
            "path_params": {"n": n},
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        }
    )  # fmt: skip

    async def body_of(_: Request) -> Any:
        return {"name": "A"} if body is None else body

    answered = await endpoint_of(get_dependant(path="/{n}", call=endpoint), body_of)(request)
    return bytes(answered.body).decode()


async def test_each_dependency_is_called_once_and_after_what_it_needs():
    assert await asked("2") == "A 2 14 None []"
    assert called == ["inner", "outer", "endpoint"]


async def test_parameters_are_read_from_path_query_and_headers():
    assert await asked("3", b"size=2&sorts=a&sorts=b", if_match="x") == "A 3 6 x ['a', 'b']"


async def test_what_is_wrong_anywhere_is_told_together_and_nothing_is_called_on_it():
    with pytest.raises(RequestValidationError) as raised:
        await asked("0", b"size=x", body={}, if_match="long")
    places = [each["loc"] for each in raised.value.errors()]
    assert places == [("path", "n"), ("query", "size"), ("header", "if-match"), ("body", "name")]
    assert called == []


async def test_what_does_not_need_the_wrong_is_still_called():
    with pytest.raises(RequestValidationError):
        await asked("2", b"size=x")
    assert called == ["inner"]


async def test_a_function_that_is_no_coroutine_is_refused_when_the_route_is_made():
    def plain() -> int:
        return 1

    async def taking(_: Annotated[int, Depends(plain)]) -> Response:
        return Response()

    with pytest.raises(TypeError, match="no coroutine"):
        endpoint_of(get_dependant(path="/", call=taking), None)
