"""What events look like in the feed. For the description alone."""

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.payloads import Out
from app.domain.event_types import EVENT_TYPES

EXAMPLE: Final = dict(EVENT_TYPES["designation_request.submitted"].example)


class CloudEvent(Out):
    """CloudEvents 1.0 in structured JSON: the bytes that webhooks carry."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [EXAMPLE]})

    specversion: Literal["1.0"]
    id: UUID = Field(description="The same in the feed and in webhooks")
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: Literal["application/json"]
    data: dict[str, Any]


class EventPage(Out):
    items: list[CloudEvent]
    next_cursor: str = Field(description="Where to go on, always: `after` of the next call, now or later")
