"""Dead letters, revived: what was given up begins anew, as if it had just been queued."""

from uuid import UUID

from app.domain.errors import NotFound
from app.services import security
from app.services.transitions import Desk
from app.store import dead_letters, deliveries
from app.store.columns import Record


async def revive(desk: Desk, id: UUID) -> Record:
    """The letter as it was. Raises NotFound for what is not dead, or no longer."""
    found = await dead_letters.find(desk.db, id)
    if found is None or not await deliveries.revive(desk.db, desk.now, ids=[id]):
        raise NotFound
    await security.note(
        desk.db, "delivery_revived", desk.now, actor_id=desk.actor.person_id, subject_id=id, kind=found.kind
    )
    return found
