"""How a row of the catalogue is made: its CloudEvent's model and its example, from the body and what it is about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, create_model

from app.domain.designations import DesignationNumber
from app.domain.event_types import bodies
from app.domain.event_types.bodies import (
    AboutDesignation,
    AboutEndpoint,
    AboutEngagement,
    AboutRequest,
    AboutThread,
    CloudEvent,
    EventBody,
)
from app.domain.policy import Audience
from app.domain.shapes import EngagementNumber, RequestNumber

BOTH = frozenset(Audience)
_HOME = "https://intake.example"


@dataclass(frozen=True, slots=True)
class _About:
    """A kind of subject: what its events say of it at least, how it is named, and one of them for the examples."""

    thin: type[EventBody]
    name: Any  # the type of `subject`
    member: str  # of the thin body, with the same value
    path: str
    example: str


_SUBJECTS = (
    _About(AboutRequest, RequestNumber, "number", "/v1/designation-requests", "AMT-2026-00017"),
    _About(AboutDesignation, DesignationNumber, "number", "/v1/designations", "AMTD-2026-00003"),
    _About(AboutEngagement, EngagementNumber, "number", "/v1/engagements", "ENG-2026-00004"),
    _About(
        AboutEndpoint,
        bodies.Id,
        "endpoint_id",
        "/v1/webhook-endpoints",
        "0193a1ec-1b2c-7d3e-8f40-51627384a5b6",
    ),
    _About(
        AboutThread,
        bodies.ThreadSubject,
        "thread_id",
        "/v1/threads",
        "0193a1ec-1b2c-7d3e-8f40-51627384a5b8",
    ),
)


class NotInCatalogue(ValueError):
    """An event that the catalogue does not have, for that audience or with those members."""


@dataclass(frozen=True, slots=True)
class EventType:
    """One row of the catalogue: `shape` is the model of the whole CloudEvent, `body` that of its data.

    `own` are the members of the data beyond what every event of its subject says, `needed` those that are always there.
    """

    name: str
    audiences: frozenset[Audience]
    summary: str
    body: type[EventBody]
    shape: type[CloudEvent]
    own: frozenset[str]
    needed: frozenset[str]
    example: Mapping[str, Any]

    def insist(self, audience: Audience, given: Iterable[str]) -> None:
        """Raises NotInCatalogue for another audience, a member beyond the type's own, or a missing one."""
        if audience not in self.audiences:
            raise NotInCatalogue(f"{self.name} is not for {audience}")
        wrong = (self.needed - set(given)) | (set(given) - self.own)
        if wrong:
            raise NotInCatalogue(f"{self.name} has other members: {', '.join(sorted(wrong))}")


def row(
    name: str,
    summary: str,
    body: type[EventBody],
    said: Mapping[str, Any],
    audiences: frozenset[Audience] = BOTH,
) -> EventType:
    """A type, with the model of its CloudEvent made from that of its body; `said` is what its example says."""
    about = next(each for each in _SUBJECTS if issubclass(body, each.thin))
    own = body.model_fields.keys() - about.thin.model_fields.keys()
    needed = {member for member in own if body.model_fields[member].is_required()}
    shape = _shape(name, summary, about, body)
    example = _example(name, about, said)
    return EventType(name, audiences, summary, body, shape, frozenset(own), frozenset(needed), example)


def _shape(name: str, summary: str, about: _About, body: type[EventBody]) -> type[CloudEvent]:
    const: Any = Literal[name]
    return create_model(
        name.title().replace(".", "").replace("_", ""),
        __base__=CloudEvent,
        __doc__=summary,
        type=(const, _as_in_the_envelope("type")),
        subject=(about.name, _as_in_the_envelope("subject")),
        data=(body, _as_in_the_envelope("data")),
    )


def _as_in_the_envelope(member: str) -> Any:  # noqa: ANN401 -- a field of any type
    return Field(description=CloudEvent.model_fields[member].description)


def _example(name: str, about: _About, said: Mapping[str, Any]) -> Mapping[str, Any]:
    url = f"{_HOME}{about.path}/{about.example}"
    return {
        "specversion": "1.0",
        "id": "0193a1f0-7f6e-7c1a-9d53-2f1f5e6a7b80",
        "source": f"{_HOME}/v1",
        "type": name,
        "subject": about.example,
        "time": "2026-12-01T15:04:05.000000Z",
        "datacontenttype": "application/json",
        "data": {about.member: about.example, "sequence": 3, "url": url, **said},
    }
