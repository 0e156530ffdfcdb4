"""Assessments: what each reviewer found, criterion by criterion, beside what the rules say; no applicant sees them."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Limit, Look, RequestRef, The, Tx
from app.api.moves import desk_of
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.payloads import In, Out
from app.api.report_shapes import FindingOut
from app.api.sight import SeenInside, Staff
from app.api.work import Transacted
from app.domain.criteria import Criterion
from app.domain.shapes import Key, Prose
from app.services import assessing
from app.services.journal import instant
from app.store import assessments
from app.store.columns import Record

router = APIRouter(
    prefix="/v1/designation-requests/{reference}/assessments", route_class=Transacted, tags=["desk"]
)
CriterionName = Literal["novelty", "substantial_improvement", "quality", "context_of_use", "scalability"]
RatingName = Literal["met", "not_met", "unclear"]
Recommendation = Literal["designate", "deny"]


class RatingIn(In):
    criterion: CriterionName
    rating: RatingName
    rationale: Prose
    evidence: Annotated[list[Key], Field(max_length=200)] = Field(
        default_factory=list, description="Keys of evidence items of the present content"
    )


class AssessmentIn(In):
    """Stands in place of the caller's earlier ones, which are kept."""

    ratings: Annotated[list[RatingIn], Field(min_length=1, max_length=len(Criterion))]
    recommendation: Recommendation | None = None


class AssessedOut(Out):
    id: UUID
    version: int = Field(description="Of the content that was assessed")
    recommendation: Recommendation | None
    at: datetime


class RatingOut(Out):
    criterion: CriterionName
    rating: RatingName
    rationale: str
    evidence: list[str]
    findings: list[FindingOut] = Field(description="Of the readiness report, by the rules on this criterion")
    computed: Any = Field(description="Figures computed anew for the evidence that is cited")


class AssessmentOut(AssessedOut):
    person: Any
    ratings: list[RatingOut]
    superseded: bool = Field(description="A later one by the same person stands in its place")
    outdated: bool = Field(description="Made on an earlier version of the content")
    dissent: bool = Field(description="It stands, and recommends another outcome than the lead's latest")


class AssessmentPage(Out):
    items: list[AssessmentOut]
    next_cursor: str | None


@router.get("", response_model=AssessmentPage, operation_id="listAssessments",
            summary="What the reviewers found, with the readiness report beside it")  # fmt: skip
async def list_assessments(
    request: Request,
    found: SeenInside,
    db: Look,
    actor: Staff,
    the: The,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    listing = listing_of(request, actor.key_id or actor.person_id)
    place = opened(the.keyring, listing, cursor)
    after = UUID(place[0]) if place else None
    rows = await assessments.page(db, found.id, found.lead_reviewer_id, after, limit + 1)
    report = await assessing.report_on(db, found, the.now()) if rows else {}

    def view(row: Record) -> dict[str, Any]:
        person = {"id": row.person_id, "name": row.name}
        return {"id": row.id, "person": person, "at": instant(row.at), **assessing.shown(row, found, report)}

    return page(request, rows, limit, lambda row: sealed(the.keyring, listing, [row.id]), view)


@router.post("", status_code=201, response_model=AssessedOut, operation_id="assess",
             summary="Rate the criteria, with the evidence each rating rests on")  # fmt: skip
async def assess(actor: Staff, reference: RequestRef, body: AssessmentIn, db: Tx, the: The) -> Response:
    ratings = [each.model_dump() for each in body.ratings]
    desk = desk_of(db, actor, the)
    _, kept = await assessing.assess(desk, reference, ratings, body.recommendation)
    view = {
        "id": kept["id"],
        "person": {"id": actor.person_id, "name": actor.name},
        "version": kept["version"],
        "ratings": ratings,
        "recommendation": body.recommendation,
        "at": instant(kept["at"]),
    }
    return answer(view, 201)
