"""Engagements: requested, amended until the program has decided, given a lead, linked to what came of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from app.domain import engagements as rules
from app.domain import exact_json
from app.domain.calendars import civil_date
from app.domain.engagement_lifecycle import BY_PROGRAM, FINAL, EngagementState
from app.domain.engagements import EngagementContent, Targets
from app.domain.errors import Conflict, Flaw, Invalid, NotFound, NotPermitted
from app.domain.identity import new_id
from app.domain.policy import GRANTS, Audience, Permission, Role
from app.services import announcements, correspondence, engagement_record, engagement_updates, timers
from app.services.engagement_record import STATUS_CHANGED, Change
from app.services.engagement_updates import insist_on_program
from app.services.transitions import Desk
from app.store import engagement_proposals, engagement_records, engagements, people, requests
from app.store.engagement_records import engagement_changes, engagement_links
from app.store.engagements import Engagement
from app.store.writes import Writes


@dataclass(frozen=True, slots=True)
class Requester:
    """The applicant that asks."""

    id: UUID
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked, as it was sent and as it was understood; what came by mail keeps the instant of its arrival."""

    tree: dict[str, Any]
    content: EngagementContent
    origin: Literal["api", "mail"] = "api"
    received_at: datetime | None = None


async def open(desk: Desk, requester: Requester, asked: Asked, targets: Targets) -> Engagement:
    """A new engagement, requested already. Raises Invalid where the text is too long.

    Whoever asks need not be a person: what came by mail is opened by the system.
    """
    rules.insist_on_length(asked.content)
    id, now = new_id(), desk.now
    received_at = asked.received_at or now
    received_on = civil_date(received_at)
    number = await engagements.next_number(desk.db, id, received_on.year)
    following = max(now, received_at + timedelta(days=targets.update_days))
    values = {
        "id": id,
        "number": number,
        "applicant_id": requester.id,
        "state": EngagementState.REQUESTED.value,
        "origin": asked.origin,
        **_said(asked),
        "revision": 1,
        "applicant_revision": 1,
        "created_by": desk.actor.person_id,
        "created_at": now,
        "updated_at": now,
        "applicant_updated_at": now,
        "received_at": received_at,
        "received_on": received_on,
        "decide_by": targets.decide_by(received_on),
        "meet_by": targets.meet_by(received_on),
        "staff_attendees": "[]",
        "updates_sent": 0,
        "next_update_at": following,
        "changes": 0,
        "applicant_changes": 0,
        "applicant_sequence": 0,
        "program_sequence": 0,
    }
    made = Engagement.opened(values, requester.name, requester.type)
    writes, changes = Writes(), [Change("requested", {"format": made.format})]
    told = engagement_record.announced(STATUS_CHANGED, {})
    subject = engagement_record.subject_of(made, EngagementState.REQUESTED)
    last = await announcements.gather(desk.db, writes, subject, now, desk.public_url, told)
    counted = {"changes": 1, "applicant_changes": 1}
    counted |= {f"{audience.value}_sequence": n for audience, n in last.items()}
    writes.insert(engagements.engagements, [{**values, **counted}])
    writes.insert(engagement_changes, engagement_record.history_rows(made, changes, desk))
    date = str(made.decide_by)
    tellings = await engagement_record.tellings(desk, made, "requested", date=date)
    correspondence.tell(desk, writes, tellings)
    await writes.send(desk.db)
    await timers.start_all(desk.db, [engagement_updates.timer(id, 1, following)], now)
    return Engagement.opened({**values, **counted}, requester.name, requester.type)


def _said(asked: Asked) -> dict[str, str]:
    """The content, and what lists show of it."""
    return {
        "format": asked.content.format,
        "title": asked.content.title,
        "content": exact_json.stored(asked.tree),
    }


async def own(desk: Desk, reference: str) -> Engagement:
    """The engagement, locked, if the caller may change what it says. Raises NotFound, NotPermitted, Conflict."""
    return for_change(desk, await engagements.find(desk.db, desk.actor, reference, lock=True))


