"""What may follow what, and what it changes besides the state."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from .models import DesignationRequest

State = DesignationRequest.State
TRANSITIONS = {
    "submit": (State.DRAFT, State.SUBMITTED),
    "reject_technically": (State.SUBMITTED, State.TECHNICALLY_REJECTED),
    "reinstate": (State.TECHNICALLY_REJECTED, State.SUBMITTED),
    "withdraw": (State.SUBMITTED, State.WITHDRAWN),
}
DAYS_TO_ANSWER = 180
PROGRAM_ZONE = ZoneInfo("America/New_York")


def advance(found: DesignationRequest, name: str) -> None:
    """Changes the request; the caller holds its row's lock and saves it."""
    now = timezone.now()
    today = now.astimezone(PROGRAM_ZONE).date()
    found.state = TRANSITIONS[name][1]
    found.version += 1
    if name == "submit":
        found.expires_at = None
        found.received_at = now
        found.received_on = today
        found.statutory_due_on = today + timedelta(days=DAYS_TO_ANSWER)
    else:
        found.ended_on = None if name == "reinstate" else today
