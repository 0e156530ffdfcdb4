"""Readiness of a content, stored or not; what a scenario needs; the packs the rules come from; waivers."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Caller, Look, RequestRef, The, Tx
from app.api.payloads import In, ReadinessCheckIn, RequestOut
from app.api.report_shapes import PackList, PackOut, ReportOut, RequirementList
from app.api.sight import Seen
from app.api.views import etag_of, whole
from app.api.work import Transacted
from app.domain import exact_json
from app.domain.errors import NotFound
from app.domain.lifecycle import State
from app.domain.rules import pack
from app.domain.rules.case import Applicant
from app.domain.rules.report import with_accepted
from app.domain.rules.requirements import requirements
from app.domain.shapes import Passage
from app.domain.vocabulary import Phase, ProductKind, Scope
from app.services import readiness, waivers
from app.store import attachments, filings

router = APIRouter(prefix="/v1", route_class=Transacted, tags=["readiness"])


class WaiverIn(In):
    rule: Annotated[str, Field(min_length=2, max_length=10, pattern=r"^[A-Z]{2}-[0-9]{2}[a-z]?$")]
    reason: Passage


@router.post("/readiness-checks", response_model=ReportOut, operation_id="checkReadiness",
             summary="Judge a content without storing it")  # fmt: skip
async def check_readiness(body: ReadinessCheckIn, actor: Caller, the: The) -> Response:
    standing = next(iter(actor.standings.values()), None)
    applicant = Applicant(standing.name, standing.type) if standing else Applicant(actor.name, "other")
    return answer(readiness.of_content(body.content, applicant, the.now()).to_tree())


@router.get("/designation-requests/{reference}/readiness", response_model=ReportOut, operation_id="getReport",
            summary="The readiness report of a request")  # fmt: skip
async def get_report(found: Seen, db: Look, actor: Caller, the: The) -> Response:
    if found.state is State.DRAFT:
        files = await attachments.of_request(db, found.id)
        principals = readiness.principals_of(actor, found.applicant_id)
        report = readiness.of_request(found, files, principals, the.now())
        return answer({**report.to_tree(), "accepted_gaps": []})
    kept = await filings.latest(db, found.id)
    if kept is None:
        raise NotFound
    gaps = await filings.gaps_of(db, found.id)
    shown = [gap for gap in gaps if actor.is_staff or gap.kind == "acknowledged"]
    tree = with_accepted(exact_json.decode(kept.report), frozenset(gap.rule for gap in shown))
    accepted = [{"rule": gap.rule, "kind": gap.kind, "reason": gap.reason} for gap in shown]
    return answer({**tree, "accepted_gaps": accepted})


@router.post("/designation-requests/{reference}/waivers", status_code=201, response_model=RequestOut,
             operation_id="waiveRule", summary="Waive a program rule for a received request")  # fmt: skip
async def waive_rule(reference: RequestRef, body: WaiverIn, db: Tx, actor: Caller, the: The) -> Response:
    waived = await waivers.waive(db, actor, reference, body.rule, body.reason, the.now())
    return answer(whole(waived, actor), 201, etag=etag_of(waived, actor))


@router.get("/program/requirements", response_model=RequirementList, operation_id="getRequirements",
            summary="What data a scenario needs, and why")  # fmt: skip
async def get_requirements(
    scope: Annotated[Scope, Query(description="How wide the context of use is.")],
    phase: Annotated[Phase, Query(description="How far the method has come.")],
    product_kind: Annotated[ProductKind | None, Query(description="All kinds where left out.")] = None,
) -> Response:
    current = pack.load()
    return answer(
        {
            "rule_pack": current.version,
            "notice": current.head.notice,
            "scenario": {"scope": scope, "phase": phase, "product_kind": product_kind},
            "items": requirements(current, scope, phase, product_kind),
        }
    )


@router.get(
    "/program/rule-packs",
    response_model=PackList,
    operation_id="listRulePacks",
    summary="The versions of the rules",
)
async def list_rule_packs() -> Response:
    items = [pack.load(version).head.model_dump() for version in pack.versions()]
    return answer({"items": items, "next_cursor": None})


@router.get(
    "/program/rule-packs/{version}",
    response_model=PackOut,
    operation_id="getRulePack",
    summary="One version of the rules, whole",
)
async def get_rule_pack(version: Annotated[str, Path(pattern=r"^[a-z0-9.-]{1,40}$")]) -> Response:
    try:
        found = pack.load(version)
    except pack.UnknownPack:
        raise NotFound from None
    rules = [text.model_dump(mode="python") for text in found.rules.values()]
    return answer({**found.head.model_dump(), "rules": rules}, etag=version)
