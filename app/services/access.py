"""Who is calling: an API key becomes an Actor in one statement, memberships and mandates included."""

import hmac
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, and_, bindparam, cast, func, literal, or_, select
from sqlalchemy import String as Str
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import api_keys as key_text
from app.domain.calendars import civil_date
from app.domain.errors import Unauthenticated
from app.domain.keyring import Keyring
from app.domain.policy import (
    GRANTS,
    MANDATE_GRANTS,
    Actor,
    Audience,
    MandateScope,
    Permission,
    Role,
    Scope,
    Standing,
)
from app.domain.vocabulary import ApplicantType
from app.store.api_keys import api_keys
from app.store.applicants import applicants, members
from app.store.columns import Record
from app.store.mandates import mandates
from app.store.people import people
from app.store.prepared import Prepared

KEY_PURPOSE = "api-key"


def digest_of(keyring: Keyring, key: key_text.ApiKey) -> str:
    """What is stored of a key: HMAC-SHA256 under the service's own secret."""
    return keyring.mac(KEY_PURPOSE, key.text.encode()).hex()


CELL, ROW = "\x1f", "\x1e"  # separators that no name can hold: names have no control characters
_cell = literal(CELL, literal_execute=True)  # in the statement itself: not sent anew with every call


def _joined(*parts: Any) -> Any:
    """Columns as one text, for aggregates that travel in one cell."""
    text: ColumnElement[str] = cast(parts[0], Str)
    for part in parts[1:]:
        text = text + _cell + cast(part, Str)
    return func.aggregate_strings(text, ROW)


_own = members.alias("own")


def _held_by(person: ColumnElement[Any], holder: FromClause) -> Any:
    """The applicants of which this person is a member, with its role."""
    return (
        select(_joined(applicants.c.id, applicants.c.name, applicants.c.type, members.c.role))
        .select_from(members.join(applicants, applicants.c.id == members.c.applicant_id))
        .where(members.c.person_id == person)
        .correlate(holder)
        .scalar_subquery()
    )


def _mandated_to(person: ColumnElement[Any], holder: FromClause) -> Any:
    """The applicants for which this person may act as an agent's member today, with its role there."""
    return (
        select(_joined(applicants.c.id, applicants.c.name, applicants.c.type, _own.c.role, mandates.c.scopes))
        .select_from(
            mandates.join(_own, _own.c.applicant_id == mandates.c.agent_id).join(
                applicants, applicants.c.id == mandates.c.principal_id
            )
        )
        .where(
            _own.c.person_id == person,
            mandates.c.revoked_at.is_(None),
            mandates.c.valid_from <= bindparam("today"),
            or_(mandates.c.valid_until.is_(None), mandates.c.valid_until >= bindparam("today")),
        )
        .correlate(holder)
        .scalar_subquery()
    )


_machines = select(applicants).subquery("machines")


class _Found(NamedTuple):
    """What one statement finds of a key, column by column as it selects them; a person's are empty for a machine."""

    id: UUID
    digest: str
    person_id: UUID | None
    applicant_id: UUID | None
    label: str
    scopes: str
    kind: str
    name: str
    email: str
    staff_roles: str
    confirmed: bool  # 0 or 1 on SQLite
    signing_failures: int
    signing_locked_until: datetime | None
    held: str | None
    mandated: str | None
    applicant_name: str
    applicant_type: ApplicantType


_by_lookup = Prepared(
    select(
        api_keys.c.id,
        api_keys.c.digest,
        api_keys.c.person_id,
        api_keys.c.applicant_id,
        api_keys.c.label,
        api_keys.c.scopes,
        people.c.kind,
        people.c.name,
        people.c.email,
        people.c.staff_roles,
        people.c.email_confirmed_at.is_not(None).label("confirmed"),
        people.c.signing_failures,
        people.c.signing_locked_until,
        _held_by(api_keys.c.person_id, api_keys).label("held"),
        _mandated_to(api_keys.c.person_id, api_keys).label("mandated"),
        _machines.c.name.label("applicant_name"),
        _machines.c.type.label("applicant_type"),
    )
    .select_from(
        api_keys.outerjoin(people, people.c.id == api_keys.c.person_id).outerjoin(
            _machines, _machines.c.id == api_keys.c.applicant_id
        )
    )
    .where(
        api_keys.c.lookup == bindparam("lookup"),
        api_keys.c.revoked_at.is_(None),
        or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > bindparam("now")),
        or_(api_keys.c.person_id.is_(None), and_(people.c.id.is_not(None), people.c.active)),
    )
)


_person = select(
    people,
    _held_by(people.c.id, people).label("held"),
    _mandated_to(people.c.id, people).label("mandated"),
).where(people.c.active)
_by_subject = _person.where(people.c.subject == bindparam("subject"))
_by_address = _person.where(
    people.c.email_key == bindparam("email_key"), people.c.email_confirmed_at.is_not(None)
)


