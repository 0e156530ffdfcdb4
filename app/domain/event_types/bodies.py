"""The bodies of events: the CloudEvents 1.0 envelope, and what each kind of event says in its `data`.

What the service writes passes these models whole. Readers use them too, but look past members they do not know.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import AwareDatetime, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from app.domain import engagement_lifecycle
from app.domain.designation_lifecycle import State as DesignationState
from app.domain.designations import DesignationNumber
from app.domain.lifecycle import State, Status
from app.domain.shapes import (
    CivilDate,
    EngagementNumber,
    Flag,
    Number,
    Part,
    RequestNumber,
    describe,
    needed,
    told,
)

UUID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
URL_PATTERN = r"^https?://[!-~]{1,1990}$"
INSTANT_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z$"
INSTANT_LENGTH = len("2026-06-01T15:00:00.000000Z")


class _Instant:
    """An RFC 3339 instant in UTC, to the microsecond; pydantic alone would also take counts of seconds."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        del source, handler
        text = core_schema.str_schema(strict=True, pattern=INSTANT_PATTERN)
        return core_schema.chain_schema([text, core_schema.datetime_schema()])

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        del schema, handler
        length = {"minLength": INSTANT_LENGTH, "maxLength": INSTANT_LENGTH}
        return {"type": "string", "format": "date-time", "pattern": INSTANT_PATTERN, **length}


@dataclass(frozen=True)
class _Formatted:
    """A text that JSON Schema has a name for; the pattern beside it is what decides."""

    format: str

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "format": self.format}


class _OrAbsent:
    """Makes of `X | None` a member that is left out where there is nothing to say, and is never null."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401 -- pydantic's own signature
        return handler(get_args(source)[0])


Instant = Annotated[datetime, _Instant()]
Id = Annotated[
    str, Field(strict=True, min_length=36, max_length=36, pattern=UUID_PATTERN), _Formatted("uuid")
]
Url = Annotated[str, Field(strict=True, min_length=8, max_length=2000, pattern=URL_PATTERN)]
Sequence = Annotated[int, Number(least=0, most=2**31 - 1, whole=True)]
Day = Annotated[CivilDate | None, _OrAbsent()]
Cause = Literal["malware", "unreadable_file", "wrong_program"]


class EventBody(Part):
    """What every event says of its subject."""

    sequence: Sequence = Field(
        description=describe(
            "Place among the events of this subject for your audience, from 1 without gaps; 0 in a test",
            "program",
            "events",
        )
    )
    url: Url = needed("Where the subject can be read by those who may see it")
    test: Annotated[Literal[True] | None, _OrAbsent()] = told(
        "There in a test delivery alone, and true: nothing has happened"
    )


class AboutRequest(EventBody):
    """The thin body of an event about a designation request."""

    number: RequestNumber = needed("Number of the request, the same for good")
    status: Status = needed("What applicants see of its state, after what happened")


class Submission(AboutRequest):
    """A request was received."""

    received_on: CivilDate = needed("Civil date of receipt in New York; day 0")
    statutory_due_on: CivilDate = needed("The 180th day after receipt; nothing moves it", "506L(c)(2)")


class Withdrawal(AboutRequest):
    """A request was taken back."""


class Rejection(AboutRequest):
    """A request was rejected for a technical cause."""

    cause: Cause = needed("What cannot be mended by anyone but the requester")


class Reinstatement(AboutRequest):
    """A technical rejection was taken back."""


Round = Annotated[int, Number(least=1, most=2**31 - 1, whole=True)]


def _round() -> Any:  # noqa: ANN401 -- a field of any type
    return Field(description=describe("Number of the round of questions, from 1", "program", "rounds"))


class Questions(AboutRequest):
    """The program has asked; the statutory clock runs on."""

    round: Round = _round()
    reply_by: CivilDate = needed("Civil date in New York at whose end the questions lapse")


class Lapse(AboutRequest):
    """A reply date has passed without an answer."""

    round: Round = _round()


class ReplyReminder(Questions):
    """A reply date is near."""

    days_left: Annotated[int, Number(least=0, most=365, whole=True)] = Field(
        description=describe("Days until the reply date", "program", "days")
    )


class Answers(AboutRequest):
    """The applicant has answered a round of questions."""

    round: Round = _round()
    late: Flag = needed("Whether the reply date had passed")
    version: Annotated[int, Number(least=1, most=2**31 - 1, whole=True)] = Field(
        description=describe("Version of the content from then on", "program", "versions")
    )


class Decided(AboutRequest):
    """The program has decided; the signed letter can be read."""

    outcome: Literal["designated", "not_designated"] = needed("The decision")
    decided_on: CivilDate = needed("Civil date of the decision in New York")


class SetAside(AboutRequest):
    """A denial was set aside and is assessed anew; the statutory clock stays ended."""

    program_target_on: CivilDate = needed("When the program means to decide")


class DueDate(AboutRequest):
    """The statutory due date is near, or has passed."""

    statutory_due_on: CivilDate = needed("The 180th day after receipt", "506L(c)(2)")
    days_left: Annotated[int, Number(least=-100_000, most=180, whole=True)] = Field(
        description=describe("Days until it; negative once it has passed", "program", "days")
    )


class Change(AboutRequest):
    """A status or state has changed; members beyond the thin body are those of what brought the change."""

    received_on: Day = told("With a receipt: civil date in New York; day 0")
    statutory_due_on: Day = told("With a receipt: the 180th day after it", "506L(c)(2)")
    cause: Annotated[Cause | None, _OrAbsent()] = told("With a technical rejection: its cause")


class StateChange(Change):
    """As a change of status, for the program, which sees the state."""

    state: State = needed("The state, after what happened")


class Assignment(AboutRequest):
    """Somebody of the program's staff works on a request."""

    person_id: Id = needed("Id of the member of staff")
    part: Literal["lead", "team"] = needed("Its lead reviewer, or one of the team")


