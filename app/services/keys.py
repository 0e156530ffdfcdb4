"""API keys: made, shown once, stored as a keyed hash, rotated with an overlap, revoked at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import api_keys as key_text
from app.domain.identity import new_id
from app.domain.keyring import Keyring
from app.domain.policy import Scope
from app.services import access, security
from app.store.api_keys import api_keys


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose key it is: a person's, or (no person) a machine's of one applicant or of the program."""

    person_id: UUID | None = None
    applicant_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NewKey:
    id: UUID
    text: str  # the only time it is known


async def make(
    db: AsyncConnection,
    keyring: Keyring,
    owner: Owner,
    now: datetime,
    *,
    scopes: Iterable[Scope] = tuple(Scope),
    label: str = "",
    expires_at: datetime | None = None,
    by: UUID | None = None,
) -> NewKey:
    key, key_id = key_text.new(), new_id()
    row = {
        "id": key_id,
        "lookup": key.lookup,
        "digest": access.digest_of(keyring, key),
        "person_id": owner.person_id,
        "applicant_id": owner.applicant_id,
        "label": label,
        "scopes": " ".join(sorted(scopes)),
        "created_by": by,
        "created_at": now,
        "expires_at": expires_at,
    }
    await db.execute(api_keys.insert(), row)
    await security.note(db, "key_created", now, actor_id=by, subject_id=key_id)
    return NewKey(key_id, key.text)
