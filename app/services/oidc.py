"""Access tokens of the OpenID issuer: proved by its published keys, and matched to the person they speak of."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt
import structlog
from jwt import PyJWK, PyJWKClient, PyJWKSet
from sqlalchemy.exc import IntegrityError

from app.domain.errors import Unauthenticated, Unavailable
from app.domain.policy import Actor
from app.services import access, security
from app.services.registrations import email_key
from app.store import people
from app.store.database import Database

# Asymmetric ones only: with an HMAC among them a public key would pass for a secret.
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "ES384", "EdDSA")
NEEDED: Final = ("exp", "iat", "iss", "aud", "sub")
LONGEST: Final = 8000
LONGEST_SUBJECT: Final = 255
LEEWAY: Final = timedelta(seconds=30)  # clocks differ
FRESH: Final = timedelta(minutes=10)  # then the keys are asked for anew
KEPT: Final = timedelta(days=1)  # as long as an issuer that does not answer is believed to have its keys
PAUSE: Final = timedelta(seconds=30)  # between two fetches, whatever key ids are sent
PATIENCE: Final = 5.0  # seconds
NOT_AHEAD: Final = timedelta(0)
log = structlog.get_logger("amtdp.oidc")


@dataclass(frozen=True, slots=True)
class Visit:
    """What a token proves: who it is to the issuer, its confirmed address, and when it last logged in."""

    subject: str
    email: str | None
    authenticated_at: datetime | None


@dataclass
class Issuer:
    """The one issuer whose tokens are accepted, and the keys it published when last asked."""

    name: str
    audience: str
    jwks_url: str
    _keys: dict[str, PyJWK] = field(default_factory=dict)
    _asked_at: datetime | None = None
    _held_at: datetime | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def visit(self, token: str, now: datetime) -> Visit:
        """Raises Unauthenticated, which never says what was wrong, and Unavailable where no key can be had."""
        try:
            header = jwt.get_unverified_header(token) if len(token) <= LONGEST else {}
            if header.get("alg") not in ALGORITHMS or not isinstance(header.get("kid"), str):
                raise Unauthenticated
            key = await self._key(header["kid"], now)
            # time is ours to tell, so it is checked below
            options: Any = {
                "require": list(NEEDED),
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            }
            claims = jwt.decode(
                token, key, list(ALGORITHMS), options, audience=self.audience, issuer=self.name
            )
            return _visit_of(claims, now)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
            raise Unauthenticated from None

    async def _key(self, kid: str, now: datetime) -> PyJWK:
        if self._is_due(kid, now):
            async with self._turn:
                if self._is_due(kid, now):  # and no other call has fetched meanwhile
                    await self._fetch(now)
                    self._asked_at = now
        if kid in self._keys:
            return self._keys[kid]
        if self._held_at is None:
            raise Unavailable("The login service does not answer.", headers={"Retry-After": "30"})
        raise Unauthenticated

    def _is_due(self, kid: str, now: datetime) -> bool:
        if self._asked_at is not None and now - self._asked_at < PAUSE:
            return False
        return kid not in self._keys or self._held_at is None or now - self._held_at >= FRESH

    async def _fetch(self, now: datetime) -> None:
        try:
            client = PyJWKClient(self.jwks_url, cache_jwk_set=False, timeout=PATIENCE)
            published = PyJWKSet.from_dict(await asyncio.to_thread(client.fetch_data))
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError) as fault:
            log.warning("issuer's keys not had", kind=type(fault).__name__)
            if self._held_at is not None and now - self._held_at >= KEPT:
                self._keys, self._held_at = {}, None
            return
        self._keys = {key.key_id: key for key in published.keys if key.key_id is not None}
        self._held_at = now


def _visit_of(claims: dict[str, Any], now: datetime) -> Visit:
    """Raises Unauthenticated outside the token's time; TypeError, ValueError for what is no instant."""
    ends, made = _instant(claims["exp"]), _instant(claims["iat"])
    starts = _instant(claims["nbf"]) if "nbf" in claims else made
    if ends + LEEWAY <= now or max(starts, made) - LEEWAY > now:
        raise Unauthenticated
    vouched = claims.get("email_verified") is True and isinstance(claims.get("email"), str)
    if not 0 < len(claims["sub"]) <= LONGEST_SUBJECT or not claims["sub"].isprintable():
        raise Unauthenticated
    login = claims.get("auth_time")
    return Visit(
        claims["sub"], claims["email"] if vouched else None, None if login is None else _instant(login)
    )


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


async def identify(
    database: Database, issuer: Issuer, token: str, now: datetime, ahead: timedelta = NOT_AHEAD
) -> Actor:
    """The person behind a token: the one it was bound to, or, at its first visit, the one with its address.

    `ahead`: how far our clock was moved before the issuer's.
    """
    visit = await issuer.visit(token, now - ahead)
    if visit.authenticated_at is not None:
        visit = replace(visit, authenticated_at=visit.authenticated_at + ahead)
    actor = await _known(database, visit, now)
    if actor is None and visit.email is not None:
        await _bind(database, visit.subject, visit.email, now)
        actor = await _known(database, visit, now)
    if actor is None:
        raise Unauthenticated
    return actor


async def _known(database: Database, visit: Visit, now: datetime) -> Actor | None:
    async with database.reading() as db:
        return await access.visitor(db, visit.subject, visit.authenticated_at, now)


async def _bind(database: Database, subject: str, email: str, now: datetime) -> None:
    """From now on the subject is this person, whatever address the issuer may give either of them later."""
    try:
        async with database.writing() as db:
            person_id = await people.bind(db, email_key(email), subject)
            if person_id is not None:
                await security.note(db, "login_bound", now, actor_id=person_id, subject_id=person_id)
    except IntegrityError:
        raise Unauthenticated from None  # the subject is another person's, whose account is closed


def issuer_of(name: str, audience: str, jwks_url: str) -> Issuer | None:
    """The issuer of the settings; None where none is named."""
    return Issuer(name, audience, jwks_url) if name else None
