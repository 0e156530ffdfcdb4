"""API keys: made, shown once, stored as a keyed hash, rotated with an overlap, revoked at once."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import api_keys as key_text
from app.domain.errors import Conflict, Flaw, Invalid, NotFound, NotPermitted
from app.domain.identity import new_id
from app.domain.keyring import Keyring
from app.domain.policy import GRANTS, SCOPE_OF, Role, Scope
from app.services import access, notices, security
from app.services.applicants import managed
from app.services.transitions import Desk
from app.store import api_keys as store
from app.store.api_keys import api_keys
from app.store.columns import Record

MACHINE_SCOPES = frozenset(SCOPE_OF[permission] for permission in GRANTS[Role.INTEGRATOR])
MOST_OPEN = 100  # of one person, or of one applicant's machines
MOST_OVERLAP = timedelta(days=7)
LAST = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose key it is: a person's, or (no person) a machine's of one applicant or of the program."""

    person_id: UUID | None = None
    applicant_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NewKey:
    id: UUID
    text: str  # the only time it is known

    @property
    def lookup(self) -> str:
        """The part of it that may be shown."""
        return key_text.ApiKey(self.text).lookup


@dataclass(frozen=True, slots=True)
class Wish:
    """What a new key is asked to be."""

    label: str
    scopes: Collection[Scope]
    expires_at: datetime | None


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


async def make_own(desk: Desk, wish: Wish) -> NewKey:
    """A further key of the person who calls. Raises NotPermitted, Invalid."""
    actor = desk.actor
    if actor.person_id is None:
        raise NotPermitted("Only a person has keys of its own; a signer rotates those of machines.")
    _checked(desk, wish)
    return await _made(desk, Owner(actor.person_id), wish)


async def make_for_machine(desk: Desk, applicant_id: UUID, wish: Wish) -> NewKey:
    """A key without a person, for one applicant's systems; it never signs. Raises NotPermitted, Invalid."""
    await managed(desk, applicant_id)
    _checked(desk, wish, MACHINE_SCOPES)
    return await _made(desk, Owner(applicant_id=applicant_id), wish)


async def own(desk: Desk, key_id: UUID) -> Record:
    """A key of the person who calls, locked. Raises NotFound."""
    if desk.actor.person_id is None:
        raise NotFound
    return await _found(desk, store.of_owner(desk.actor.person_id, None), key_id)


async def of_machine(desk: Desk, applicant_id: UUID, key_id: UUID) -> Record:
    """A machine's key, locked, for a signer of its applicant. Raises NotFound, NotPermitted."""
    await managed(desk, applicant_id)
    return await _found(desk, store.of_owner(None, applicant_id), key_id)


async def rotate(desk: Desk, found: Record, overlap: timedelta) -> NewKey:
    """A key in the place of another, which stays good for the overlap. Raises Conflict, NotPermitted."""
    if _is_over(found, desk.now) or found.replaced_by is not None:
        raise Conflict("This key has ended or was rotated before; make a new one.")
    life = None if found.expires_at is None else found.expires_at - found.created_at
    wish = Wish(
        found.label,
        frozenset(Scope(name) for name in found.scopes.split()),
        None if life is None else desk.now + life,
    )
    _within_own(desk, wish.scopes)
    made = await _made(desk, Owner(found.person_id, found.applicant_id), wish)
    ends = min(desk.now + overlap, found.expires_at or LAST)
    old = api_keys.update().where(api_keys.c.id == found.id)
    await desk.db.execute(old.values(replaced_by=made.id, expires_at=ends))
    return made


async def revoke(desk: Desk, found: Record) -> None:
    """Ends a key at once and tells whoever loses it; one that has ended stays as it is."""
    if found.revoked_at is not None:
        return
    ended = api_keys.update().where(api_keys.c.id == found.id)
    await desk.db.execute(ended.values(revoked_at=desk.now))
    own_email = _own_address(desk) if found.person_id is not None else None
    await notices.key_ended(desk.db, desk.keyring, found, own_email, desk.now)
    await security.note(desk.db, "key_revoked", desk.now, actor_id=desk.actor.person_id, subject_id=found.id)


async def end_of_program(db: AsyncConnection, key_id: UUID, now: datetime) -> bool:
    """Ends a key of a machine of the program, from the command line; False where there is none to end."""
    found = await store.find(db, store.of_owner(None, None), key_id, lock=True)
    if found is None or _is_over(found, now):
        return False
    await db.execute(api_keys.update().where(api_keys.c.id == key_id).values(revoked_at=now))
    await security.note(db, "key_revoked", now, subject_id=key_id)
    return True


def _checked(desk: Desk, wish: Wish, grantable: frozenset[Scope] = frozenset(Scope)) -> None:
    """Raises Invalid for what such a key cannot have, NotPermitted for what the caller's own has not."""
    flaws = [
        Flaw("/scopes", "not-for-machines", f"A machine's key has no {scope.value}.")
        for scope in sorted(set(wish.scopes) - grantable)
    ]
    if wish.expires_at is not None and wish.expires_at <= desk.now:
        flaws.append(Flaw("/expires_at", "in-future", "A key expires in the future, or never."))
    if flaws:
        raise Invalid(flaws=flaws)
    _within_own(desk, wish.scopes)


def _within_own(desk: Desk, scopes: Iterable[Scope]) -> None:
    beyond = sorted(set(scopes) - desk.actor.scopes)
    if beyond:
        raise NotPermitted(f"Your own key does not have {', '.join(beyond)}.")


async def _made(desk: Desk, owner: Owner, wish: Wish) -> NewKey:
    owned = store.of_owner(owner.person_id, owner.applicant_id)
    if await store.count_open(desk.db, owned, desk.now) >= MOST_OPEN:
        raise Conflict(f"There are {MOST_OPEN} keys already; revoke one that is not used.")
    made = await make(
        desk.db,
        desk.keyring,
        owner,
        desk.now,
        scopes=wish.scopes,
        label=wish.label,
        expires_at=wish.expires_at,
        by=desk.actor.person_id,
    )
    to = _own_address(desk) if owner.person_id is not None else None
    await notices.key_made(desk.db, desk.keyring, to, wish.label, made.lookup, desk.now)
    return made


def _own_address(desk: Desk) -> str | None:
    """Where the caller is told of its own keys; an address that nobody confirmed gets no mail of ours."""
    return desk.actor.email if desk.actor.email_confirmed else None


async def _found(desk: Desk, owned: ColumnElement[bool], key_id: UUID) -> Record:
    found = await store.find(desk.db, owned, key_id, lock=True)
    if found is None:
        raise NotFound
    return found


def _is_over(found: Record, now: datetime) -> bool:
    return found.revoked_at is not None or (found.expires_at is not None and found.expires_at <= now)
