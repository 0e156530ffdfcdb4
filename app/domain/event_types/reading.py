"""Reading an event that was received: typed where this catalogue knows its type, whole in any case.

A receiver outlives the version it was written against, so members, statuses and types that came later are no fault.
"""

from typing import Any

from pydantic import ValidationError

from app.domain.event_types import EVENT_TYPES
from app.domain.event_types.bodies import CloudEvent, Unknown


class NotAnEvent(ValueError):
    """The body is no CloudEvent of this service."""


def read(tree: Any) -> CloudEvent:  # noqa: ANN401 -- any JSON
    """The event; its `data` is the type's own body, or the tree where that does not fit. Raises NotAnEvent."""
    try:
        whole = Unknown.model_validate(tree, extra="ignore")
    except ValidationError:
        raise NotAnEvent("The body is not a CloudEvent 1.0 in structured JSON.") from None
    known = EVENT_TYPES.get(whole.type)
    if known is None:
        return whole
    try:
        return known.shape.model_validate(tree, extra="ignore")
    except ValidationError:
        return whole
