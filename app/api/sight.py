"""The request a caller looks at: found among what it can see, and noted in the access log where staff looks."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.routing import APIRoute

from app.api.deps import Caller, Look, RequestRef, The
from app.domain.errors import NotFound
from app.services import security
from app.store import requests
from app.store.requests import DesignationRequest


async def _seen(
    reference: RequestRef, request: Request, db: Look, actor: Caller, the: The
) -> DesignationRequest:
    found = await requests.find(db, actor, reference)
    if found is None:
        raise NotFound
    if actor.is_staff:
        route = request.scope["route"]
        what = route.operation_id if isinstance(route, APIRoute) and route.operation_id else route.path
        await security.read_by_staff(
            db, the.now(), person_id=actor.person_id, key_id=actor.key_id, subject_id=found.id, what=what
        )
    return found


Seen = Annotated[DesignationRequest, Depends(_seen)]
