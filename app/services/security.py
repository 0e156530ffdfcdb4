"""The security log: what happens to accounts, keys and memberships. Append-only; never a secret, never a name."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import exact_json
from app.store.logs import access_log, security_log


async def note(
    db: AsyncConnection,
    action: str,
    at: datetime,
    *,
    actor_id: UUID | None = None,
    subject_id: UUID | None = None,
    **facts: str | int,
) -> None:
    row = {
        "at": at,
        "actor_id": actor_id,
        "subject_id": subject_id,
        "action": action,
        "facts": exact_json.stored(facts),
    }
    await db.execute(_insert, row)


async def read_by_staff(
    db: AsyncConnection,
    at: datetime,
    *,
    person_id: UUID | None,
    key_id: UUID | None,
    subject_id: UUID,
    what: str,
) -> None:
    """A staff member's look at an applicant's thing (not a change, so not in the journal's chain)."""
    row = {"at": at, "person_id": person_id, "key_id": key_id, "subject_id": subject_id, "what": what}
    await db.execute(_insert_access, row)


_insert = security_log.insert()
_insert_access = access_log.insert()