def for_change(desk: Desk, found: Engagement | None) -> Engagement:
    if found is None:
        raise NotFound
    if not desk.actor.may(Permission.EDIT_DRAFTS, found.applicant_id):
        raise NotPermitted("Changing it needs the role preparer or signer and the scope requests:write.")
    if found.state is not EngagementState.REQUESTED:
        raise Conflict("What is asked can be changed until the program has decided.", present=found.state)
    return found


async def amend(desk: Desk, found: Engagement, asked: Asked) -> Engagement:
    """The engagement with another content. Raises Invalid where that, or its proposal, is too long for its format."""
    rules.insist_on_length(asked.content)
    said = _said(asked)
    if said["content"] == found.content:
        return found
    if said["format"] != found.format:
        proposal = await engagement_proposals.current(desk.db, found.id)
        if proposal is not None:
            rules.insist_on_pages(asked.content.format, proposal.pages, "/content/format")
    facts = {"content_digest": exact_json.sha256(said["content"])}
    return await engagement_record.write(desk, found, said, [Change("amended", facts)])


async def assign(desk: Desk, reference: str, person_id: UUID) -> Engagement:
    """Gives it a lead inside the program; its requester sees nothing of it."""
    found = await _seen(desk, reference)
    if not desk.actor.may(Permission.ASSIGN):
        raise NotPermitted("Assigning is the coordinator's.")
    if found.state in FINAL:
        raise Conflict(f"The engagement is {found.state.value}.", present=found.state)
    person = await people.member_of_staff(desk.db, person_id)
    if person is None or not person.active or not _may_lead(person.staff_roles):
        detail = "No coordinator or reviewer of the program has this id."
        raise Invalid(flaws=[Flaw("/person_id", "unknown", detail)])
    if found.assigned_to == person_id:
        return found
    change = Change("assigned", {"person_id": str(person_id)}, Audience.PROGRAM)
    return await engagement_record.write(desk, found, {"assigned_to": person_id}, [change])


def _may_lead(roles: str) -> bool:
    return any(set(BY_PROGRAM) & GRANTS[Role(role)] for role in roles.split())


async def link(desk: Desk, reference: str, number: str) -> Engagement:
    """Notes that a designation request came of it; nothing asks for such a link. A second time changes nothing.

    A requester links its own requests. The program may link any that it can see; one of another applicant's it keeps
    to itself.
    """
    found = await _seen(desk, reference)
    actor = desk.actor
    if actor.is_staff:
        insist_on_program(actor, "Linking a request")
    elif not actor.may(Permission.EDIT_DRAFTS, found.applicant_id):
        raise NotPermitted(
            "Linking a request needs the role preparer or signer and the scope requests:write."
        )
    request = await requests.find(desk.db, actor, number)
    is_own = request is not None and request.applicant_id == found.applicant_id
    if request is None or not (actor.is_staff or is_own):
        detail = "There is no such request of this applicant that you can see."
        raise Invalid(flaws=[Flaw("/designation_request", "unknown", detail)])
    if not request.on_desk:
        raise Conflict("A draft is the applicant's alone: link the request once it is received.")
    if await engagement_records.is_linked(desk.db, found, request.id):
        return found
    assert actor.person_id is not None  # noqa: S101 - no machine has these permissions
    row = engagement_records.link_row(found, request.id, shared=is_own, by=actor.person_id, at=desk.now)
    audience = Audience.APPLICANT if is_own else Audience.PROGRAM
    change = Change("linked", {"designation_request": request.number}, audience)
    return await engagement_record.write(desk, found, {}, [change], records=[(engagement_links, [row])])


async def _seen(desk: Desk, reference: str) -> Engagement:
    found = await engagements.find(desk.db, desk.actor, reference, lock=True)
    if found is None:
        raise NotFound
    return found
