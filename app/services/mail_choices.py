"""A person's choices of what to hear by mail, made in the service or by the link in a letter."""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import unsubscribing
from app.domain.errors import Flaw, Invalid, NotPermitted
from app.domain.mail_preferences import EventClass, Mode, Preferences, classes_for
from app.domain.policy import Actor
from app.domain.unsubscribing import Stop
from app.services import security
from app.services.transitions import Desk
from app.store import mail_preferences as store


def person(actor: Actor) -> UUID:
    """Raises NotPermitted for a machine, which hears nothing by mail."""
    if actor.person_id is None:
        raise NotPermitted("Only a person hears by mail.")
    return actor.person_id


async def choose(desk: Desk, sent: Mapping[str, str], check: Callable[[Preferences], None]) -> Preferences:
    """What was not sent comes at once again. Raises NotPermitted, Invalid, and what `check` raises of the old ones."""
    person_id = person(desk.actor)
    before = await store.of(desk.db, person_id, lock=True)
    check(before)
    open_to = classes_for(desk.actor.audience)
    flaws = [flaw for name, mode in sent.items() if (flaw := _flaw(name, mode, open_to))]
    if flaws:
        raise Invalid(flaws=flaws)
    chosen = Preferences(
        {EventClass(name): Mode(mode) for name, mode in sent.items() if name != EventClass.MANDATORY}
    )
    await store.keep(desk.db, person_id, chosen, desk.now)
    return chosen


def _flaw(name: str, mode: str, open_to: tuple[EventClass, ...]) -> Flaw | None:
    if name not in open_to:
        there = ", ".join(each for each in open_to if each is not EventClass.MANDATORY)
        return Flaw(f"/mail/{name}", "no-such-class", f"The classes to choose among are {there}.")
    if name == EventClass.MANDATORY and mode != Mode.NOW:
        return Flaw(
            f"/mail/{name}", "mandatory-class", "What is in the class mandatory always comes at once."
        )
    return None


def stopped_by(stop: Stop, before: Preferences) -> list[EventClass]:
    """The classes of which no more would come."""
    if stop.scope != unsubscribing.DIGEST:
        return [EventClass(stop.scope)]
    return [each for each in EventClass if before.mode(each) is Mode.DIGEST]


async def stop(db: AsyncConnection, the: Stop, now: datetime) -> list[EventClass]:
    """Does what the link of a letter promises, once or again; the classes of which no more comes."""
    before = await store.of(db, the.person_id, lock=True)
    stopped = stopped_by(the, before)
    if any(before.mode(each) is not Mode.NEVER for each in stopped):
        await store.keep(db, the.person_id, before.without(stopped), now)
        await security.note(db, "mail_muted", now, subject_id=the.person_id, scope=the.scope)
    return stopped
