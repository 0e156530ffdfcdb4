"""People of the program."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Conflict
from app.domain.identity import new_id
from app.domain.keyring import Keyring
from app.domain.policy import Role
from app.services import keys, security
from app.services.keys import NewKey, Owner
from app.services.registrations import email_key
from app.store.people import people


@dataclass(frozen=True, slots=True)
class Recruit:
    """A member of staff to be; addresses of staff are vouched for by who adds them."""

    name: str
    email: str
    roles: tuple[Role, ...]
    password_hash: str
    center: str | None = None


def new_password() -> str:
    return secrets.token_urlsafe(18)


async def add(
    db: AsyncConnection, keyring: Keyring, recruit: Recruit, now: datetime, by: UUID | None = None
) -> tuple[UUID, NewKey]:
    """The person and a first key. Raises Conflict where the address is somebody's: nobody is both staff and member."""
    person_id = new_id()
    row = {
        "id": person_id,
        "kind": "staff",
        "name": recruit.name,
        "email": recruit.email,
        "email_key": email_key(recruit.email),
        "email_confirmed_at": now,
        "password_hash": recruit.password_hash,
        "staff_roles": _joined(recruit.roles),
        "center": recruit.center,
        "created_at": now,
    }
    try:
        async with db.begin_nested():
            await db.execute(people.insert(), row)
    except IntegrityError:
        raise Conflict("This address already belongs to an account.") from None
    key = await keys.make(db, keyring, Owner(person_id), now, label="first key", by=by)
    await security.note(
        db, "staff_added", now, actor_id=by, subject_id=person_id, roles=_joined(recruit.roles)
    )
    return person_id, key


def _joined(roles: Iterable[Role]) -> str:
    return " ".join(sorted(role.value for role in roles))
