"""The request a caller looks at: found among what it can see, and noted in the access log where staff looks."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.routing import APIRoute

from app.api.deps import Caller, Look, RequestRef, The
from app.api.runtime import Runtime
from app.domain.errors import NotFound
from app.domain.policy import Actor
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
        await note_look(request, db, actor, the, found.id)
    return found


async def note_look(request: Request, db: Look, actor: Actor, the: Runtime, subject_id: UUID) -> None:
    """Writes a look of the program's at an applicant's thing into the access log."""
    route = request.scope["route"]
    what = route.operation_id if isinstance(route, APIRoute) and route.operation_id else route.path
    await security.read_by_staff(
        db, the.now(), person_id=actor.person_id, key_id=actor.key_id, subject_id=subject_id, what=what
    )


async def _staff(actor: Caller) -> Actor:
    """Raises NotFound for applicants: to them the program's own work on a request does not exist."""
    if not actor.is_staff:
        raise NotFound
    return actor


Seen = Annotated[DesignationRequest, Depends(_seen)]
Staff = Annotated[Actor, Depends(_staff)]


async def _seen_inside(_: Staff, found: Seen) -> DesignationRequest:
    return found


SeenInside = Annotated[DesignationRequest, Depends(_seen_inside)]
