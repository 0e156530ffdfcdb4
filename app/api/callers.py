"""Who is calling: found once a call, before anything else of it is looked at."""

from collections.abc import Callable
from typing import Any

from fastapi import Request
from fastapi.dependencies.models import Dependant

from app.api.runtime import runtime_of
from app.domain.api_keys import PREFIX
from app.domain.errors import Unauthenticated
from app.domain.policy import Actor
from app.services import access, oidc


async def caller_of(request: Request) -> Actor:
    """The caller, kept for the rest of the call. Raises Unauthenticated."""
    kept: Actor | None = request.scope.get("actor")
    if kept is not None:
        return kept
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not credential:
        raise Unauthenticated
    actor = await _behind(request, credential.strip())
    request.scope["actor"] = actor
    return actor


async def _behind(request: Request, credential: str) -> Actor:
    runtime, work = runtime_of(request), request.scope["work"]
    if runtime.issuer is not None and not credential.startswith(PREFIX):
        return await oidc.identify(runtime.database, runtime.issuer, credential, runtime.now())
    if request.method == "GET":
        # what only reads goes on with the same connection
        actor = await access.identify(await work.look(), runtime.keyring, credential, runtime.now())
    else:
        async with runtime.database.reading() as db:
            actor = await access.identify(db, runtime.keyring, credential, runtime.now())
    runtime.uses.note(actor.key_id, runtime.now())
    return actor


def asks_for(dependant: Dependant, dependency: Callable[..., Any]) -> bool:
    """Whether a route, or anything it depends on, asks for this dependency."""
    return dependant.call is dependency or any(asks_for(each, dependency) for each in dependant.dependencies)
