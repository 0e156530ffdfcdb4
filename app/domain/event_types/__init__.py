"""The catalogue of events: what can happen that outsiders are told of, which side is told, and in which words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, create_model

from app.domain.event_types import bodies
from app.domain.event_types.bodies import AboutEndpoint, AboutRequest, CloudEvent, EventBody
from app.domain.policy import Audience
from app.domain.shapes import RequestNumber

BOTH = frozenset(Audience)
PROGRAM = frozenset({Audience.PROGRAM})
_SUBJECTS: Mapping[type[EventBody], Any] = {AboutRequest: RequestNumber, AboutEndpoint: bodies.Id}
_HOME = "https://intake.example"
_EXAMPLES: Mapping[type[EventBody], tuple[str, str, str]] = {
    AboutRequest: ("AMT-2026-00017", "/v1/designation-requests", "number"),
    AboutEndpoint: ("0193a1ec-1b2c-7d3e-8f40-51627384a5b6", "/v1/webhook-endpoints", "endpoint_id"),
}


class NotInCatalogue(ValueError):
    """An event that the catalogue does not have, for that audience or with those members."""


@dataclass(frozen=True, slots=True)
class EventType:
    """One row of the catalogue; `shape` is the whole CloudEvent, `thin` the part of `data` its subject gives."""

    name: str
    audiences: frozenset[Audience]
    summary: str
    thin: type[EventBody]
    body: type[EventBody]
    shape: type[CloudEvent]
    example: Mapping[str, Any]

    def insist(self, audience: Audience, given: Iterable[str]) -> None:
        """Raises NotInCatalogue for another audience, a member beyond the body's, or a missing one."""
        if audience not in self.audiences:
            raise NotInCatalogue(f"{self.name} is not for {audience}")
        own = {
            name: field
            for name, field in self.body.model_fields.items()
            if name not in self.thin.model_fields
        }
        given = frozenset(given)
        missing = {name for name, field in own.items() if field.is_required()} - given
        if missing or given - own.keys():
            wrong = ", ".join(sorted(missing | (given - own.keys())))
            raise NotInCatalogue(f"{self.name} has other members: {wrong}")


def row(
    name: str,
    summary: str,
    body: type[EventBody],
    said: Mapping[str, Any],
    audiences: frozenset[Audience] = BOTH,
) -> EventType:
    """A type, with the model of its CloudEvent made from that of its body; `said` is what its example says."""
    thin = next(each for each in _SUBJECTS if issubclass(body, each))
    const: Any = Literal[name]
    shape = create_model(
        name.title().replace(".", "").replace("_", ""),
        __base__=CloudEvent,
        __doc__=summary,
        type=(const, _as_in_the_envelope("type")),
        subject=(_SUBJECTS[thin], _as_in_the_envelope("subject")),
        data=(body, _as_in_the_envelope("data")),
    )
    return EventType(name, audiences, summary, thin, body, shape, _example(name, thin, said))


def _example(name: str, thin: type[EventBody], said: Mapping[str, Any]) -> Mapping[str, Any]:
    subject, place, first = _EXAMPLES[thin]
    return {
        "specversion": "1.0",
        "id": "0193a1f0-7f6e-7c1a-9d53-2f1f5e6a7b80",
        "source": f"{_HOME}/v1",
        "type": name,
        "subject": subject,
        "time": "2026-12-01T15:04:05.000000Z",
        "datacontenttype": "application/json",
        "data": {first: subject, "sequence": 3, "url": f"{_HOME}{place}/{subject}", **said},
    }


def _as_in_the_envelope(member: str) -> Any:  # noqa: ANN401 -- a field of any type
    return Field(description=CloudEvent.model_fields[member].description)


RECEIPT = {"received_on": "2026-12-01", "statutory_due_on": "2027-05-30"}
EVENT_TYPES: Mapping[str, EventType] = {
    each.name: each
    for each in (
        row(
            "designation_request.submitted",
            "A request was signed and received; the 180 days began.",
            bodies.Submission,
            {"status": "received", **RECEIPT},
        ),
        row(
            "designation_request.withdrawn",
            "The requester took the request back.",
            bodies.Withdrawal,
            {"status": "withdrawn"},
        ),
        row(
            "designation_request.rejected",
            "A request was rejected for a technical cause, never for content.",
            bodies.Rejection,
            {"status": "rejected", "cause": "unreadable_file"},
        ),
        row(
            "designation_request.reinstated",
            "A technical rejection was taken back; the receipt date stays.",
            bodies.Reinstatement,
            {"status": "received"},
        ),
        row(
            "designation_request.status_changed",
            "The status that applicants see has changed.",
            bodies.Change,
            {"status": "rejected", "cause": "unreadable_file"},
        ),
        row(
            "designation_request.state_changed",
            "The state that the program sees has changed.",
            bodies.Change,
            {"status": "received", **RECEIPT},
            PROGRAM,
        ),
        row(
            "webhook_endpoint.failing",
            "An endpoint has failed for half the time after which it is disabled.",
            AboutEndpoint,
            {"status": "active"},
        ),
        row(
            "webhook_endpoint.disabled",
            "An endpoint gets no more deliveries until it is enabled again.",
            AboutEndpoint,
            {"status": "disabled"},
        ),
        row(
            "webhook_endpoint.enabled",
            "An endpoint gets deliveries again.",
            AboutEndpoint,
            {"status": "active"},
        ),
        row(
            "webhook_endpoint.secret_rotated",
            "An endpoint has a new secret; the earlier one signs for a while.",
            AboutEndpoint,
            {"status": "active"},
        ),
        row(
            "webhook_endpoint.test",
            "A test delivery that its owner asked for.",
            AboutEndpoint,
            {"status": "active", "sequence": 0},
        ),
    )
}
