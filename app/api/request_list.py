"""The list of designation requests."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.api.deps import Caller, Limit, Look, Moment, The
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.payloads import RequestPage
from app.api.views import summary
from app.api.work import Transacted
from app.domain.calendars import civil_date
from app.domain.errors import Flaw, Invalid
from app.domain.lifecycle import State, Status
from app.domain.policy import Actor
from app.domain.shapes import LINE_PATTERN, CivilDate
from app.domain.vocabulary import ApplicantType, Scope
from app.store import request_list
from app.store.request_list import Clock, Wanted

router = APIRouter(prefix="/v1/designation-requests", route_class=Transacted, tags=["designation requests"])
Sort = Literal[
    "updated_at", "-updated_at", "created_at", "-created_at",
    "received_on", "-received_on", "statutory_due_on", "-statutory_due_on",
]  # fmt: skip
Center = Literal["CDER", "CBER", "both"]


@router.get("", response_model=RequestPage, operation_id="listDesignationRequests",
            summary="The requests you can see, filtered and ordered")  # fmt: skip
async def list_requests(
    request: Request,
    db: Look,
    actor: Caller,
    the: The,
    state: Annotated[State | None, Query(description="Program only.")] = None,
    status: Status | None = None,
    applicant: UUID | None = None,
    applicant_type: ApplicantType | None = None,
    center: Annotated[Center | None, Query(description="Lead center.")] = None,
    scope: Scope | None = None,
    assigned_to: Annotated[
        UUID | None, Query(description="Works on it now, as lead or in the team; program only.")
    ] = None,
    clock: Annotated[
        Clock | None, Query(description="Whether the statutory clock still runs; program only.")
    ] = None,
    due_before: Annotated[CivilDate | None, Query(description="Statutory due date before this day.")] = None,
    received_from: Annotated[CivilDate | None, Query(description="Received on this day or later.")] = None,
    updated_since: Annotated[Moment | None, Query(description="Changed at this instant or later.")] = None,
    q: Annotated[
        str | None,
        Query(min_length=1, max_length=200, pattern=LINE_PATTERN, description="Words of title or number."),
    ] = None,
    sort: Annotated[
        Sort | None, Query(description="Default: by the range or clock asked for, else -updated_at.")
    ] = None,
    count: Annotated[Literal["exact"] | None, Query(description="Adds the total; it costs a count.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    program_only(actor, state=state, assigned_to=assigned_to, clock=clock)
    equal = {
        "state": state and state.value,
        "status": status and status.value,
        "applicant_id": applicant,
        "applicant_type": applicant_type,
        "lead_center": center,
        "scope": scope,
    }
    listing = listing_of(request, actor.key_id or actor.person_id)
    wanted = Wanted(
        sort or _natural(due_before, received_from, updated_since, clock),
        {name: value for name, value in equal.items() if value is not None},
        due_before,
        received_from,
        updated_since,
        q,
        assigned_to,
        clock,
        civil_date(the.now()),
        opened(the.keyring, listing, cursor),
    )
    found = await request_list.find_page(db, actor, wanted, limit + 1)
    total = await request_list.count(db, actor, wanted) if count else None

    def seal(row: Any) -> str:
        return sealed(the.keyring, listing, request_list.place_of(actor, wanted, row))

    return page(request, found, limit, seal, lambda row: summary(row, actor), total)


def _natural(
    due_before: date | None, received_from: date | None, updated_since: datetime | None, clock: Clock | None
) -> Sort:
    """The order that a range is asked for in: what is due soonest, what came first."""
    if due_before is not None or clock in {"running", "overdue"}:
        return "statutory_due_on"
    if received_from is not None:
        return "received_on"
    return "updated_at" if updated_since is not None else "-updated_at"


def program_only(actor: Actor, **given: object) -> None:
    """An applicant that filters by an internal member is told it does not exist, not what it would have found."""
    if actor.is_staff:
        return
    flaws = [
        Flaw(f"/query/{name}", "unknown-parameter", "No such parameter here.")
        for name in given
        if given[name] is not None
    ]
    if flaws:
        raise Invalid(flaws=flaws)
