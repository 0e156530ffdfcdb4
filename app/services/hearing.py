"""A request as notices tell of it."""

from app.domain.mailboxes import About, Kind, desk_of
from app.store.requests import DesignationRequest


def link_of(public_url: str, number: str) -> str:
    """The permanent address of a request."""
    return f"{public_url}/v1/designation-requests/{number}"


def words_of(public_url: str, found: DesignationRequest, **more: str) -> dict[str, str]:
    """What every notice of a request says, and what the act adds."""
    return {"number": found.number, "link": link_of(public_url, found.number), **more}


def about(found: DesignationRequest, lead_center: str | None) -> About:
    """What its threads are about; they lie at the desk of the center that leads it after the act."""
    before, desk = desk_of(found.lead_center), desk_of(lead_center)
    left = None if before is desk else before
    return About(Kind.REQUEST, found.id, found.number, desk, found.applicant_id, found.id, left)
