"""The catalogue of events: what can happen that outsiders are told of, and which side is told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.domain.policy import Audience

BOTH = frozenset(Audience)
PROGRAM = frozenset({Audience.PROGRAM})


@dataclass(frozen=True, slots=True)
class EventType:
    """One row of the catalogue."""

    name: str
    audiences: frozenset[Audience]
    summary: str


def row(name: str, summary: str, audiences: Iterable[Audience] = BOTH) -> EventType:
    return EventType(name, frozenset(audiences), summary)


EVENT_TYPES: Mapping[str, EventType] = {
    each.name: each
    for each in (
        row("designation_request.submitted", "A request was signed and received; the 180 days began."),
        row("designation_request.withdrawn", "The requester took the request back."),
        row(
            "designation_request.rejected", "A request was rejected for a technical cause, never for content."
        ),
        row(
            "designation_request.reinstated", "A technical rejection was taken back; the receipt date stays."
        ),
        row("designation_request.status_changed", "The status that applicants see has changed."),
        row("designation_request.state_changed", "The state that the program sees has changed.", PROGRAM),
        row(
            "webhook_endpoint.failing", "An endpoint has failed for half the time after which it is disabled."
        ),
        row("webhook_endpoint.disabled", "An endpoint gets no more deliveries until it is enabled again."),
        row("webhook_endpoint.enabled", "An endpoint gets deliveries again."),
        row(
            "webhook_endpoint.secret_rotated",
            "An endpoint has a new secret; the earlier one signs for a while.",
        ),
        row("webhook_endpoint.test", "A test delivery that its owner asked for."),
    )
}
