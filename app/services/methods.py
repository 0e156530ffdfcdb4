"""Registered methods of an applicant: a name and its dated versions, to which several requests can link."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.domain import exact_json
from app.domain.errors import Conflict, NotFound, NotPermitted
from app.domain.identity import new_id
from app.domain.policy import Permission
from app.services import security
from app.services.applicants import within
from app.services.transitions import Desk
from app.store import methods as store
from app.store.columns import Record
from app.store.methods import methods

MOST = 1000  # of one applicant


@dataclass(frozen=True, slots=True)
class Described:
    """A method as it is registered; each version is {version, dated?, change_impact?}."""

    name: str
    versions: Sequence[dict[str, Any]]


async def register(desk: Desk, applicant_id: UUID, described: Described) -> UUID:
    """Raises NotFound, NotPermitted, Conflict."""
    await _editing(desk, applicant_id)
    if await store.count(desk.db, applicant_id) >= MOST:
        raise Conflict(f"The applicant has {MOST} methods already.")
    method_id = new_id()
    row = {
        "id": method_id,
        "applicant_id": applicant_id,
        "name": described.name,
        "versions": exact_json.stored(list(described.versions)),
        "created_by": desk.actor.person_id,
        "created_at": desk.now,
        "updated_at": desk.now,
    }
    await desk.db.execute(methods.insert(), row)
    await security.note(
        desk.db, "method_registered", desk.now, actor_id=desk.actor.person_id, subject_id=method_id
    )
    return method_id


async def for_change(desk: Desk, applicant_id: UUID, method_id: UUID) -> Record:
    """The method, locked. Raises NotFound, NotPermitted."""
    await _editing(desk, applicant_id)
    found = await store.find(desk.db, applicant_id, method_id, lock=True)
    if found is None:
        raise NotFound
    return found


async def change(desk: Desk, before: Record, described: Described) -> None:
    values = {
        "name": described.name,
        "versions": exact_json.stored(list(described.versions)),
        "updated_at": desk.now,
    }
    await desk.db.execute(methods.update().where(methods.c.id == before.id).values(**values))
    await security.note(
        desk.db, "method_changed", desk.now, actor_id=desk.actor.person_id, subject_id=before.id
    )


async def _editing(desk: Desk, applicant_id: UUID) -> None:
    await within(desk, applicant_id)
    if not desk.actor.may(Permission.EDIT_DRAFTS, applicant_id):
        raise NotPermitted("This needs the role preparer or signer and the scope requests:write.")