async def identify(db: AsyncConnection, keyring: Keyring, credential: str, now: datetime) -> Actor:
    """The caller behind an API key. Raises Unauthenticated, which never says what was wrong with the key."""
    key = key_text.parse(credential)
    if key is None:
        raise Unauthenticated
    row = await _by_lookup.row(db, {"lookup": key.lookup, "now": now, "today": civil_date(now)})
    found = None if row is None else _Found._make(row)
    if found is None or not hmac.compare_digest(found.digest, digest_of(keyring, key)):
        raise Unauthenticated
    return _actor_of(found)


async def visitor(
    db: AsyncConnection, subject: str, authenticated_at: datetime | None, now: datetime
) -> Actor | None:
    """The person whom the OpenID issuer knows by this subject, with every scope; None where there is none."""
    parameters = {"subject": subject, "today": civil_date(now)}
    found = (await db.execute(_by_subject, parameters)).one_or_none()
    return None if found is None else _person_of(found, authenticated_at)


async def correspondent(db: AsyncConnection, email_key: str, now: datetime) -> Actor | None:
    """The person who has confirmed this address; that a mail comes from there is for others to have shown."""
    parameters = {"email_key": email_key, "today": civil_date(now)}
    found = (await db.execute(_by_address, parameters)).one_or_none()
    return None if found is None else _person_of(found, None)


def _person_of(found: Record, authenticated_at: datetime | None) -> Actor:
    is_staff = found.kind == "staff"
    return Actor(
        key_id=None,
        person_id=found.id,
        name=found.name,
        email=found.email,
        email_confirmed=found.email_confirmed_at is not None,
        audience=Audience.PROGRAM if is_staff else Audience.APPLICANT,
        roles=_roles(found.staff_roles),
        standings={} if is_staff else _standings(found.held, found.mandated),
        authenticated_at=authenticated_at,
        signing_failures=found.signing_failures,
        signing_locked_until=found.signing_locked_until,
    )


def _actor_of(found: _Found) -> Actor:
    scopes = _scopes(found.scopes)
    if found.person_id is None:
        return _machine(found, scopes)
    is_staff = found.kind == "staff"
    return Actor(
        key_id=found.id,
        person_id=found.person_id,
        name=found.name,
        email=found.email,
        email_confirmed=bool(found.confirmed),
        audience=Audience.PROGRAM if is_staff else Audience.APPLICANT,
        roles=_roles(found.staff_roles),
        scopes=scopes,
        standings={} if is_staff else _standings(found.held, found.mandated),
        signing_failures=found.signing_failures,
        signing_locked_until=found.signing_locked_until,
    )


@lru_cache(maxsize=1024)
def _scopes(named: str) -> frozenset[Scope]:
    return frozenset(Scope(name) for name in named.split())


@lru_cache(maxsize=1024)
def _roles(named: str) -> frozenset[Role]:
    return frozenset(Role(name) for name in named.split())


def _machine(found: _Found, scopes: frozenset[Scope]) -> Actor:
    return Actor(
        key_id=found.id,
        person_id=None,
        name=found.label or "integrator",
        audience=Audience.PROGRAM if found.applicant_id is None else Audience.APPLICANT,
        roles=frozenset({Role.INTEGRATOR}),
        scopes=scopes,
        standings={}
        if found.applicant_id is None
        else {found.applicant_id: _integrator(found, found.applicant_id)},
    )


def _integrator(found: _Found, applicant_id: UUID) -> Standing:
    return Standing(applicant_id, found.applicant_name, found.applicant_type, GRANTS[Role.INTEGRATOR])


def _standings(held: str | None, mandated: str | None) -> Mapping[UUID, Standing]:
    """What a person may do for each applicant: by membership, or under mandates as far as its own role reaches."""
    standings: dict[UUID, Standing] = {}

    def stand(applicant: str, name: str, type: ApplicantType, permissions: frozenset[Permission]) -> None:
        key = UUID(applicant)
        before = standings[key].permissions if key in standings else frozenset()
        standings[key] = Standing(key, name, type, before | permissions)

    for applicant, name, type, role, scopes in _rows(mandated):
        granted = frozenset[Permission]().union(
            *(MANDATE_GRANTS[MandateScope(scope)] for scope in scopes.split())
        )
        # a preparer of the agent signs for nobody, whatever the mandate says
        stand(applicant, name, type, granted & GRANTS[Role(role)])
    for applicant, name, type, role in _rows(held):
        stand(applicant, name, type, GRANTS[Role(role)])
    return standings


def _rows(cell: str | None) -> list[list[Any]]:
    return [row.split(CELL) for row in cell.split(ROW)] if cell else []
