"""What events look like in the feed. For the description alone."""

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.payloads import Out

EXAMPLE: Final[dict[str, Any]] = {
    "specversion": "1.0",
    "id": "019e8f0c-6a41-7c51-9d20-3f5b8a1c7e42",
    "source": "https://desk.example/v1",
    "type": "designation_request.submitted",
    "subject": "AMT-2026-00017",
    "time": "2026-06-01T15:00:00.000000Z",
    "datacontenttype": "application/json",
    "data": {
        "number": "AMT-2026-00017",
        "status": "received",
        "sequence": 1,
        "url": "https://desk.example/v1/designation-requests/AMT-2026-00017",
    },
}


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
