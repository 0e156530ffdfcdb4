"""Engagements over HTTP: requested, listed, read, amended while nobody has decided, and how timely they are."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Caller, IfMatch, Limit, Look, Moment, The, Tree, Tx, insist
from app.api.engagement_shapes import (
    LENGTH,
    EngagementAmendmentIn,
    EngagementHistory,
    EngagementIn,
    EngagementOut,
    EngagementPage,
    TimelinessOut,
)
from app.api.engagement_views import EngagementRef, SeenEngagement, change_view, etag_of, summary, whole
from app.api.moves import desk_of
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.request_list import program_only
from app.api.work import Transacted
from app.domain import door, engagement_timeliness, exact_json, merge
from app.domain.calendars import civil_date
from app.domain.engagement_lifecycle import EngagementState
from app.domain.engagement_timeliness import Days
from app.domain.engagements import EngagementContent, Targets
from app.domain.errors import NotPermitted
from app.domain.policy import Permission
from app.domain.shapes import CivilDate, RequestNumber
from app.domain.vocabulary import EngagementFormat
from app.services import engagements as service
from app.services.drafts import holder_of
from app.services.engagements import Asked, Requester
from app.settings import Settings
from app.store import engagement_list, engagement_records
from app.store.engagement_list import Wanted

router = APIRouter(prefix="/v1/engagements", route_class=Transacted, tags=["engagements"])


def targets_of(settings: Settings) -> Targets:
    """The program's targets as they are configured."""
    return Targets(
        settings.engagement_decision_days, settings.engagement_meeting_days, settings.engagement_update_days
    )


@router.post("", status_code=201, response_model=EngagementOut, operation_id="requestEngagement",
             summary="Ask for an engagement; it needs no draft, and no filing needs it",
             description=LENGTH)  # fmt: skip
async def request_engagement(body: EngagementIn, tree: Tree, db: Tx, actor: Caller, the: The) -> Response:
    holder = holder_of(actor, body.applicant_id)
    requester = Requester(holder.id, holder.name, holder.type)
    asked = Asked(tree["content"], body.content)
    made = await service.open(desk_of(db, actor, the), requester, asked, targets_of(the.settings))
    view = await whole(db, made, actor)
    return answer(
        view, 201, etag=etag_of(made, actor), headers={"Location": f"{router.prefix}/{made.number}"}
    )


@router.get("", response_model=EngagementPage, operation_id="listEngagements",
            summary="The engagements you can see, the last changed first")  # fmt: skip
async def list_engagements(
    request: Request,
    db: Look,
    actor: Caller,
    the: The,
    state: EngagementState | None = None,
    status: Annotated[EngagementState | None, Query(description="The same as state.")] = None,
    format: EngagementFormat | None = None,
    applicant: Annotated[UUID | None, Query(description="Program only.")] = None,
    assigned_to: Annotated[UUID | None, Query(description="Lead inside the program; program only.")] = None,
    updated_since: Annotated[
        Moment | None, Query(description="Changed at this instant or later; the oldest change first.")
    ] = None,
    designation_request: Annotated[
        RequestNumber | None, Query(description="Number of a request that cites it.")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    program_only(actor, applicant=applicant, assigned_to=assigned_to)
    listing = listing_of(request, actor.key_id or actor.person_id)
    after = opened(the.keyring, listing, cursor)
    if state is not None and status is not None and state is not status:
        return page(request, [], limit, str, str)
    chosen = state or status
    equal = {
        "state": chosen and chosen.value,
        "format": format,
        "applicant_id": applicant,
        "assigned_to": assigned_to,
    }
    wanted = Wanted(
        {name: value for name, value in equal.items() if value is not None},
        updated_since,
        designation_request,
        after,
    )
    found = await engagement_list.find_page(db, actor, wanted, limit + 1)

    def seal(row: Any) -> str:
        return sealed(the.keyring, listing, engagement_list.place_of(actor, row))

    return page(request, found, limit, seal, lambda row: summary(row, actor))


@router.get("/timeliness", response_model=TimelinessOut, operation_id="getEngagementTimeliness",
            summary="How timely engagements are decided and held, by format; for the program")  # fmt: skip
async def get_timeliness(
    db: Look,
    actor: Caller,
    the: The,
    first: Annotated[
        CivilDate | None, Query(alias="from", description="Received on this day or later.")
    ] = None,
    last: Annotated[
        CivilDate | None, Query(alias="to", description="Received on this day or earlier.")
    ] = None,
) -> Response:
    if not (actor.is_staff and actor.may(Permission.READ_REQUESTS)):
        raise NotPermitted("How timely engagements are is for the program to read.")
    today = civil_date(the.now())
    rows = await engagement_list.days(db, first or date.min, last or today)
    found = [Days(row[0], EngagementState(row[1]), *row[2:]) for row in rows]
    told = engagement_timeliness.by_format(found, today)
    return answer({"received_from": first, "received_to": last or today, "items": told, "next_cursor": None})


@router.get("/{engagement}", response_model=EngagementOut, operation_id="getEngagement",
            summary="One engagement, by id or number")  # fmt: skip
async def get_engagement(found: SeenEngagement, db: Look, actor: Caller) -> Response:
    return answer(await whole(db, found, actor), etag=etag_of(found, actor))


@router.patch("/{engagement}", response_model=EngagementOut, operation_id="amendEngagement",
              summary="Amend what is asked by JSON Merge Patch, until the program has decided",
              description=LENGTH)  # fmt: skip
async def amend_engagement(
    engagement: EngagementRef,
    body: EngagementAmendmentIn,
    db: Tx,
    actor: Caller,
    if_match: IfMatch,
    the: The,
) -> Response:
    desk = desk_of(db, actor, the)
    found = await service.own(desk, engagement)
    insist(if_match, etag_of(found, actor))
    merged = merge.merge_patch(exact_json.decode(found.content), body.content)
    asked = Asked(merged, door.admit(EngagementContent, merged, "/content"))
    amended = await service.amend(desk, found, asked)
    return answer(await whole(db, amended, actor), etag=etag_of(amended, actor))


@router.get("/{engagement}/history", response_model=EngagementHistory, operation_id="listEngagementHistory",
            summary="What happened, for your audience, oldest first")  # fmt: skip
async def list_history(
    request: Request,
    found: SeenEngagement,
    db: Look,
    actor: Caller,
    the: The,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    listing = listing_of(request, actor.key_id or actor.person_id)
    after = opened(the.keyring, listing, cursor)
    rows = await engagement_records.history(db, found, actor, after[0] if after else 0, limit + 1)
    return page(
        request,
        rows,
        limit,
        lambda row: sealed(the.keyring, listing, [row.n]),
        lambda row: change_view(row, actor),
    )
