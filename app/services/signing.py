"""Proving a signature before its act: password or step-up token, a lock after repeated failures.

Runs outside the act's transaction: hashing takes its time, and a failure counts though the act is refused.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, or_, select

from app.domain import signatures
from app.domain.errors import Flaw, Invalid, NotPermitted, SigningLocked, SigningRefused
from app.domain.keyring import Keyring
from app.domain.policy import Actor, Scope
from app.services import post, security
from app.services.journal import instant
from app.services.passwords import Passwords
from app.services.post import Letter
from app.store.database import Database
from app.store.people import people
from app.store.prepared import Prepared


class Signed(Protocol):
    """A signature as it was sent."""

    @property
    def printed_name(self) -> str: ...

    @property
    def password(self) -> str | None: ...

    @property
    def step_up(self) -> str | None: ...


class Signer(NamedTuple):
    """The person who signs, as the row stands now."""

    id: UUID
    name: str
    email: str
    password_hash: str | None
    signing_failures: int
    signing_locked_until: datetime | None


_signer = Prepared(
    select(*(people.c[name] for name in Signer._fields)).where(people.c.id == bindparam("person"))
)
FRESH_LOGIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Proof:
    """What proving works with."""

    database: Database
    keyring: Keyring
    passwords: Passwords
    now: datetime


async def prove(proof: Proof, actor: Actor, signature: Signed) -> None:
    """Raises unless the caller has just shown to be the person whose name is printed."""
    if actor.person_id is None or Scope.REQUESTS_SIGN not in actor.scopes:
        raise NotPermitted("Only a person signs, with a key that has requests:sign.")
    if (signature.password is None) == (signature.step_up is None):
        flaw = Flaw("/signature", "one-of", "Send either password or step_up.")
        raise Invalid(flaws=[flaw])
    await _authenticate(proof, actor, signature.password, signature.step_up, signature.printed_name)


async def step_up(proof: Proof, actor: Actor, password: str | None) -> tuple[str, datetime]:
    """A token that stands for the password, or for a login just made, for five minutes through this credential."""
    if actor.person_id is None:
        raise NotPermitted("Only a person can step up.")
    if password is not None:
        await _authenticate(proof, actor, password, None, actor.name)
    elif not _has_just_logged_in(actor, proof.now):
        raise SigningRefused("Send your password, or call with an access token of a login just made.")
    else:
        await _unlocked(proof, actor)
    return signatures.step_up_token(proof.keyring, actor.person_id, actor.key_id, proof.now)


def _has_just_logged_in(actor: Actor, now: datetime) -> bool:
    at = actor.authenticated_at
    return at is not None and now - FRESH_LOGIN <= at <= now + FRESH_LOGIN


async def _unlocked(proof: Proof, actor: Actor) -> Signer:
    """The person who signs, as the row stands now. Raises SigningLocked."""
    async with proof.database.reading() as db:
        row = await _signer.row(db, {"person": actor.person_id})
    assert row is not None  # noqa: S101 - the caller was identified by this row
    return _insist_unlocked(Signer(*row), proof.now)


def _insist_unlocked(person: Signer, now: datetime) -> Signer:
    locked_until = person.signing_locked_until
    if locked_until is not None and locked_until > now:
        raise SigningLocked(locked_until=instant(locked_until))
    return person


def _as_identified(actor: Actor) -> Signer:
    """The person who signs, as the call began: enough for a token, which holds the password's proof already."""
    assert actor.person_id is not None  # noqa: S101 - only a person signs
    email = actor.email or ""
    return Signer(
        actor.person_id, actor.name, email, None, actor.signing_failures, actor.signing_locked_until
    )


async def _authenticate(
    proof: Proof, actor: Actor, password: str | None, token: str | None, printed_name: str
) -> None:
    assert actor.person_id is not None  # noqa: S101 - both callers have looked
    async with proof.passwords.one_at_a_time(actor.person_id):
        person = await _shown_to_be(proof, actor, password, token)
    if printed_name.strip().casefold() != person.name.strip().casefold():
        raise SigningRefused("The printed name must be the name of the person who signs.")
    if person.signing_failures:
        async with proof.database.writing() as db:
            await db.execute(people.update().where(people.c.id == person.id).values(signing_failures=0))


async def _shown_to_be(proof: Proof, actor: Actor, password: str | None, token: str | None) -> Signer:
    """The person, once the proof holds; a proof that does not is counted. Raises SigningLocked, SigningRefused."""
    if password is not None:
        person = await _unlocked(proof, actor)
        holds = await proof.passwords.verify(password, person.password_hash)
        # another process may have locked signing meanwhile: then being right is too late
        person = await _unlocked(proof, actor)
    else:
        person = _insist_unlocked(_as_identified(actor), proof.now)
        holds = signatures.step_up_holds(proof.keyring, token or "", person.id, actor.key_id, proof.now)
    if not holds:
        await _count_failure(proof, person)
        raise SigningRefused
    return person


async def _count_failure(proof: Proof, person: Signer) -> None:
    async with proof.database.writing() as db:
        counted = (
            people.update()
            .where(people.c.id == person.id, _is_unlocked(proof.now))
            .values(signing_failures=people.c.signing_failures + 1)
            .returning(people.c.signing_failures)
        )
        failures = (await db.execute(counted)).scalar_one_or_none()
        if failures is None:  # locked meanwhile; what comes after that is not counted towards another lock
            return
        await security.note(db, "signing_failed", proof.now, subject_id=person.id, failures=failures)
        if failures < signatures.FAILURES_TO_LOCK:
            return
        until = proof.now + signatures.LOCK_LIFE
        locked = people.update().where(people.c.id == person.id)
        await db.execute(locked.values(signing_failures=0, signing_locked_until=until))
        await security.note(db, "signing_locked", proof.now, subject_id=person.id, until=instant(until))
        letter = Letter(person.email, "signing_locked", {"until": instant(until)})
        await post.queue(db, proof.keyring, [letter], proof.now)


def _is_unlocked(now: datetime) -> ColumnElement[bool]:
    return or_(people.c.signing_locked_until.is_(None), people.c.signing_locked_until <= now)
