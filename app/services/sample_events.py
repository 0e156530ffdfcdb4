"""What a test delivery carries: the catalogue's example of the type asked for, marked as a test."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.event_types import EVENT_TYPES
from app.services.announcements import Subject
from app.services.journal import instant


def body_of(type: str, id: UUID, endpoint: Subject, at: datetime, public_url: str) -> dict[str, Any]:
    """A CloudEvent of the type: about the endpoint itself, where it is about an endpoint, else about no real thing.

    `data.test` and the sequence 0 tell it from an event.
    """
    example = EVENT_TYPES[type].example
    source, told = example["source"], dict(example["data"])
    subject = example["subject"]
    if "endpoint_id" in told:
        subject = told["endpoint_id"] = endpoint.name
        told["url"] = f"{source}{endpoint.path.removeprefix('/v1')}"
    own: Mapping[str, Any] = {
        "id": str(id),
        "source": f"{public_url}/v1",
        "subject": subject,
        "time": instant(at),
        "data": {
            **told,
            "sequence": 0,
            "url": f"{public_url}/v1{told['url'].removeprefix(source)}",
            "test": True,
        },
    }
    return {**example, **own}
