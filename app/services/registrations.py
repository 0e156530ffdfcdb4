"""Registration: from nothing to a first draft in one call; a code proves the address before the first submission."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import exact_json
from app.domain.errors import CodeRefused, NotFound, TooMany
from app.domain.identity import new_id
from app.domain.keyring import Keyring
from app.services import keys, post, security
from app.services.keys import NewKey, Owner
from app.services.post import Letter
from app.store import address_states
from app.store.applicants import applicants, members
from app.store.people import any_unconfirmed, is_confirmed, people
from app.store.registrations import CODE_MAILED, mailed_since, registrations

CODE_LIFE = timedelta(minutes=15)
TRIES = 5
WINDOW = timedelta(hours=1)
MAILS_AN_HOUR = 5  # to one address
REGISTRATIONS_AN_HOUR = 30  # from one source


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who registers, for whom, and from where (the network address is kept only as a keyed hash)."""

    name: str
    email: str
    password_hash: str
    applicant: dict[str, Any]
    source: str


@dataclass(frozen=True, slots=True)
class Registered:
    id: UUID
    applicant_id: UUID
    person_id: UUID
    key: NewKey


def email_key(email: str) -> str:
    """The address as it is compared: case tells no two mailboxes apart."""
    return email.strip().casefold()


async def register(
    db: AsyncConnection, keyring: Keyring, public_url: str, newcomer: Newcomer, now: datetime
) -> Registered:
    """Always the same answer, whoever has the address: it is reserved by confirming it, not by asking for it."""
    source = keyring.mac("source", newcomer.source.encode()).hex()
    if await _recent(db, registrations.c.source == source, now) >= REGISTRATIONS_AN_HOUR:
        raise TooMany("Too many registrations from your address.", headers={"Retry-After": "3600"})
    known = email_key(newcomer.email)
    made = Registered(new_id(), new_id(), new_id(), keys.NewKey(new_id(), ""))
    person = {
        "id": made.person_id,
        "kind": "member",
        "name": newcomer.name,
        "email": newcomer.email.strip(),
        "email_key": known,
        "password_hash": newcomer.password_hash,
        "created_at": now,
    }
    applicant = {
        **newcomer.applicant,
        "id": made.applicant_id,
        "identifiers": exact_json.stored(newcomer.applicant.get("identifiers", {})),
        "created_at": now,
        "updated_at": now,
    }
    await db.execute(people.insert(), person)
    await db.execute(applicants.insert(), applicant)
    membership = {
        "applicant_id": made.applicant_id,
        "person_id": made.person_id,
        "role": "signer",
        "created_at": now,
    }
    await db.execute(members.insert(), membership)
    code = await _mailed_code(db, keyring, public_url, made.id, made.person_id, newcomer.email, now)
    row = {
        "id": made.id,
        "applicant_id": made.applicant_id,
        "person_id": made.person_id,
        "email_key": known,
        "source": source,
        "code_digest": code,
        "code_expires_at": now + CODE_LIFE,
        "tries": 0,
        "created_at": now,
    }
    await db.execute(registrations.insert(), row)
    key = await keys.make(db, keyring, Owner(made.person_id), now, label="registration", by=made.person_id)
    await security.note(db, "registered", now, actor_id=made.person_id, subject_id=made.applicant_id)
    return Registered(made.id, made.applicant_id, made.person_id, key)


def new_code() -> str:
    return f"{secrets.randbelow(10**6):06d}"


async def confirm(
    db: AsyncConnection, keyring: Keyring, registration_id: UUID, code: str, now: datetime
) -> bool:
    """Whether the code was right; then the address is this person's. A wrong code is counted either way."""
    row = await _locked(db, registration_id)
    if row.confirmed_at is not None and row.code_digest is None:
        return True
    spent = row.tries >= TRIES or row.code_expires_at <= now or row.code_digest is None
    right = hmac.compare_digest(row.code_digest or "", _digest(keyring, registration_id, code))
    if spent or not right:
        counted = registrations.update().where(registrations.c.id == registration_id)
        await db.execute(counted.values(tries=registrations.c.tries + 1))
        return False
    if row.confirmed_at is None:
        await _claim_address(db, row, now)
    await address_states.clear(db, row.email_key)
    done = registrations.update().where(registrations.c.id == registration_id)
    await db.execute(done.values(confirmed_at=now, code_digest=None))
    if row.confirmed_at is None:
        await tell_rivals(db, keyring, row.email, now)
    await security.note(db, "address_confirmed", now, actor_id=row.person_id, subject_id=row.person_id)
    return True


