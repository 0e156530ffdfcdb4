"""Who is calling: found once a call, before anything else of it is looked at."""

from collections.abc import Callable
from typing import Any

from fastapi import Request
from fastapi.dependencies.models import Dependant

from app.api.runtime import runtime_of
from app.domain.errors import Unauthenticated
from app.domain.policy import Actor
from app.services import access


async def caller_of(request: Request) -> Actor:
    """The caller, kept for the rest of the call. Raises Unauthenticated."""
    kept: Actor | None = request.scope.get("actor")
    if kept is not None:
        return kept
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not credential:
        raise Unauthenticated
    runtime = runtime_of(request)
    async with runtime.database.reading() as db:
        actor = await access.identify(db, runtime.keyring, credential.strip(), runtime.now())
    runtime.uses.note(actor.key_id, runtime.now())
    request.scope["actor"] = actor
    return actor


def asks_for(dependant: Dependant, dependency: Callable[..., Any]) -> bool:
    """Whether a route, or anything it depends on, asks for this dependency."""
    return dependant.call is dependency or any(asks_for(each, dependency) for each in dependant.dependencies)
