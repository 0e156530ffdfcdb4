"""The security log: what happens to accounts, keys and memberships. Append-only; never a secret, never a name."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import exact_json
from app.store.logs import access_log, security_log
from app.store.writes import Writes


async def note(
    db: AsyncConnection,
    action: str,
    at: datetime,
    *,
    actor_id: UUID | None = None,
    subject_id: UUID | None = None,
    **facts: str | int,
) -> None:
    await db.execute(_insert, _row(action, at, actor_id, subject_id, facts))


def add(
    writes: Writes,
    action: str,
    at: datetime,
    *,
    actor_id: UUID | None = None,
    subject_id: UUID | None = None,
    **facts: str | int,
) -> None:
    """The same, written with whatever else is gathered."""
    writes.insert(security_log, [_row(action, at, actor_id, subject_id, facts)])


def _row(
    action: str, at: datetime, actor_id: UUID | None, subject_id: UUID | None, facts: Mapping[str, str | int]
) -> dict[str, Any]:
    return {
        "at": at,
        "actor_id": actor_id,
        "subject_id": subject_id,
        "action": action,
        "facts": exact_json.stored(facts),
    }


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
