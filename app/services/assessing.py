"""Assessments: what each reviewer found, criterion by criterion, and on which evidence."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import exact_json
from app.domain.criteria import Criterion, evidence_keys
from app.domain.workflow import Reason
from app.store import assessments
from app.store.columns import Record
from app.store.requests import DesignationRequest


async def latest(db: AsyncConnection, request_id: UUID, person_id: UUID) -> Record | None:
    """The person's newest assessment of the request: its `ratings` are JSON, its `version` that of the content."""
    return await assessments.latest(db, request_id, person_id)


async def unrated(db: AsyncConnection, found: DesignationRequest, person_id: UUID) -> list[Reason]:
    """What the person's latest assessment lacks for a recommendation: criteria, and evidence still in the content."""
    kept = await latest(db, found.id, person_id)
    ratings = [] if kept is None else exact_json.decode(kept.ratings)
    cited = {each["criterion"]: set(each["evidence"]) for each in ratings}
    keys = set(evidence_keys(exact_json.decode(found.content)))
    reasons = []
    for criterion in Criterion:
        name = criterion.value.replace("_", " ")
        if criterion not in cited:
            reasons.append(Reason("criterion-unrated", f"You have not rated {name}."))
        elif keys and not keys & cited[criterion]:
            detail = f"Your rating of {name} names no evidence item of the present content."
            reasons.append(Reason("criterion-without-evidence", detail))
    return reasons
