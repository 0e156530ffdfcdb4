"""What a caller is shown of an engagement, and the engagement it looks at, noted in the access log for staff."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Depends, Path, Request
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncConnection

from app.api.deps import Caller, Look, The
from app.domain import engagement_timeliness, exact_json
from app.domain.calendars import civil_date
from app.domain.engagement_timeliness import Days
from app.domain.errors import NotFound
from app.domain.policy import Actor
from app.services import security
from app.services.journal import instant
from app.store import engagement_proposals, engagement_records, engagements
from app.store.columns import Record
from app.store.engagement_proposals import Proposal
from app.store.engagements import Engagement

EngagementRef = Annotated[
    str,
    Path(
        min_length=1, max_length=40, pattern=r"^[0-9A-Za-z-]+$", description="Id or number (ENG-YYYY-NNNNN)."
    ),
]


async def _seen(engagement: EngagementRef, request: Request, db: Look, actor: Caller, the: The) -> Engagement:
    found = await engagements.find(db, actor, engagement)
    if found is None:
        raise NotFound
    if actor.is_staff:
        route = request.scope["route"]
        what = route.operation_id if isinstance(route, APIRoute) and route.operation_id else route.path
        await security.read_by_staff(
            db, the.now(), person_id=actor.person_id, key_id=actor.key_id, subject_id=found.id, what=what
        )
    return found


SeenEngagement = Annotated[Engagement, Depends(_seen)]


def etag_of(found: Engagement, actor: Actor) -> str:
    """From the version the audience can see: an internal step does not change a requester's tag."""
    return f"p{found.revision}" if actor.is_staff else f"a{found.applicant_revision}"


def summary(found: Engagement, actor: Actor) -> dict[str, Any]:
    """An engagement without its content; days are civil dates in New York, instants are UTC."""
    days = Days(
        found.format,
        found.state,
        found.received_on,
        found.decide_by,
        found.meet_by,
        found.decided_on,
        found.held_on,
    )
    view: dict[str, Any] = {
        "id": found.id,
        "number": found.number,
        "url": f"/v1/engagements/{found.number}",
        "state": found.state.value,
        "status": found.state.value,
        "format": found.format,
        "center": found.center,
        "title": found.title,
        "origin": found.origin,
        "applicant": {"id": found.applicant_id, "name": found.applicant_name, "type": found.applicant_type},
        "created_at": instant(found.created_at),
        "updated_at": instant(found.updated_at if actor.is_staff else found.applicant_updated_at),
        "received_at": instant(found.received_at),
        "received_on": found.received_on,
        "targets": {
            "decide_by": found.decide_by,
            "meet_by": found.meet_by,
            "next_update_on": found.next_update_at and civil_date(found.next_update_at),
        },
        "timeliness": engagement_timeliness.of_one(days),
        "decision": _decision(found),
        "meeting": _meeting(found, actor),
        "outcome": _outcome(found),
        "updates_sent": found.updates_sent,
        "last_update_at": found.last_update_at and instant(found.last_update_at),
    }
    return {**view, "assigned_to": found.assigned_to} if actor.is_staff else view


def _decision(found: Engagement) -> dict[str, Any] | None:
    if found.decided_on is None:
        return None
    return {
        "accepted": found.decline_reason is None,
        "decided_on": found.decided_on,
        "reason": found.decline_reason,
        "note": found.decline_note,
    }


def _meeting(found: Engagement, actor: Actor) -> dict[str, Any] | None:
    if found.meeting_on is None:
        return None
    view = {
        "scheduled_on": found.meeting_on,
        "starts_at": found.meeting_at and instant(found.meeting_at),
        "mode": found.meeting_mode,
        "held_on": found.held_on,
        "summary": found.meeting_summary,
    }
    return {**view, "attendees": exact_json.raw(found.staff_attendees)} if actor.is_staff else view


def _outcome(found: Engagement) -> dict[str, Any] | None:
    if found.outcome is None:
        return None
    return {"outcome": found.outcome, "summary": found.outcome_summary, "closed_on": found.closed_on}


async def whole(db: AsyncConnection, found: Engagement, actor: Actor) -> dict[str, Any]:
    proposal = await engagement_proposals.current(db, found.id)
    links = await engagement_records.links(db, found, actor)
    return {
        **summary(found, actor),
        "content": exact_json.raw(found.content),
        "proposal": proposal and proposal_view(proposal),
        "designation_requests": _links(links),
    }


def proposal_view(proposal: Proposal) -> dict[str, Any]:
    return {
        "id": proposal.id,
        "filename": proposal.filename,
        "size": proposal.size,
        "sha256": proposal.sha256,
        "pages": proposal.pages,
        "scan": proposal.scan,
        "created_at": instant(proposal.created_at),
    }


def _links(links: Sequence[Record]) -> list[dict[str, Any]]:
    return [
        {
            "number": each.number,
            "url": f"/v1/designation-requests/{each.number}",
            "linked_at": instant(each.at),
        }
        for each in links
    ]


def change_view(entry: Record, actor: Actor) -> dict[str, Any]:
    """An entry of the history. Who of the other side acted, a requester is not told."""
    view = {
        "n": entry.n,
        "at": instant(entry.at),
        "what": entry.what,
        "actor": entry.side,
        "facts": exact_json.raw(entry.facts),
    }
    return {**view, "by": entry.by, "audience": entry.audience} if actor.is_staff else view
