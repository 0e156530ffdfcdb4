"""The designation a caller looks at: found among what it can see, and noted in the access log where staff looks."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.routing import APIRoute

from app.api.deps import Caller, Look, The
from app.api.designation_shapes import DesignationRef
from app.api.moves import desk_of, proof_of
from app.api.payloads import SignatureIn
from app.api.runtime import runtime_of
from app.domain.policy import Actor
from app.services import designations, security, sign_offs, signing
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


async def proved(reference: str, signature: SignatureIn | None, actor: Actor, request: Request) -> None:
    """Checks a signature before any transaction is open, once there is something that the caller could sign.

    Raises NotFound, NotPermitted, SigningRefused, SigningLocked.
    """
    if signature is None:
        return
    the = runtime_of(request)
    async with the.database.reading() as db:
        await designations.seen(desk_of(db, actor, the), reference)
    await signing.prove(proof_of(the), actor, signature)


Seen = Annotated[Designation, Depends(_seen)]
SeenWhole = Annotated[Designation, Depends(_seen_whole)]
SeenByStaff = Annotated[Designation, Depends(_seen_by_staff)]
