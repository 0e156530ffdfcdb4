"""The shapes of webhook endpoints and of their delivery log: what a call may send, and what it gets back."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from app.api.deps import Moment
from app.api.payloads import PRINTABLE, In, Out
from app.domain import secret_headers
from app.domain.designation_lifecycle import State as DesignationState
from app.domain.engagement_lifecycle import EngagementState
from app.domain.event_types import EVENT_TYPES
from app.domain.lifecycle import Status
from app.services import recoveries
from app.services.webhook_endpoints import EVERYTHING, MOST_OVERLAP

TYPE = r"[a-z_]{1,40}\.[a-z_]{1,40}"
NUMBER_PATTERN = r"^(AMTD?|ENG)-[0-9]{4}-[0-9]{5,11}$"
MOST_SUBJECTS = 100
# what events of any kind of subject bring
STATUSES = sorted({each.value for kind in (Status, DesignationState, EngagementState) for each in kind})
MOST_PER_SECOND = 1000

Url = Annotated[
    str,
    Field(
        min_length=1,
        max_length=4000,
        pattern=PRINTABLE,
        description="https, on a published port, at a public address; at most 2048 characters of ASCII.",
        examples=["https://hooks.partner.example/amtdp"],
    ),
]
EventTypes = Annotated[
    list[
        Annotated[
            str,
            Field(
                max_length=81,
                pattern=rf"^(\*|{TYPE})$",
                json_schema_extra={"enum": [EVERYTHING, *EVENT_TYPES]},
            ),
        ]
    ],
    Field(min_length=1, max_length=100, description='Names of event types, or "*" alone for all.'),
]
Description = Annotated[
    str, Field(max_length=500, pattern=rf"^$|{PRINTABLE}", description="What it is for, in your words.")
]


def _status(sent: str) -> str:
    if sent not in STATUSES:
        raise PydanticCustomError("enum", "should be one of {expected}", {"expected": ", ".join(STATUSES)})
    return sent


EventStatus = Annotated[
    str, Field(max_length=30, json_schema_extra={"enum": [*STATUSES]}), AfterValidator(_status)
]
Statuses = Annotated[
    list[EventStatus],
    Field(max_length=len(STATUSES), description="Only events that bring one of these statuses; empty: all."),
]
Subjects = Annotated[
    list[Annotated[str, Field(max_length=21, pattern=NUMBER_PATTERN)]],
    Field(
        max_length=MOST_SUBJECTS,
        description="Only events about requests, designations and engagements of these numbers; empty: all.",
    ),
]
PerSecond = Annotated[
    int,
    Field(
        strict=True,
        ge=1,
        le=MOST_PER_SECOND,
        description="Attempts a second; without it as fast as it answers.",
    ),
]
HeaderName = Annotated[str, Field(pattern=secret_headers.NAME_PATTERN)]
HeaderValue = Annotated[str, Field(max_length=2000, pattern=secret_headers.VALUE_PATTERN)]
HEADERS = (
    "Headers to send along, such as Authorization. They are kept sealed and shown masked; names are kept in "
    "lower case. Host, Content-*, webhook-* and what belongs to the connection are not yours to set."
)


def _lowered(headers: dict[str, Any]) -> dict[str, Any]:
    """Names in lower case. Raises ValueError where two differ in case alone."""
    lowered = {name.lower(): value for name, value in headers.items()}
    if len(lowered) != len(headers):
        raise ValueError("two headers have the same name")
    return lowered


Headers = Annotated[
    dict[HeaderName, HeaderValue],
    AfterValidator(_lowered),
    Field(max_length=secret_headers.MOST, description=HEADERS),
]
HeadersPatch = Annotated[
    dict[HeaderName, HeaderValue | None],
    AfterValidator(_lowered),
    Field(max_length=2 * secret_headers.MOST, description="Merged by name; null takes a header away."),
]


class EndpointIn(In):
    url: Url
    event_types: EventTypes
    description: Description = ""
    statuses: Statuses = Field([])
    subjects: Subjects = Field([])
    headers: Headers = Field({})
    max_per_second: PerSecond | None = None
    applicant_id: UUID | None = Field(None, description="Needed when you act for more than one applicant")


class EndpointPatch(In):
    """JSON Merge Patch (RFC 7396); null removes what can be without."""

    url: Url | None = None
    event_types: EventTypes | None = None
    description: Description | None = None
    statuses: Statuses | None = None
    subjects: Subjects | None = None
    headers: HeadersPatch | None = None
    max_per_second: PerSecond | None = None
    status: Literal["active", "disabled"] | None = Field(
        None, description="active enables it again; disabled cancels what waits for it"
    )

    @model_validator(mode="after")
    def _keeps_what_it_needs(self) -> Self:
        needed = ("url", "event_types", "status")
        if any(name in self.model_fields_set and getattr(self, name) is None for name in needed):
            raise ValueError("url, event_types and status cannot be removed")
        return self


class SecretRotationIn(In):
    overlap_hours: Annotated[
        int,
        Field(
            strict=True,
            ge=0,
            le=int(MOST_OVERLAP.total_seconds() // 3600),
            description="How long earlier secrets still sign beside the new one; 0 ends them all at once.",
        ),
    ] = 24


class SampleIn(In):
    event_type: (
        Annotated[str, Field(max_length=81, pattern=rf"^{TYPE}$", json_schema_extra={"enum": [*EVENT_TYPES]})]
        | None
    ) = Field(None, description="What to send an example of; webhook_endpoint.test where left out")


class RecoveryIn(In):
    since: Moment = Field(
        description=f"Events from this instant on, at most {recoveries.FURTHEST.days} days back."
    )


class CheckOut(Out):
    name: Literal["url", "resolves", "public"]
    passed: bool
    detail: str


class OwnerOut(Out):
    id: UUID
    name: str


EndpointStatus = Literal["active", "failing", "disabled"]


class EndpointOut(Out):
    id: UUID
    url: str
    description: str
    event_types: list[str]
    statuses: list[str]
    subjects: list[str]
    headers: dict[str, str] = Field(description="Names with a mask in place of each value")
    max_per_second: int | None
    applicant: OwnerOut | None = Field(description="null: the program's")
    status: EndpointStatus
    disabled_reason: Literal["failing", "gone", "owner"] | None
    failing_since: datetime | None = Field(description="The first failure since the last success")
    disabled_at: datetime | None
    previous_secret_until: datetime | None = Field(
        description="Until when secrets from before the last rotation sign"
    )
    public_key: str = Field(description="whpk_…: verifies the v1a signature")
    kid: str = Field(description="The same key in /v1/keys")
    created_at: datetime
    updated_at: datetime


class CheckedEndpointOut(EndpointOut):
    checks: list[CheckOut] = Field(description="What the address guard found just now")


class NewEndpointOut(CheckedEndpointOut):
    secret: str = Field(description="whsec_…: verifies the v1 signature; shown this once")


class NewSecretOut(EndpointOut):
    secret: str = Field(description="whsec_…: the new secret; shown this once")


class EndpointPage(Out):
    items: list[EndpointOut]
    next_cursor: str | None


DeliveryStatus = Literal["pending", "delivered", "exhausted", "cancelled"]


class DeliveryOut(Out):
    id: UUID
    endpoint_id: UUID
    event_id: UUID | None = Field(description="The webhook-id of every attempt; null: a test")
    type: str
    subject: str = Field(description="As the event names it: a request's number or an endpoint's id")
    sequence: int
    previous_sequence: int | None
    test: bool
    status: DeliveryStatus
    attempt_count: int
    reason: str | None = Field(description="Why the last attempt failed, or the delivery was cancelled")
    next_attempt_at: datetime | None
    created_at: datetime
    settled_at: datetime | None


class AttemptOut(Out):
    number: int
    at: datetime
    milliseconds: int
    outcome: Literal["delivered", "failed", "cancelled"]
    status_code: int | None = Field(description="null: there was no answer")
    reason: str | None
    response: str | None = Field(description="The first 2 KiB of the answer")


class WholeDeliveryOut(DeliveryOut):
    attempts: list[AttemptOut]


class TestDeliveryOut(DeliveryOut):
    checks: list[CheckOut]


class DeliveryPage(Out):
    items: list[DeliveryOut]
    next_cursor: str | None


class RecoveryOut(Out):
    count: int = Field(description="Deliveries that were queued")
    since: datetime
    through: datetime = Field(description="Events up to here were looked at")
    complete: bool = Field(description="false: call again with `through` as `since`")