async def tell_rivals(db: AsyncConnection, keyring: Keyring, email: str, now: datetime) -> None:
    """Tells whoever else registered with the address that it was confirmed by another."""
    if await any_unconfirmed(db, email_key(email)):
        await post.queue(db, keyring, [Letter(email, "address_claimed", {})], now)


async def _claim_address(db: AsyncConnection, row: Row[Any], now: datetime) -> None:
    """Raises CodeRefused where the address was confirmed by another person meanwhile."""
    claimed = people.update().where(people.c.id == row.person_id).values(email_confirmed_at=now)
    try:
        async with db.begin_nested():
            await db.execute(claimed)
    except IntegrityError:
        raise CodeRefused from None


async def resend(
    db: AsyncConnection, keyring: Keyring, public_url: str, person_id: UUID, now: datetime
) -> None:
    """A fresh code for the caller's own registration: unconfirmed, or confirmed and its address takes no mail.

    Raises NotFound, TooMany.
    """
    query = (
        select(registrations, people.c.email)
        .join(people, people.c.id == registrations.c.person_id)
        .where(registrations.c.person_id == person_id)
    )
    row = (await db.execute(query)).one_or_none()
    if row is None or (row.confirmed_at is not None and not await address_states.of(db, [person_id])):
        raise NotFound
    if row.code_expires_at - CODE_LIFE + timedelta(minutes=1) > now:
        raise TooMany("A code was sent less than a minute ago.", headers={"Retry-After": "60"})
    if await mailed_since(db, row.email_key, now - WINDOW) >= MAILS_AN_HOUR:
        raise TooMany("Too many codes were sent to this address.", headers={"Retry-After": "3600"})
    if row.confirmed_at is None:
        code = await _mailed_code(db, keyring, public_url, row.id, person_id, row.email, now)
    else:
        await security.note(db, CODE_MAILED, now, subject_id=person_id)
        code = await _mail_code(db, keyring, public_url, row.id, row.email, now)
    fresh = {"code_digest": code, "code_expires_at": now + CODE_LIFE, "tries": 0}
    await db.execute(registrations.update().where(registrations.c.id == row.id).values(**fresh))


async def _mailed_code(
    db: AsyncConnection,
    keyring: Keyring,
    public_url: str,
    registration_id: UUID,
    person_id: UUID,
    to: str,
    now: datetime,
) -> str | None:
    """Mails a fresh code and returns what is kept of it; None, which no code matches, where none was mailed.

    No code is made for an address that has its mails for the hour, so that there is none to guess; an address that
    has an account already gets word of that instead.
    """
    known = email_key(to)
    if await mailed_since(db, known, now - WINDOW) >= MAILS_AN_HOUR:
        return None
    await security.note(db, CODE_MAILED, now, subject_id=person_id)
    if await is_confirmed(db, known):
        await post.queue(db, keyring, [Letter(to, "address_known", {})], now)
        return None
    return await _mail_code(db, keyring, public_url, registration_id, to, now)


async def _mail_code(
    db: AsyncConnection, keyring: Keyring, public_url: str, registration_id: UUID, to: str, now: datetime
) -> str:
    """Mails a fresh code; what is kept of it."""
    code = new_code()
    link = f"{public_url}/v1/registrations/{registration_id}/confirmations"
    await post.queue(db, keyring, [Letter(to, "confirmation_code", {"code": code, "link": link})], now)
    return _digest(keyring, registration_id, code)


async def _recent(db: AsyncConnection, which: Any, now: datetime) -> int:
    query = (
        select(func.count())
        .select_from(registrations)
        .where(which, registrations.c.created_at > now - WINDOW)
    )
    return int((await db.execute(query)).scalar_one())


async def _locked(db: AsyncConnection, registration_id: UUID) -> Row[Any]:
    query = (
        select(registrations, people.c.email)
        .join(people, people.c.id == registrations.c.person_id)
        .where(registrations.c.id == registration_id)
        .with_for_update(of=registrations)
    )
    row = (await db.execute(query)).one_or_none()
    if row is None:
        raise NotFound
    return row


def _digest(keyring: Keyring, registration_id: UUID, code: str) -> str:
    return keyring.mac("confirmation-code", registration_id.bytes, code.encode()).hex()
