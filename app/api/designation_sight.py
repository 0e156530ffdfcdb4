"""The designation a caller looks at: found among what it can see, and noted in the access log where staff looks."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.routing import APIRoute

from app.api.deps import Caller, Look, The
from app.api.designation_shapes import DesignationRef
from app.api.moves import desk_of
from app.services import designations, security, sign_offs
from app.services.transitions import Desk
from app.store.designations import Designation


async def _seen(
    designation: DesignationRef, request: Request, db: Look, actor: Caller, the: The
) -> Designation:
    desk = desk_of(db, actor, the)
    return await _noted(desk, request, await designations.seen(desk, designation))


async def _seen_whole(
    designation: DesignationRef, request: Request, db: Look, actor: Caller, the: The
) -> Designation:
    desk = desk_of(db, actor, the)
    return await _noted(desk, request, await designations.seen_whole(desk, designation))


async def _seen_by_staff(
    designation: DesignationRef, request: Request, db: Look, actor: Caller, the: The
) -> Designation:
    desk = desk_of(db, actor, the)
    return await _noted(desk, request, await sign_offs.program_only(desk, designation))


async def _noted(desk: Desk, request: Request, found: Designation) -> Designation:
    actor, route = desk.actor, request.scope["route"]
    if actor.is_staff:
        what = route.operation_id if isinstance(route, APIRoute) and route.operation_id else route.path
        await security.read_by_staff(
            desk.db, desk.now, person_id=actor.person_id, key_id=actor.key_id, subject_id=found.id, what=what
        )
    return found


Seen = Annotated[Designation, Depends(_seen)]
SeenWhole = Annotated[Designation, Depends(_seen_whole)]
SeenByStaff = Annotated[Designation, Depends(_seen_by_staff)]
