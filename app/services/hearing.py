"""The letters that an act brings about: the table of notices, for the people of one request."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.notices import NOTICES, Hearer, Notice
from app.domain.policy import Actor
from app.services.post import Letter
from app.store import hearers
from app.store.requests import DesignationRequest


def link_of(public_url: str, number: str) -> str:
    """The permanent address of a request."""
    return f"{public_url}/v1/designation-requests/{number}"


async def letters_of(
    db: AsyncConnection,
    found: DesignationRequest,
    action: str,
    actor: Actor,
    words: Mapping[str, str],
) -> tuple[Letter, ...]:
    """A letter to each who hears of this action; in one order, so that a preview equals the act."""
    return await letters_to(db, found, NOTICES.get(action, ()), actor, words)


async def letters_to(
    db: AsyncConnection,
    found: DesignationRequest,
    notices: Sequence[Notice],
    actor: Actor | None,
    words: Mapping[str, str],
) -> tuple[Letter, ...]:
    """The letters of these notices; `actor` is whoever acted, None where time did."""
    asked = frozenset(each.hearer for each in notices) - {Hearer.ACTOR}
    known: dict[str, set[str]] = {}
    for hearer, email in await hearers.addresses(db, found.id, found.applicant_id, asked):
        known.setdefault(hearer, set()).add(email)
    if actor is not None and actor.email is not None and not actor.is_staff:
        known[Hearer.ACTOR] = {actor.email}
    return tuple(
        Letter(email, each.template, words, audience=each.hearer.audience)
        for each in notices
        for email in sorted(known.get(each.hearer, ()))
    )
