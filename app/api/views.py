"""What a caller is shown of a thing: the same row, for the audience that looks."""

from typing import Any

from app.domain import exact_json
from app.domain.lifecycle import CENTER_UNTOLD
from app.domain.policy import Actor
from app.services.journal import instant
from app.store.requests import DesignationRequest


def etag_of(found: DesignationRequest, actor: Actor) -> str:
    """From the version the audience can see: an internal step does not change an applicant's tag."""
    return f"p{found.revision}" if actor.is_staff else f"a{found.applicant_revision}"


def summary(found: DesignationRequest, actor: Actor) -> dict[str, Any]:
    """A request without its content; days are civil dates in New York, instants are UTC."""
    view: dict[str, Any] = {
        "id": found.id,
        "number": found.number,
        "url": f"/v1/designation-requests/{found.number}",
        "status": found.status.value,
        "version": found.version,
        "workflow_version": found.workflow_version,
        "title": found.title,
        "applicant": {"id": found.applicant_id, "name": found.applicant_name, "type": found.applicant_type},
        "readiness": {"ready": found.ready, "result": found.result},
        "created_at": instant(found.created_at),
        "updated_at": instant(found.updated_at if actor.is_staff else found.applicant_updated_at),
        "expires_at": found.expires_at and instant(found.expires_at),
        "mail_received_at": found.mail_received_at and instant(found.mail_received_at),
        "received_at": found.received_at and instant(found.received_at),
        "received_on": found.received_on,
        "statutory_due_on": found.statutory_due_on,
        "ended_on": found.ended_on,
        "lead_center": found.lead_center if actor.is_staff or found.status not in CENTER_UNTOLD else None,
    }
    if actor.is_staff:
        view |= {
            "state": found.state.value,
            "internal_target_on": found.internal_target_on,
            "lead_reviewer_id": found.lead_reviewer_id,
        }
    return view


def whole(found: DesignationRequest, actor: Actor) -> dict[str, Any]:
    return {**summary(found, actor), "content": exact_json.raw(found.content)}
