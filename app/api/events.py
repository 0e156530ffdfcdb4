"""The feed: every event that the caller may see, in order, by cursor or as a stream that stays open."""

import re
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from app.api import positions
from app.api.answers import answer
from app.api.callers import behind, credential_of
from app.api.deps import Caller, Limit, Look, The
from app.api.event_shapes import EventPage
from app.api.negotiation import preferred
from app.api.runtime import Runtime
from app.api.streams import MEDIA_TYPE, EventStream
from app.api.tags import tag_of
from app.api.work import Transacted
from app.domain import exact_json
from app.domain.errors import Flaw, Invalid, NotFound, NotPermitted
from app.domain.event_types import EVENT_TYPES
from app.domain.policy import Actor
from app.store import feed
from app.store.columns import Record
from app.store.feed import Page, Place, Wanted

router = APIRouter(prefix="/v1/events", route_class=Transacted, tags=["events"])
EVENT_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
PLACE_PATTERN = r"^[A-Za-z0-9_-]+$"
After = Annotated[
    str | None,
    Query(max_length=200, pattern=PLACE_PATTERN, description="A next_cursor, or the id of an event."),
]
LastEventId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        max_length=200,
        pattern=PLACE_PATTERN,
        description="Streams alone: where an earlier one was cut. Wins over `after`.",
    ),
]


@router.get(
    "",
    response_model=EventPage,
    operation_id="listEvents",
    summary="Everything that happened, in order: a page, or by Accept a stream that stays open",
    responses={200: {"content": {MEDIA_TYPE: {}}}},
)
async def list_events(
    request: Request,
    db: Look,
    actor: Caller,
    the: The,
    after: After = None,
    type: Annotated[str | None, Query(max_length=80, json_schema_extra={"enum": sorted(EVENT_TYPES)})] = None,
    subject: Annotated[
        str | None,
        Query(max_length=60, pattern=r"^[0-9A-Za-z-]+$", description="A number, or the id of an endpoint."),
    ] = None,
    limit: Limit = 50,
    last_event_id: LastEventId = None,
) -> Response:
    _insist_on_rights(actor)
    wanted = _wanted(type, subject)
    streams = preferred(request, ("application/json", MEDIA_TYPE)) == MEDIA_TYPE
    header = last_event_id if streams else None
    reading = Reading(the, _listing(actor, wanted), wanted, limit)
    place = reading.place_of(header or after)
    page = None if place is None else await feed.read(db, actor, wanted, place, limit)
    if page is None or place is None:
        where = "/header/Last-Event-ID" if header else "/query/after"
        raise Invalid(flaws=[Flaw(where, "place", "No event that you can see, and no next_cursor of yours.")])
    if streams:
        follower = Follower(reading, credential_of(request), place)
        return EventStream(the.streams, str(actor.key_id or actor.person_id), follower.read)
    return reading.shown(request, page)


def _insist_on_rights(actor: Actor) -> None:
    if not feed.may_read(actor):
        raise NotPermitted("This needs the scope events:read and a role that may read events.")


def _wanted(type: str | None, subject: str | None) -> Wanted:
    if type is not None and type not in EVENT_TYPES:
        raise Invalid(flaws=[Flaw("/query/type", "event-type", "GET /v1/event-types lists the types.")])
    if subject is not None:
        # a number is written in capitals, an id is not
        subject = subject.lower() if EVENT_ID.fullmatch(subject) else subject.upper()
    return Wanted(type, subject)


def _listing(actor: Actor, wanted: Wanted) -> str:
    """What a cursor is good for. Bound to whose key it is, not to the key: it outlives a rotation."""
    owner = actor.person_id or (None if actor.is_staff else next(iter(actor.standings)))
    return exact_json.stored(["/v1/events", owner, wanted.type, wanted.subject])


@dataclass(frozen=True, slots=True)
class Reading:
    """What one consumer reads, and how its places are written."""

    the: Runtime
    listing: str
    wanted: Wanted
    limit: int

    def place_of(self, sent: str | None) -> Place | None:
        """Where `sent` says to begin; None where it says nothing that we know."""
        if sent is None:
            return 0
        if EVENT_ID.fullmatch(sent):
            return UUID(sent)
        return positions.opened(self.the.keyring, self.listing, sent)

    def shown(self, request: Request, page: Page) -> Response:
        """Tagged by what is in it: a cursor that has moved past what others were told is no change."""
        place = page.place
        cursor = str(place)
        if isinstance(place, int):
            cursor = positions.sealed(self.the.keyring, self.listing, place)
        url = request.url.include_query_params(after=cursor)
        body = {"items": [exact_json.raw(each.body) for each in page.items], "next_cursor": cursor}
        tag = tag_of([each.id for each in page.items])
        return answer(body, etag=tag, headers={"Link": f'<{url.path}?{url.query}>; rel="next"'})


@dataclass(slots=True)
class Follower:
    """A consumer that stays: where it stands, and whose rights are looked at again before every page."""

    reading: Reading
    credential: str
    place: Place

    async def read(self) -> tuple[bytes, bool]:
        """The next page as server-sent events, and whether there is another at once. Raises DomainError at the end."""
        the, reading = self.reading.the, self.reading
        actor = await behind(the, self.credential)
        _insist_on_rights(actor)
        async with the.database.reading() as db:
            page = await feed.read(db, actor, reading.wanted, self.place, reading.limit)
        if page is None:
            raise NotFound
        self.place = page.place
        return b"".join(map(_as_sent, page.items)), page.is_full


def _as_sent(event: Record) -> bytes:
    # a frozen body is one line
    return f"id: {event.id}\nevent: {event.type}\ndata: {event.body}\n\n".encode()
