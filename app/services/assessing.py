"""Assessments: what each reviewer found, criterion by criterion, and on which evidence."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import exact_json
from app.domain.criteria import Criterion, bearing_on, evidence_keys
from app.domain.errors import Conflict, Flaw, Invalid, NotPermitted
from app.domain.identity import new_id
from app.domain.lifecycle import State
from app.domain.policy import Audience, Permission
from app.domain.workflow import Reason
from app.services import readiness, steps
from app.services.journal import Entry
from app.services.steps import Step
from app.services.transitions import Desk
from app.store import assessments, attachments, filings
from app.store.columns import Record
from app.store.requests import DesignationRequest

OPEN_TO_ASSESSMENT = frozenset({State.UNDER_ASSESSMENT, State.INFORMATION_REQUESTED, State.RECOMMENDED})
Rating = Mapping[str, Any]


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


async def assess(
    desk: Desk, reference: str, ratings: Sequence[Rating], recommendation: str | None
) -> tuple[DesignationRequest, dict[str, Any]]:
    """The request, and the assessment as it was kept. Raises NotFound, NotPermitted, Conflict, Invalid."""
    found = await steps.seen(desk, reference)
    if not desk.actor.may(Permission.ASSESS) or desk.actor.person_id is None:
        raise NotPermitted("Assessing is the reviewers'.")
    if found.state not in OPEN_TO_ASSESSMENT:
        raise Conflict("A request is assessed from acceptance until the decision.", present=found.state.value)
    flaws = list(_flaws(ratings, evidence_keys(exact_json.decode(found.content))))
    if flaws:
        raise Invalid(flaws=flaws)
    kept = exact_json.stored(list(ratings))
    row = {
        "id": new_id(),
        "request_id": found.id,
        "person_id": desk.actor.person_id,
        "version": found.version,
        "ratings": kept,
        "recommendation": recommendation,
        "at": desk.now,
    }
    entry = Entry(
        "assessed",
        desk.actor,
        desk.now,
        audience=Audience.PROGRAM,
        after=exact_json.sha256(kept),
        facts={"assessment": str(row["id"]), "version": found.version},
    )
    step = Step((entry,), records=((assessments.assessments, [row]),))
    return await steps.take(desk, found, step), row


def _flaws(ratings: Sequence[Rating], keys: Sequence[str]) -> Iterator[Flaw]:
    """A criterion rated twice, evidence that is not there, and `met` without evidence where there is some."""
    rated = set()
    for place, each in enumerate(ratings):
        at = f"/ratings/{place}"
        if each["criterion"] in rated:
            yield Flaw(f"{at}/criterion", "twice", "This criterion is rated twice.")
        rated.add(each["criterion"])
        for position, key in enumerate(each["evidence"]):
            if key not in keys:
                detail = "The present content has no evidence item with this key."
                yield Flaw(f"{at}/evidence/{position}", "no-such-evidence", detail)
        if each["rating"] == "met" and keys and not each["evidence"]:
            yield Flaw(f"{at}/evidence", "met-without-evidence", "Name the evidence that shows it is met.")


async def report_on(db: AsyncConnection, found: DesignationRequest, now: datetime) -> Mapping[str, Any]:
    """The readiness report on the present content: the one it was filed with or, once it was amended, made anew."""
    kept = await filings.latest(db, found.id)
    if kept is not None and kept.version == found.version:
        stored: Mapping[str, Any] = exact_json.decode(kept.report)
        return stored
    files = await attachments.of_request(db, found.id)
    return readiness.of_request(found, files, (), now).to_tree()


def shown(row: Record, found: DesignationRequest, report: Mapping[str, Any]) -> dict[str, Any]:
    """An assessment, with what the readiness report says beside each of its ratings."""
    recommendation, is_current = row.recommendation, not row.superseded
    differs = None not in {recommendation, row.lead_recommends} and recommendation != row.lead_recommends
    return {
        "version": row.version,
        "recommendation": recommendation,
        "ratings": [
            {**each, **bearing_on(Criterion(each["criterion"]), report, each["evidence"])}
            for each in exact_json.decode(row.ratings)
        ],
        "superseded": not is_current,
        "outdated": row.version < found.version,
        "dissent": is_current and differs,
    }
