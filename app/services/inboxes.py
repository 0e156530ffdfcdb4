"""Whose mailboxes a caller may open, and its marks in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.domain.errors import Flaw, Invalid, NotFound, NotPermitted
from app.domain.mailboxes import DESK_IDS, DESK_NAMES
from app.domain.policy import Actor, Permission
from app.services.transitions import Desk
from app.store import conversations, marks, threads
from app.store.columns import Record

APPLICANT, PERSON, DESK = "applicant", "person", "desk"
BEYOND: Final = "The thread has no such message yet."
NO_PART: Final = "You read here without taking part: your reading leaves no mark."
NO_PERSON: Final = "A machine opens nothing: it reads every thread, and follows the changes of a mailbox."


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One that the caller may open."""

    id: UUID
    name: str
    kind: str


def of(actor: Actor) -> list[Mailbox]:
    """Those of the applicants it may write or read for; of staff its own and the desks. Raises NotPermitted."""
    if not actor.is_staff:
        own = actor.applicants(Permission.USE_MAILBOX)
        if not own:
            raise _no_right()
        return [Mailbox(each, actor.standings[each].name, APPLICANT) for each in own]
    if not actor.may(Permission.USE_MAILBOX):
        raise _no_right()
    personal = [] if actor.person_id is None else [Mailbox(actor.person_id, actor.name, PERSON)]
    if not actor.may(Permission.READ_REQUESTS):
        return personal
    return [*personal, *(Mailbox(id, DESK_NAMES[desk], DESK) for desk, id in DESK_IDS.items())]


def _no_right() -> NotPermitted:
    return NotPermitted("Mailboxes need the scope mailbox, and a role or mandate that may use them.")


def own(actor: Actor, mailbox: UUID) -> Mailbox:
    """The mailbox, if the caller may open it. Raises NotFound, NotPermitted."""
    found = next((each for each in of(actor) if each.id == mailbox), None)
    if found is None:
        raise NotFound
    return found


def person_of(actor: Actor) -> UUID:
    """Whose marks these are. Raises NotPermitted for a machine, and for an auditor."""
    of(actor)
    if actor.person_id is None:
        raise NotPermitted(NO_PERSON)
    if actor.is_staff and not actor.may(Permission.CORRESPOND):
        raise NotPermitted(NO_PART)
    return actor.person_id


async def mark_message(desk: Desk, message_id: UUID, state: str) -> Record:
    """The receipt afterwards; a mark that is there already stays as it was. Raises NotFound, NotPermitted."""
    person = person_of(desk.actor)
    if await conversations.message(desk.db, desk.actor, message_id) is None:
        raise NotFound
    await marks.mark(desk.db, marks.of_message(message_id), person, state, desk.now)
    kept = await marks.receipt(desk.db, message_id, person)
    if kept is None:
        raise NotFound
    return kept


async def mark_thread(desk: Desk, thread_id: UUID, state: str, through: int) -> int:
    """Marks its messages up to that one; how many were new. Raises NotFound, NotPermitted, Invalid."""
    person = person_of(desk.actor)
    found = await threads.find(desk.db, desk.actor, thread_id)
    if found is None:
        raise NotFound
    if through > found.messages:
        raise Invalid(flaws=[Flaw("/through", "beyond", BEYOND)])
    which = marks.of_threads(desk.actor, {thread_id: through})
    return await marks.mark(desk.db, which, person, state, desk.now)


async def mark_mailbox(desk: Desk, mailbox: UUID, state: str, through: Sequence[tuple[UUID, int]]) -> int:
    """Marks each of these threads that lie there up to its message; how many were new.

    Raises NotFound, NotPermitted, Invalid; then nothing is marked.
    """
    person = person_of(desk.actor)
    own(desk.actor, mailbox)
    found = await marks.lengths(desk.db, desk.actor, mailbox, [thread for thread, _ in through])
    flaws = []
    for n, (thread, seq) in enumerate(through):
        if thread not in found:
            flaws.append(Flaw(f"/threads/{n}/id", "unknown", "No thread in this mailbox that you can read."))
        elif seq > found[thread]:
            flaws.append(Flaw(f"/threads/{n}/through", "beyond", BEYOND))
    if flaws:
        raise Invalid(flaws=flaws)
    furthest: dict[UUID, int] = {}
    for thread, seq in through:
        furthest[thread] = max(seq, furthest.get(thread, 0))
    which = marks.of_threads(desk.actor, furthest)
    return await marks.mark(desk.db, which, person, state, desk.now)
