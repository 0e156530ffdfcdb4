"""The catalogue of events: which there are, and the schema and an example of each."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Path
from pydantic import Field
from starlette.responses import Response

from app.api.answers import answer
from app.api.payloads import Out
from app.api.work import Transacted
from app.domain import exact_json, published
from app.domain.errors import NotFound
from app.domain.event_types import EVENT_TYPES, EventType

router = APIRouter(prefix="/v1/event-types", tags=["about"], route_class=Transacted)
SCHEMA = "application/schema+json"


class EventTypeRef(Out):
    name: str = Field(examples=["designation_request.submitted"])
    summary: str
    audiences: list[Literal["applicant", "program"]] = Field(description="Which sides are told")
    schema_url: str = Field(description=f"This type; with Accept: {SCHEMA} its schema alone")


class EventTypeList(Out):
    items: list[EventTypeRef]
    next_cursor: str | None


class EventTypeOut(EventTypeRef):
    event_schema: dict[str, Any] = Field(
        alias="schema", description="JSON Schema 2020-12 of the whole CloudEvent"
    )
    example: dict[str, Any] = Field(description="A CloudEvent that the schema holds for")


def _reference(known: EventType) -> dict[str, Any]:
    return {
        "name": known.name,
        "summary": known.summary,
        "audiences": sorted(known.audiences),
        "schema_url": f"{router.prefix}/{known.name}",
    }


@router.get("", response_model=EventTypeList, operation_id="listEventTypes",
            summary="The types of events there are")  # fmt: skip
async def list_event_types() -> Response:
    return answer({"items": [_reference(each) for each in EVENT_TYPES.values()], "next_cursor": None})


@router.get("/{type}", response_model=EventTypeOut, operation_id="getEventType",
            summary="One type of event: its schema and an example",
            responses={200: {"content": {SCHEMA: {"schema": {"type": "object"}}}}})  # fmt: skip
async def get_event_type(
    type: Annotated[str, Path(pattern=r"^[a-z_.]{1,80}$", description="Name of the type.")],
    accept: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response:
    known = EVENT_TYPES.get(type)
    if known is None:
        raise NotFound
    schema = published.event_schema(type)
    if SCHEMA in (accept or ""):
        return Response(exact_json.encode(schema), media_type=SCHEMA)
    return answer({**_reference(known), "schema": schema, "example": known.example})
