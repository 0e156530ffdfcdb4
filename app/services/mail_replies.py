"""A reply by mail becomes a message of its sender in the thread whose address it came to."""

from uuid import UUID

from app.domain.errors import DomainError, NotPermitted
from app.domain.mailboxes import Kind
from app.domain.policy import Actor, Audience
from app.services import attachments, conversing
from app.services.attachments import Said
from app.services.conversing import Place, Written
from app.services.mail_outcomes import Arrived, Clerk, Outcome, held
from app.services.transitions import Desk
from app.store import threads


async def reply(hand: Desk, clerk: Clerk, arrived: Arrived, thread_id: UUID) -> Outcome:
    """Held where nobody shows who sent it, or whoever did may not write there; a coordinator may let it through."""
    sender, here = arrived.sender, {"thread_id": thread_id}
    if not arrived.mail.is_from_sender(clerk.own) and not arrived.released:
        return held("unverified", **here)
    place, author = await _place_of(hand, sender, thread_id)
    if place is None and (not arrived.released or (sender is not None and sender.is_staff)):
        return held("unknown-sender", **here)
    place = place or await _between(hand, thread_id)
    if place is None:
        return held("thread-gone", **here)
    taken, remarks = await _filed(hand, clerk, arrived, place, author)
    written = Written(
        arrived.mail.text or arrived.mail.subject or "See its files.",
        Audience.APPLICANT if author is None else author.audience,
        None if author is None else author.person_id,
        tuple(sorted(taken)),
        arrived.mail.quoted or None,
        "mail",
    )
    message_id = await conversing.write(hand, place, written)
    noticed = tuple(each.inside for each in arrived.files.remarks)
    return Outcome("replied", None, {**here, "message_row_id": message_id}, taken, noticed + remarks)


async def _place_of(hand: Desk, sender: Actor | None, thread_id: UUID) -> tuple[Place | None, Actor | None]:
    """The thread and its author, where the sender sees it and may write there."""
    thread = None if sender is None else await threads.find(hand.db, sender, thread_id)
    if thread is None or sender is None:
        return None, None
    place = conversing.there(thread)
    try:
        conversing.writer_of(sender, place)
    except NotPermitted:
        return None, None
    return place, sender


async def _between(hand: Desk, thread_id: UUID) -> Place | None:
    """The thread, if it is one between an applicant and the program."""
    thread = await threads.of_applicant(hand.db, thread_id)
    return None if thread is None else conversing.there(thread)


async def _filed(
    hand: Desk, clerk: Clerk, arrived: Arrived, place: Place, author: Actor | None
) -> tuple[frozenset[UUID], tuple[str, ...]]:
    """Puts the files to the request, where it takes any from this author now; else they stay in the mail alone."""
    taken, remarks = set[UUID](), list[str]()
    if author is None or place.kind is not Kind.REQUEST or place.about_id is None:
        return frozenset(), tuple(
            f"{each.filename}: kept in the mail alone." for each in arrived.files.received
        )
    said = Said("other", None, clerk.max_files)
    for each in arrived.files.received:
        try:
            await attachments.record(hand.db, author, place.about_id, each, said, hand.now)
        except DomainError as refused:
            remarks.append(f"{each.filename}: kept in the mail alone. {refused.detail}")
        else:
            taken.add(each.id)
    return frozenset(taken), tuple(remarks)
