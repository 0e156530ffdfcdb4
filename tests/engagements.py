"""Engagements as tests need them: the arguments of each transition, and the way to each state through the table."""

from typing import Any

from app.domain.engagement_lifecycle import TRANSITIONS, EngagementState
from tests.given import Given, Person

PATH = "/v1/engagements"
S = EngagementState
SECRET = "Only the program may read this."
MEANT: dict[str, dict[str, Any]] = {
    "accept": {"note": SECRET},
    "decline": {"reason": "not_novel", "note": "It is licensed twice."},
    "schedule": {
        "held_on": "2026-06-20",
        "mode": "meeting",
        "starts_at": "2026-06-20T15:00:00Z",
        "attendees": [SECRET],
        "note": SECRET,
    },
    "reschedule": {"held_on": "2026-06-22", "mode": "written"},
    "hold": {"held_on": "2026-06-01", "summary": "Both questions were talked through.", "note": SECRET},
    "close": {"outcome": "feedback_given", "summary": "The written answers stand.", "note": SECRET},
    "withdraw": {"note": "Given up."},
}
WAYS: dict[EngagementState, tuple[str, ...]] = {
    S.REQUESTED: (),
    S.ACCEPTED: ("accept",),
    S.DECLINED: ("decline",),
    S.SCHEDULED: ("accept", "schedule"),
    S.HELD: ("accept", "schedule", "hold"),
    S.CLOSED: ("accept", "close"),
    S.WITHDRAWN: ("withdraw",),
}


def body(name: str, **arguments: Any) -> dict[str, Any]:
    return {"name": name, **MEANT[name], **arguments}


async def move(person: Person, number: str, name: str, *, preview: bool = False, **arguments: Any):
    query = "?preview=true" if preview else ""
    return await person.post(f"{PATH}/{number}/transitions{query}", json=body(name, **arguments))


async def in_state(given: Given, owner: Person, desk: Person, state: EngagementState) -> str:
    """The number of an engagement that was brought there by the acts of its two sides."""
    number: str = (await given.engagement(owner))["number"]
    for name in WAYS[state]:
        by = owner if TRANSITIONS[name].also is None else desk
        moved = await move(by, number, name)
        assert moved.status_code == 200, moved.text
    return number
