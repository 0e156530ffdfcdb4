"""What a new thread is about, and to whom it goes: found among what its author can see."""

from dataclasses import dataclass
from uuid import UUID

from app.domain.calendars import civil_date
from app.domain.errors import Conflict, Flaw, Invalid, NotPermitted
from app.domain.identity import new_id
from app.domain.mailboxes import DESKS, Desk, Kind
from app.domain.policy import Audience, Permission
from app.services import conversing, designation_letters, engagement_record, hearing, message_files
from app.services.conversing import Matter, Place, Written
from app.services.inboxes import APPLICANT, Mailbox
from app.services.transitions import Desk as Hand
from app.store import applicants, designations, engagements, requests
from app.store.designations import Designation
from app.store.engagements import Engagement
from app.store.requests import DesignationRequest


@dataclass(frozen=True, slots=True)
class Opening:
    """A thread as it is asked for; `about` is a number, `applicant_id` and `audience` are the program's to say."""

    subject: str
    text: str
    about: str | None = None
    applicant_id: UUID | None = None
    audience: Audience | None = None
    files: tuple[UUID, ...] = ()


async def begin(hand: Hand, mailbox: Mailbox, asked: Opening) -> tuple[Place, UUID]:
    """The thread and its first message. Raises NotPermitted, Invalid, Conflict."""
    about = None if asked.about is None else await _about(hand, asked.about)
    place = (
        _theirs(mailbox, asked, about)
        if mailbox.kind == APPLICANT
        else await _ours(hand, mailbox, asked, about)
    )
    by = conversing.writer_of(hand.actor, place)
    await message_files.insist_on(
        hand.db, place.about_id if place.kind is Kind.REQUEST else None, asked.files
    )
    return place, await conversing.write(
        hand, place, Written(asked.text, hand.actor.audience, by, asked.files)
    )


def _theirs(mailbox: Mailbox, asked: Opening, about: Matter | None) -> Place:
    """From an applicant's mailbox to the program."""
    flaws = [
        Flaw(f"/{name}", "not-yours", "This is for the program's people to say.")
        for name in ("applicant_id", "audience")
        if getattr(asked, name) is not None
    ]
    if about is not None and about.about.applicant_id != mailbox.id:
        flaws.append(_unknown("/about", "There is no such thing of this applicant's."))
    if flaws:
        raise Invalid(flaws=flaws)
    if about is not None:
        return conversing.begun(about, asked.subject, Audience.APPLICANT)
    return _general(asked.subject, Audience.APPLICANT, Desk.PROGRAM, mailbox.id)


async def _ours(hand: Hand, mailbox: Mailbox, asked: Opening, about: Matter | None) -> Place:
    """From the program's side: to an applicant or, with the audience program, inside."""
    if not hand.actor.may(Permission.READ_REQUESTS):
        raise NotPermitted("Threads are begun by who may read requests; answer where you were written to.")
    if asked.audience is Audience.PROGRAM:
        if asked.applicant_id is not None:
            raise Invalid(flaws=[Flaw("/applicant_id", "inside", "What stays inside goes to no applicant.")])
        if about is not None:
            return conversing.begun(about, asked.subject, Audience.PROGRAM)
        return _general(asked.subject, Audience.PROGRAM, DESKS.get(mailbox.id, Desk.PROGRAM), None)
    applicant = asked.applicant_id or (about.about.applicant_id if about is not None else None)
    if applicant is None:
        raise Invalid(
            flaws=[Flaw("/applicant_id", "needed", "Say which applicant it goes to, or audience program.")]
        )
    if about is not None:
        if about.about.applicant_id != applicant:
            raise Invalid(flaws=[_unknown("/about", "There is no such thing of this applicant's.")])
        return conversing.begun(about, asked.subject, Audience.APPLICANT)
    if await applicants.find(hand.db, applicant) is None:
        raise Invalid(flaws=[_unknown("/applicant_id", "There is no such applicant.")])
    return _general(asked.subject, Audience.APPLICANT, DESKS.get(mailbox.id, Desk.PROGRAM), applicant)


def _general(subject: str, audience: Audience, desk: Desk, applicant_id: UUID | None) -> Place:
    return Place(new_id(), Kind.GENERAL, subject, audience, desk, applicant_id=applicant_id, is_new=True)


def _unknown(pointer: str, detail: str) -> Flaw:
    return Flaw(pointer, "unknown", detail)


async def _about(hand: Hand, number: str) -> Matter:
    """What the number stands for, locked, if the author sees it. Raises Invalid, Conflict."""
    kind = number.upper().partition("-")[0]
    find = {"AMT": _request, "AMTD": _designation, "ENG": _engagement}.get(kind)
    found = None if find is None else await find(hand, number)
    if found is None:
        raise Invalid(flaws=[_unknown("/about", "Nothing that you can see has this number.")])
    return found


async def _request(hand: Hand, number: str) -> Matter | None:
    found = await requests.find(hand.db, hand.actor, number, lock=True)
    if found is None:
        return None
    if not found.on_desk:
        raise Conflict("A draft is the applicant's alone: write about it once it is received.")
    return Matter(hearing.about(found, found.lead_center), _numbers(found))


async def _designation(hand: Hand, number: str) -> Matter | None:
    today = civil_date(hand.now)
    found = await designations.find(hand.db, hand.actor, number, hand.now, today, lock=True)
    if found is None:
        return None
    return Matter(designation_letters.about(found, found.holder_id), _numbers(found))


async def _engagement(hand: Hand, number: str) -> Matter | None:
    found = await engagements.find(hand.db, hand.actor, number, lock=True)
    if found is None:
        return None
    assigned = () if found.assigned_to is None else (found.assigned_to,)
    return Matter(engagement_record.about(found), _numbers(found), assigned)


def _numbers(found: DesignationRequest | Designation | Engagement) -> dict[Audience, int]:
    return {Audience.APPLICANT: found.applicant_sequence, Audience.PROGRAM: found.program_sequence}
