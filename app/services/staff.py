"""People of the program."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Conflict, NotFound, NotPermitted
from app.domain.identity import new_id
from app.domain.keyring import Keyring
from app.domain.policy import Actor, Permission, Role
from app.services import keys, notices, security
from app.services.keys import NewKey, Owner
from app.services.registrations import email_key
from app.services.transitions import Desk
from app.store import api_keys
from app.store import people as people_store
from app.store.columns import Record
from app.store.people import people


@dataclass(frozen=True, slots=True)
class Recruit:
    """A member of staff to be; addresses of staff are vouched for by who adds them."""

    name: str
    email: str
    roles: tuple[Role, ...]
    password_hash: str
    center: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What an administrator decides of a member of staff; a closed account opens nothing and keeps its record."""

    name: str
    roles: frozenset[Role]
    center: str | None
    active: bool


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


async def hire(desk: Desk, recruit: Recruit) -> tuple[UUID, NewKey]:
    """Adds a member of staff for an administrator. Raises Conflict."""
    made = await add(desk.db, desk.keyring, recruit, desk.now, by=desk.actor.person_id)
    await _tell(desk, recruit.name, recruit.email, f"added as {_joined(recruit.roles).replace(' ', ', ')}")
    return made


def administers(actor: Actor) -> None:
    """Raises NotPermitted for whoever is no administrator."""
    if not actor.may(Permission.ADMINISTER):
        raise NotPermitted("This needs the role admin and the scope requests:write.")


async def for_change(desk: Desk, person_id: UUID) -> Record:
    """The member of staff, while all administrators are held. Raises NotFound, NotPermitted."""
    administers(desk.actor)
    if desk.actor.person_id not in {each.id for each in await people_store.admins(desk.db)}:
        raise NotPermitted("You are no administrator any more.")  # changed since the call began
    found = await people_store.member_of_staff(desk.db, person_id, lock=True)
    if found is None:
        raise NotFound
    return found


async def change(desk: Desk, before: Record, terms: Terms) -> NewKey | None:
    """Writes name, roles, center and activity; the last administrator stays. Raises Conflict.

    Closing an account ends its keys for good; opening it again gives the first of its new ones.
    """
    after = {
        "name": terms.name,
        "staff_roles": _joined(terms.roles),
        "center": terms.center,
        "active": terms.active,
    }
    changed = {name: value for name, value in after.items() if value != getattr(before, name)}
    if not changed:
        return None
    if not terms.active or Role.ADMIN not in terms.roles:
        admins = await people_store.admins(desk.db)
        if [each.id for each in admins] == [before.id]:
            raise Conflict("The last administrator stays: make another one first.")
    await desk.db.execute(people.update().where(people.c.id == before.id).values(**changed))
    if "active" in changed and not terms.active:
        await api_keys.end_all(desk.db, before.id, desk.now)
    if {"staff_roles", "active"} & changed.keys():
        roles = ", ".join(sorted(terms.roles)) or "no role"
        change = f"now {roles}" if terms.active else "the account is closed"
        await _tell(desk, terms.name, before.email, change)
    await security.note(
        desk.db,
        "staff_changed",
        desk.now,
        actor_id=desk.actor.person_id,
        subject_id=before.id,
        before=_told(before.staff_roles, active=before.active),
        after=_told(_joined(terms.roles), active=terms.active),
    )
    if "active" not in changed or not terms.active:
        return None
    return await keys.make(
        desk.db, desk.keyring, Owner(before.id), desk.now, label="first key", by=desk.actor.person_id
    )


async def _tell(desk: Desk, name: str, email: str, change: str) -> None:
    told = {each.email for each in await people_store.admins(desk.db)} | {email}
    await notices.staff_changed(desk.db, desk.keyring, sorted(told), name, change, desk.now)


def _told(roles: str, *, active: bool) -> str:
    return roles if active else "closed"


def _joined(roles: Iterable[Role]) -> str:
    return " ".join(sorted(role.value for role in roles))