class AboutEndpoint(EventBody):
    """The thin body of an event about a webhook endpoint."""

    endpoint_id: Id = needed("Id of the endpoint")
    status: Literal["active", "failing", "disabled"] = needed("How it fares, after what happened")


class AboutDesignation(EventBody):
    """The thin body of an event about a designation."""

    number: DesignationNumber = needed("Number of the designation, the same for good")
    status: DesignationState = needed("Its state, after what happened")


class Granting(AboutDesignation):
    """A designation was granted."""

    designation_request: RequestNumber = needed("Number of the request that it was granted on")
    granted_on: CivilDate = needed("Civil date of the decision in New York", "506L(c)")


class DesignationChange(AboutDesignation):
    """The state of a designation has changed, or it has a holder that it had not."""


class AboutAuthorization(AboutDesignation):
    """An authorization was given or revoked."""

    authorization_id: Id = needed("Id of the authorization", "506L(d)(2)")


class Citing(AboutDesignation):
    """An application that relies on the designation was recorded, or that it was approved."""

    citation_id: Id = needed("Id of the citation", "506L(e)(3)(E)")


class AboutEngagement(EventBody):
    """The thin body of an event about an engagement."""

    number: EngagementNumber = needed("Number of the engagement, the same for good")
    status: engagement_lifecycle.EngagementState = needed("Its state, after what happened")


class EngagementChange(AboutEngagement):
    """The state of an engagement has changed, or the day of its meeting."""

    meeting_on: Day = told("With a meeting that is to come: its civil date in New York")


class EngagementUpdate(AboutEngagement):
    """Its requester was told where it stands."""

    n: Annotated[int, Number(least=0, most=2**31 - 1, whole=True)] = Field(
        description=describe("Which of its updates this is, from 1", "program", "updates")
    )


NUMBERED = r"(AMT|AMTD|ENG)-[0-9]{4}-[0-9]{5,11}"
AboutNumber = Annotated[
    Annotated[str, Field(strict=True, min_length=14, max_length=21, pattern=f"^{NUMBERED}$")] | None,
    _OrAbsent(),
]
# A thread about something is told of among the events of that, by its number; any other by its own id.
ThreadSubject = Annotated[
    str,
    Field(strict=True, min_length=14, max_length=36, pattern=f"^{NUMBERED}$|{UUID_PATTERN}"),
]


class AboutThread(EventBody):
    """The thin body of an event about a thread of the mailbox."""

    thread_id: Id = needed("Id of the thread")
    number: AboutNumber = told("Number of what the thread is about, where it is about something")


class MessageReceived(AboutThread):
    """Somebody of the other side wrote."""

    message_id: Id = needed("Id of the message; its text is in the mailbox alone")


class CloudEvent(Part):
    """The envelope (CloudEvents 1.0, structured JSON): what happened, where, to what, when."""

    specversion: Literal["1.0"] = needed("Version of the envelope", "CloudEvents 1.0")
    id: Id = needed(
        "The same at every attempt, redelivery and in the feed; drop what you have had", "CloudEvents 1.0"
    )
    source: Url = needed("The service that tells of it", "CloudEvents 1.0")
    type: str = needed("What happened", "CloudEvents 1.0")
    subject: str = needed("What it happened to", "CloudEvents 1.0")
    time: Instant = needed("The instant of the act, the same for every event of it", "CloudEvents 1.0")
    datacontenttype: Literal["application/json"] = needed("Media type of `data`", "CloudEvents 1.0")
    data: EventBody | Mapping[str, Any] = needed("The thin body and what this type adds", "CloudEvents 1.0")

    @property
    def sequence(self) -> int | None:
        """As the body says it; None where a later kind of body does not."""
        told = self.data.get("sequence") if isinstance(self.data, Mapping) else self.data.sequence
        return told if isinstance(told, int) else None


class Unknown(CloudEvent):
    """An event of a type, or with a body, that is newer than this catalogue: read for what any CloudEvent has."""

    id: str = needed("The same at every attempt, redelivery and in the feed", "CloudEvents 1.0")
    source: str = needed("The service that tells of it", "CloudEvents 1.0")
    time: AwareDatetime = needed("The instant of the act", "CloudEvents 1.0")
    data: Mapping[str, Any] = needed("As they were sent", "CloudEvents 1.0")
