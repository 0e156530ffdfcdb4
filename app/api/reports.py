"""Reports for those who run the program."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.responses import Response

from app.api.deps import Limit, Look, The
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.payloads import Out
from app.api.sight import Staff
from app.api.work import Transacted
from app.domain.calendars import civil_date
from app.domain.errors import NotPermitted
from app.domain.policy import Actor, Permission
from app.store import workload
from app.store.columns import Record

router = APIRouter(prefix="/v1/reports", route_class=Transacted, tags=["desk"])


class WorkloadOut(Out):
    person: Any
    lead: int = Field(description="Open requests of which they are the lead reviewer")
    team: int = Field(description="Open requests on whose team they are")
    overdue: int = Field(description="Of both, past the statutory due date")
    questions_open: int = Field(description="Of both, waiting for an answer of the applicant")
    nearest_due_on: date | None


class WorkloadPage(Out):
    items: list[WorkloadOut]
    next_cursor: str | None


async def _overseer(actor: Staff) -> Actor:
    if not actor.may(Permission.ASSIGN) and not actor.may(Permission.AUDIT):
        raise NotPermitted("The workload is for coordinators and auditors.")
    return actor


@router.get("/workload", response_model=WorkloadPage, responses={404: {}}, operation_id="getWorkload",
            summary="What each reviewer has open, and what is due next")  # fmt: skip
async def get_workload(
    request: Request,
    actor: Annotated[Actor, Depends(_overseer)],
    db: Look,
    the: The,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    listing = listing_of(request, actor.key_id or actor.person_id)
    after = opened(the.keyring, listing, cursor)
    today = civil_date(the.now())
    rows = await workload.page(db, actor.person_id, today, UUID(after[0]) if after else None, limit + 1)

    def view(row: Record) -> dict[str, Any]:
        return {
            "person": {"id": row.id, "name": row.name, "center": row.center},
            "lead": row.lead,
            "team": row.team,
            "overdue": row.overdue,
            "questions_open": row.questions_open,
            "nearest_due_on": row.nearest_due_on,
        }

    return page(request, rows, limit, lambda row: sealed(the.keyring, listing, [row.id]), view)
