"""Every refusal as HTTP: one table from error to status, and the handlers that write problem details."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from app.api.answers import problem
from app.api.problem_pages import title_of
from app.domain import door, errors

STATUS: dict[type[errors.DomainError], int] = {
    errors.Malformed: 400,
    errors.Unauthenticated: 401,
    errors.NotPermitted: 403,
    errors.SigningRefused: 403,
    errors.NotFound: 404,
    errors.NotAcceptable: 406,
    errors.Conflict: 409,
    errors.StillRunning: 409,
    errors.PreconditionFailed: 412,
    errors.TooLarge: 413,
    errors.UnsupportedMediaType: 415,
    errors.Invalid: 422,
    errors.NotReady: 422,
    errors.CodeRefused: 422,
    errors.TargetNotAllowed: 422,
    errors.FileRefused: 422,
    errors.FileInfected: 403,
    errors.FileMissing: 410,
    errors.RangeNotSatisfiable: 416,
    errors.KeyReused: 422,
    errors.SigningLocked: 423,
    errors.PreconditionRequired: 428,
    errors.TooMany: 429,
    errors.Unavailable: 503,
}
FRAMEWORK: dict[int, type[errors.DomainError]] = {
    400: errors.Malformed,
    404: errors.NotFound,
    406: errors.NotAcceptable,
    413: errors.TooLarge,
    415: errors.UnsupportedMediaType,
}
log = structlog.get_logger("amtdp.api")


def status_of(kind: type[errors.DomainError]) -> int:
    """The status of an error, or of the nearest of its parents that has one."""
    return next(STATUS[each] for each in kind.__mro__ if each in STATUS)


def refuse(request: Request, error: errors.DomainError) -> Response:
    headers: dict[str, str] = dict(error.facts.get("headers", {}))
    members, status = _members(request, error), status_of(type(error))
    if status == 401:  # RFC 9110 15.5.2 asks for the challenge
        headers = {"WWW-Authenticate": 'Bearer realm="amtdp"', **headers}
    return problem(status, error.code, title_of(error.code), error.detail, members, headers)


def told(request: Request, error: errors.DomainError) -> dict[str, Any]:
    """The refusal as problem details, for an answer that holds several."""
    code = error.code
    about = {"type": f"/problems/{code}", "title": title_of(code), "status": status_of(type(error))}
    return {**about, "detail": error.detail, "code": code, **_members(request, error)}


def _members(request: Request, error: errors.DomainError) -> dict[str, Any]:
    """What the problem says beyond its code and sentence."""
    facts = {name: fact for name, fact in error.facts.items() if name != "headers"}
    members: dict[str, Any] = {**_about(request), **facts}
    if error.flaws:
        members["errors"] = [
            {"pointer": flaw.pointer, "rule": flaw.rule, "detail": flaw.detail} for flaw in error.flaws
        ]
    return members


def _about(request: Request) -> Mapping[str, Any]:
    return {"instance": request.url.path, "request_id": request.scope.get("request_id", "")}


def flaws_of(found: RequestValidationError) -> list[errors.Flaw]:
    """The framework's findings as flaws: where, which rule, why; never the value that was sent.

    Each once: where a dependency and its route both ask for the body, both find what is wrong with it.
    """
    return list(dict.fromkeys(_flaw(each, found.body) for each in found.errors()[: door.MOST_FLAWS]))


def _flaw(each: Mapping[str, Any], body: Any) -> errors.Flaw:
    part, *inner = each["loc"]
    location = each["loc"]
    if part == "body":
        # what is missing is no tag, though it may be called as the body names itself
        missing = inner[-1:] if each["type"] == "missing" else []
        location = [*_untagged(inner[: len(inner) - len(missing)], body), *missing]
    return door.flaw_of(
        each["type"], location, each["msg"].removeprefix("Value error, "), each.get("ctx", {})
    )


def _untagged(location: Sequence[str | int], body: Any) -> list[str | int]:
    """The location in what was sent: a body told apart by its name has that name in pydantic's locations."""
    kept, tree = list[str | int](), body
    for token in location:
        if isinstance(tree, dict) and token not in tree and tree.get("name") == token:
            continue
        kept.append(token)
        tree = _below(tree, token)
    return kept


def _below(tree: Any, token: str | int) -> Any:
    if isinstance(tree, dict):
        return tree.get(token)
    is_place = isinstance(tree, list) and isinstance(token, int) and token < len(tree)
    return tree[token] if is_place else None


async def on_domain_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.DomainError)  # noqa: S101 - registered for this type alone
    return refuse(request, error)


async def on_validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type alone
    return refuse(request, errors.Invalid(flaws=flaws_of(error)))


async def on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type alone
    if error.status_code == 405:
        allow = ", ".join(sorted(_methods_here(request)))
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": allow})
        return problem(405, "method-not-allowed", title_of("method-not-allowed"),
                       f"This address takes {allow}.", _about(request), {"Allow": allow})  # fmt: skip
    known = FRAMEWORK.get(error.status_code)
    if known is not None:
        return refuse(request, known())
    return problem(error.status_code, "refused", title_of("refused"), "This cannot be done.", _about(request))


async def on_database_error(request: Request, error: Exception) -> Response:
    """A lock that could not be had or a server that went away is a passing fault; anything else is ours."""
    if isinstance(error, OperationalError):
        log.warning(
            "database unavailable", request_id=request.scope.get("request_id"), kind=type(error.orig).__name__
        )
        return refuse(
            request, errors.Unavailable("The database cannot answer now.", headers={"Retry-After": "2"})
        )
    return await on_fault(request, error)


async def on_fault(request: Request, error: Exception) -> Response:
    """The last resort: nothing of the fault leaves the server; its log has it under the request's id."""
    log.error("fault", request_id=request.scope.get("request_id"), path=request.url.path, exc_info=error)
    return problem(
        500,
        "fault",
        title_of("fault"),
        "Something went wrong on our side. Give us the request_id.",
        _about(request),
    )


def _methods_here(request: Request) -> set[str]:
    """Every method some route takes at this path; Starlette names only those of the first that matches."""
    methods: set[str] = set()
    for route in request.app.routes:
        match, _ = route.matches({**request.scope, "method": "OPTIONS"})
        if match is not Match.NONE:
            methods |= getattr(route, "methods", None) or set()
    return methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())


def install(app: FastAPI) -> None:
    app.add_exception_handler(errors.DomainError, on_domain_error)
    app.add_exception_handler(RequestValidationError, on_validation_error)
    app.add_exception_handler(HTTPException, on_http_exception)
    app.add_exception_handler(DBAPIError, on_database_error)
    app.add_exception_handler(Exception, on_fault)
