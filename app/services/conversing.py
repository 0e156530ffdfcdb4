"""What people write: a thread begun or answered, heard by the other side and told of in an event."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from app.domain import exact_json
from app.domain.calendars import civil_date
from app.domain.errors import Conflict, NotFound, NotPermitted
from app.domain.identity import new_id
from app.domain.mailboxes import About, Desk, Kind, Turn, desk_of
from app.domain.notices import HEARS_WRITTEN, IN_MAILBOX
from app.domain.policy import Actor, Audience, Permission
from app.services import announcements, message_copies, message_files
from app.services.announcements import Announcement, Subject
from app.services.transitions import Desk as Hand
from app.store import deliveries, sequences, threads
from app.store.columns import Record
from app.store.told import Row, Told
from app.store.writes import Writes

RECEIVED: Final = "message.received"
# Who may do nothing but read for an applicant writes nothing for it either.
WRITING: Final = frozenset({Permission.EDIT_DRAFTS, Permission.RESPOND, Permission.SUBMIT_REQUESTS})


@dataclass(frozen=True, slots=True)
class Place:
    """A thread that somebody writes in: there already, or about to be."""

    thread_id: UUID
    kind: Kind
    subject: str
    audience: Audience
    desk: Desk
    about_id: UUID | None = None
    number: str | None = None
    request_id: UUID | None = None
    applicant_id: UUID | None = None
    left: Desk | None = None  # the desk at which it lay
    assigned: tuple[UUID, ...] = ()  # who of the program hears by name
    is_new: bool = False
    sequences: Mapping[Audience, int] = field(default_factory=lambda: dict.fromkeys(Audience, 0))


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody wrote, by whom and on which way it came; `files` are ids of files of the request."""

    text: str
    side: Audience
    by: UUID | None
    files: tuple[UUID, ...] = ()
    quoted: str | None = None
    via: str = "api"


@dataclass(frozen=True, slots=True)
class Matter:
    """What a new thread is about, locked, with the last numbers of its events and who of the program has it."""

    about: About
    sequences: Mapping[Audience, int]
    assigned: tuple[UUID, ...] = ()


def begun(matter: Matter, subject: str, audience: Audience) -> Place:
    """A new thread about something."""
    about = matter.about
    return Place(
        thread_id=new_id(),
        kind=about.kind,
        subject=subject,
        audience=audience,
        desk=about.desk,
        about_id=about.id,
        number=about.number,
        request_id=about.request_id,
        applicant_id=about.applicant_id if audience is Audience.APPLICANT else None,
        is_new=True,
        assigned=matter.assigned,
        sequences=matter.sequences,
    )


def there(thread: Record) -> Place:
    """A thread as its row has it."""
    return Place(
        thread_id=thread.id,
        kind=Kind(thread.kind),
        subject=thread.subject,
        audience=Audience(thread.audience),
        desk=Desk(thread.desk),
        about_id=thread.about_id,
        number=thread.number,
        request_id=thread.request_id,
        applicant_id=thread.applicant_id,
    )


def writer_of(actor: Actor, place: Place) -> UUID:
    """Whoever may write there, as a person. Raises NotPermitted."""
    if actor.person_id is None:
        raise NotPermitted("Messages are written by people; a machine reads them.")
    if actor.is_staff:
        reaches = place.audience is Audience.PROGRAM or actor.may(Permission.READ_REQUESTS)
        is_open = reaches and actor.may(Permission.CORRESPOND)
    else:
        standing = actor.standings.get(place.applicant_id) if place.applicant_id else None
        is_open = standing is not None and not WRITING.isdisjoint(standing.permissions)
    if not is_open:
        raise NotPermitted("Your role or mandate lets you read here, not write.")
    return actor.person_id


