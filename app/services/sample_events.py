"""What a test delivery carries: an event of the asked type as it could be, marked as a test and about nothing real."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.services.announcements import Subject
from app.services.journal import instant

NUMBER: Final = "AMT-2026-00017"
# the status after an event of the type, where it is a request's
STATUS: Final[Mapping[str, str]] = {
    "designation_request.withdrawn": "withdrawn",
    "designation_request.rejected": "rejected",
}


def body_of(type: str, id: UUID, endpoint: Subject, at: datetime, public_url: str) -> dict[str, Any]:
    """A CloudEvent of the type. `data.test` tells it from a real one, and its sequence 0 counts for nothing."""
    if type.startswith("webhook_endpoint."):
        name, path, thin = endpoint.name, endpoint.path, dict(endpoint.thin)
    else:
        status = STATUS.get(type, "received")
        name, path, thin = NUMBER, f"/v1/designation-requests/{NUMBER}", {"number": NUMBER, "status": status}
    return {
        "specversion": "1.0",
        "id": str(id),
        "source": f"{public_url}/v1",
        "type": type,
        "subject": name,
        "time": instant(at),
        "datacontenttype": "application/json",
        "data": {**thin, "sequence": 0, "url": f"{public_url}{path}", "test": True},
    }
