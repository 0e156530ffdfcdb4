"""Who works on a request: the coordinators' side of it, which no applicant sees."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Path, Request
from pydantic import Field, model_validator
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import IfMatch, Limit, Look, RequestRef, The, Tx, insist
from app.api.moves import desk_of
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.payloads import In, Out
from app.api.sight import SeenInside, Staff
from app.api.work import Transacted
from app.domain.errors import NotFound
from app.services import assigning
from app.services.assigning import Wish
from app.services.journal import instant
from app.store import assignments
from app.store.assignments import Assignment

router = APIRouter(
    prefix="/v1/designation-requests/{reference}/assignments", route_class=Transacted, tags=["desk"]
)
AssignmentId = Annotated[UUID, Path(description="Id of the assignment.")]


class AssignmentIn(In):
    """A person and their part, a lead center, or both; a lead takes the place of the one before."""

    person_id: UUID | None = None
    part: Literal["lead", "team"] | None = None
    lead_center: Literal["CDER", "CBER", "both"] | None = Field(
        None, description="Until the assessment begins"
    )

    @model_validator(mode="after")
    def _says_whom_and_what(self) -> Self:
        if (self.person_id is None) != (self.part is None):
            raise ValueError("person_id and part go together")
        if self.part is None and self.lead_center is None:
            raise ValueError("give a person and a part, a lead center, or both")
        return self


class AssignmentOut(Out):
    id: UUID
    person: Any = Field(description="Id and name of the member of staff")
    part: Literal["lead", "team"]
    due_on: date
    assigned_by: UUID
    assigned_at: datetime
    ended_at: datetime | None
    ended_by: UUID | None
    reason: str | None = Field(description="Why it ended")


class AppointmentOut(Out):
    """The assignment that was made, with the request's lead center; `id` is null where only that was given."""

    id: UUID | None
    lead_center: str | None
    lead_reviewer_id: UUID | None


class AssignmentPage(Out):
    items: list[AssignmentOut]
    next_cursor: str | None


def view(each: Assignment) -> dict[str, Any]:
    return {
        "id": each.id,
        "person_id": each.person_id,
        "person": {"id": each.person_id, "name": each.name},
        "part": each.part,
        "due_on": each.due_on,
        "assigned_by": each.assigned_by,
        "assigned_at": instant(each.assigned_at),
        "ended_at": each.ended_at and instant(each.ended_at),
        "ended_by": each.ended_by,
        "reason": each.reason,
    }


def tag_of(each: Assignment) -> str:
    """Nothing of an assignment changes but that it ends."""
    return f"{each.id.hex}-{'active' if each.ended_at is None else 'ended'}"


@router.get("", response_model=AssignmentPage, operation_id="listAssignments",
            summary="Who works and who worked on a request")  # fmt: skip
async def list_assignments(
    request: Request,
    found: SeenInside,
    db: Look,
    actor: Staff,
    the: The,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    listing = listing_of(request, actor.key_id or actor.person_id)
    after = opened(the.keyring, listing, cursor)
    rows = await assignments.page(db, found.id, UUID(after[0]) if after else None, limit + 1)
    return page(request, rows, limit, lambda row: sealed(the.keyring, listing, [row.id]), view)


@router.post("", status_code=201, response_model=AppointmentOut, operation_id="assign",
             summary="Give a person a part in the review, or the request a lead center")  # fmt: skip
async def assign(actor: Staff, reference: RequestRef, body: AssignmentIn, db: Tx, the: The) -> Response:
    wish = Wish(body.person_id, body.part, body.lead_center)
    after, made = await assigning.appoint(desk_of(db, actor, the), reference, wish)
    stands = {"lead_center": after.lead_center, "lead_reviewer_id": after.lead_reviewer_id}
    if made is None:
        return answer({"id": None, **stands}, 201)
    location = f"/v1/designation-requests/{after.number}/assignments/{made.id}"
    return answer({**view(made), **stands}, 201, etag=tag_of(made), headers={"Location": location})


@router.get("/{assignment_id}", response_model=AssignmentOut, operation_id="getAssignment",
            summary="One assignment, ended or not")  # fmt: skip
async def get_assignment(found: SeenInside, assignment_id: AssignmentId, db: Look) -> Response:
    kept = await assignments.find(db, found.id, assignment_id)
    if kept is None:
        raise NotFound
    return answer(view(kept), etag=tag_of(kept))


@router.delete("/{assignment_id}", status_code=204, operation_id="endAssignment",
               summary="End an assignment; its record stays")  # fmt: skip
async def end_assignment(
    actor: Staff, reference: RequestRef, assignment_id: AssignmentId, db: Tx, if_match: IfMatch, the: The
) -> Response:
    desk = desk_of(db, actor, the)
    await assigning.end(desk, reference, assignment_id, lambda kept: insist(if_match, tag_of(kept)))
    return Response(status_code=204)