async def reply(hand: Hand, thread_id: UUID, text: str, files: tuple[UUID, ...]) -> UUID:
    """An answer by whoever sees the thread and may write there. Raises NotFound, NotPermitted, Conflict, Invalid."""
    if not any(hand.actor.may(Permission.USE_MAILBOX, each) for each in (None, *hand.actor.standings)):
        raise NotPermitted("Writing needs the scope mailbox, and a role or mandate that may use mailboxes.")
    thread = await threads.find(hand.db, hand.actor, thread_id)
    if thread is None:
        raise NotFound
    place = there(thread)
    if place.kind is Kind.DRAFT:
        raise Conflict("A draft is the applicant's alone: write about it once it is received.")
    by = writer_of(hand.actor, place)
    await message_files.insist_on(hand.db, place.about_id if place.kind is Kind.REQUEST else None, files)
    return await write(hand, place, Written(text, hand.actor.audience, by, files))


async def write(hand: Hand, place: Place, written: Written) -> UUID:
    """The id of the message. What the thread is about, if it counts events, is locked until the transaction ends."""
    place = await _counted(hand, place)
    message_id, writes = new_id(), Writes()
    row = _row(hand, place, written, message_id)
    # of a draft the program has no part
    hears = IN_MAILBOX if place.kind is Kind.DRAFT else HEARS_WRITTEN[place.audience, written.side]
    people = {each: each for each in place.assigned if each != written.by}
    writes.tell([Told(row, hears, people)])
    await _announce(hand, writes, place, written, message_id)
    deliveries.add(hand.db, writes, [message_copies.due(message_id)], hand.now)
    await writes.send(hand.db)
    return message_id


async def _counted(hand: Hand, place: Place) -> Place:
    """With the last numbers of its events, and at the desk that owns it now."""
    if place.is_new:
        return place
    if place.kind not in COUNTING or place.about_id is None:
        return replace(place, sequences=await sequences.of_thread(hand.db, place.thread_id))
    found = await sequences.locked(hand.db, place.kind, place.about_id)
    return replace(
        place,
        desk=place.desk if place.kind is Kind.ENGAGEMENT else desk_of(found.center),
        left=place.desk,
        assigned=() if found.assigned_to is None else (found.assigned_to,),
        sequences={
            Audience.APPLICANT: found.applicant_sequence,
            Audience.PROGRAM: found.program_sequence,
        },
    )


COUNTING: Final = frozenset({Kind.REQUEST, Kind.DESIGNATION, Kind.ENGAGEMENT})


def _row(hand: Hand, place: Place, written: Written, message_id: UUID) -> Row:
    to_applicant = place.audience is Audience.APPLICANT and written.side is Audience.PROGRAM
    return Row(
        message_id=message_id,
        thread_id=place.thread_id,
        kind=place.kind.value,
        about_id=place.about_id,
        number=place.number,
        request_id=place.request_id,
        audience=place.audience.value,
        applicant_id=place.applicant_id,
        desk=place.desk.value,
        mailbox_id=None if place.kind is Kind.DRAFT else place.desk.mailbox,
        left_id=place.left.mailbox if place.left not in {None, place.desk} else None,
        subject=place.subject,
        turn=(Turn.APPLICANT if to_applicant else Turn.PROGRAM).value,
        at=hand.now,
        today=civil_date(hand.now),
        side=written.side.value,
        via=written.via,
        by=written.by,
        text=written.text,
        quoted=written.quoted,
        files=exact_json.stored([str(each) for each in written.files]) if written.files else None,
    )


async def _announce(hand: Hand, writes: Writes, place: Place, written: Written, message_id: UUID) -> None:
    """To the other side; what stays inside, or is about a draft, has none."""
    if place.audience is Audience.PROGRAM or place.kind is Kind.DRAFT:
        return
    hearing = Audience.APPLICANT if written.side is Audience.PROGRAM else Audience.PROGRAM
    thin = {"thread_id": str(place.thread_id), **({"number": place.number} if place.number else {})}
    counts = place.kind in COUNTING and place.about_id is not None
    subject = Subject(
        place.about_id if counts and place.about_id else place.thread_id,
        place.number if counts and place.number else str(place.thread_id),
        f"/v1/threads/{place.thread_id}",
        place.applicant_id,
        thin,
        place.sequences,
    )
    told = Announcement(RECEIVED, hearing, {"message_id": str(message_id)})
    last = await announcements.gather(hand.db, writes, subject, hand.now, hand.public_url, [told])
    if counts and place.about_id is not None:
        sequences.keep(writes, place.kind, place.about_id, last)
