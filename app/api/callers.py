"""Who is calling: found once a call, before anything else of it is looked at."""

from collections.abc import Callable
from typing import Any

from fastapi import Request
from fastapi.dependencies.models import Dependant
from sqlalchemy.ext.asyncio import AsyncConnection

from app.api.runtime import Runtime, runtime_of
from app.domain.api_keys import PREFIX
from app.domain.errors import Unauthenticated
from app.domain.policy import Actor
from app.services import access, oidc


async def caller_of(request: Request) -> Actor:
    """The caller, kept for the rest of the call. Raises Unauthenticated."""
    kept: Actor | None = request.scope.get("actor")
    if kept is not None:
        return kept
    actor = await _behind(request, credential_of(request))
    request.scope["actor"] = actor
    return actor


def credential_of(request: Request) -> str:
    """The key or token that was sent. Raises Unauthenticated."""
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not credential:
        raise Unauthenticated
    return credential.strip()


async def _behind(request: Request, credential: str) -> Actor:
    runtime, work = runtime_of(request), request.scope["work"]
    if request.method != "GET" or _is_token(runtime, credential):
        return await behind(runtime, credential)
    # what only reads goes on with the same connection
    return await _holder(runtime, await work.look(), credential)


async def behind(runtime: Runtime, credential: str) -> Actor:
    """The caller behind a credential, as things stand now. Raises Unauthenticated."""
    if runtime.issuer is not None and _is_token(runtime, credential):
        return await oidc.identify(runtime.database, runtime.issuer, credential, runtime.now(), runtime.ahead)
    async with runtime.database.reading() as db:
        return await _holder(runtime, db, credential)


def _is_token(runtime: Runtime, credential: str) -> bool:
    return runtime.issuer is not None and not credential.startswith(PREFIX)


async def _holder(runtime: Runtime, db: AsyncConnection, credential: str) -> Actor:
    actor = await access.identify(db, runtime.keyring, credential, runtime.now())
    runtime.uses.note(actor.key_id, runtime.now())
    return actor


def asks_for(dependant: Dependant, dependency: Callable[..., Any]) -> bool:
    """Whether a route, or anything it depends on, asks for this dependency."""
    return dependant.call is dependency or any(asks_for(each, dependency) for each in dependant.dependencies)
