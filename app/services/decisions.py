"""The decision: signed by one who did not lead the review, with coded factors and a letter; and its setting aside."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal, cast

from app.domain import exact_json, factors, letters
from app.domain.calendars import MOST_DAYS_AFTER_SET_ASIDE, REVIEW_DAYS_AFTER_SET_ASIDE, civil_date
from app.domain.errors import Flaw, Invalid
from app.domain.factors import Factors
from app.domain.letters import DecisionLetter, Signed
from app.domain.lifecycle import State
from app.domain.workflow import Reason
from app.services import designations, hearing, noting
from app.services.announcements import of_change
from app.services.designations import Grant
from app.services.journal import Entry, instant
from app.services.snapshots import signature_of, signed
from app.services.transitions import Beside, Call, Desk, Plan, Prepared, Verb
from app.store import assessments, assignments, decisions, filings
from app.store.columns import Record as Row
from app.store.requests import DesignationRequest

TEMPLATE = "amt-decision-2026.1"
Outcome = Literal["designated", "not_designated"]
Center = Literal["CDER", "CBER", "both"]


async def before_decision(desk: Desk, found: DesignationRequest) -> Prepared:
    """Two persons at least: whoever led the review does not sign it off, not even after handing it on."""
    person = desk.actor.person_id
    if person is None or await assignments.ever_led(desk.db, found.id, person):
        return Prepared([Reason("was-lead-reviewer", "Whoever led the review does not sign the decision.")])
    return Prepared()


async def designate(desk: Desk, found: DesignationRequest, call: Call, _: None) -> Plan:
    """The decision, and the entitlement that it opens."""
    case = await _case_of(desk, found, call, "designated")
    grant = Grant(
        found,
        case.recommendation.context_of_use,
        *method_of(found),
        case.decided_on,
        desk.now,
        case.n,
        desk.actor.person_id,
    )
    made = await designations.granted(desk.db, grant, preview=call.preview)
    plan = _decided(case, State.DESIGNATED)
    return replace(
        plan,
        records=(*plan.records, *made.records),
        beside=(Beside(made.subject, made.announced),),
    )


async def deny(desk: Desk, found: DesignationRequest, call: Call, _: None) -> Plan:
    return _decided(await _case_of(desk, found, call, "not_designated"), State.NOT_DESIGNATED)


def _decided(case: "Case", state: State) -> Plan:
    """What both decisions bring about."""
    desk, found = case.desk, case.found
    signature = signature_of(case.call, "approval")
    said = {"outcome": case.outcome, "decided_on": str(case.decided_on)}
    action = "designated" if case.outcome == "designated" else "denied"
    facts = {"n": case.n, "outcome": case.outcome, "reasons": case.reasons}
    return Plan(
        values={"ended_on": found.ended_on or case.decided_on},
        entry=Entry(
            action, desk.actor, desk.now, before=case.snapshot.digest, after=case.digest, facts=facts
        ),
        announced=of_change("designation_request.decided", state, said),
        records=(
            (decisions.decisions, [case.row(signature)]),
            signed(desk, found, signature, action, case.digest),
            *noting.kept(desk, found, case.call.note),
        ),
    )


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that is decided on, as it is signed: the manifest is what the signature is bound to."""

    desk: Desk
    found: DesignationRequest
    call: Call
    outcome: Outcome
    n: int
    snapshot: Row
    recommendation: Row
    manifest: bytes
    factors: Mapping[str, Any]

    @property
    def digest(self) -> str:
        return exact_json.sha256(self.manifest)

    @property
    def decided_on(self) -> date:
        return civil_date(self.desk.now)

    @property
    def reasons(self) -> list[str]:
        return list(self.call.arguments.get("reasons") or ())

    def row(self, signature: Mapping[str, Any]) -> dict[str, Any]:
        desk = self.desk
        signed_by = Signed(signature["printed_name"], signature["meaning"], desk.now, self.digest)
        letter = letter_of(self.found, self, signed_by)
        return {
            "request_id": self.found.id,
            "n": self.n,
            "outcome": self.outcome,
            "context_of_use": self.recommendation.context_of_use,
            "factors": exact_json.stored(dict(self.factors)),
            "reasons": exact_json.stored(self.reasons),
            "rationale": self.call.arguments.get("rationale"),
            "manifest": self.manifest.decode(),
            "digest": self.digest,
            "letter": exact_json.stored(letters.tree_of(letter)),
            "decided_by": desk.actor.person_id,
            "at": desk.now,
        }


async def _case_of(desk: Desk, found: DesignationRequest, call: Call, outcome: Outcome) -> Case:
    before = await decisions.latest(desk.db, found.id)
    snapshot = await filings.latest(desk.db, found.id)
    recommendation = await assessments.recommendation(desk.db, found.id)
    assert snapshot is not None and recommendation is not None  # noqa: S101, PT018 - the state says so
    coded = {
        **Factors.model_validate(call.arguments["factors"]).model_dump(),
        **factors.counted(exact_json.decode(snapshot.report), found.question_round),
    }
    n = 1 if before is None else before.n + 1
    manifest = {
        "number": found.number,
        "n": n,
        "outcome": outcome,
        "version": found.version,
        "snapshot_sha256": snapshot.digest,
        "recommendation": {
            "n": recommendation.n,
            "outcome": recommendation.outcome,
            "assessment": str(recommendation.assessment_id),
        },
        "context_of_use": recommendation.context_of_use,
        "factors": coded,
        "reasons": list(call.arguments.get("reasons") or ()),
        "rationale": call.arguments.get("rationale"),
        "received_on": str(found.received_on),
        "statutory_due_on": str(found.statutory_due_on),
        "decided_at": instant(desk.now),
        "letter_template": TEMPLATE,
    }
    return Case(
        desk, found, call, outcome, n, snapshot, recommendation, exact_json.canonical(manifest), coded
    )


def method_of(found: DesignationRequest) -> tuple[str, str | None]:
    """Name and version of the method, as the content has them."""
    method = exact_json.decode(found.content).get("method") or {}
    return method.get("name") or found.title or found.number, method.get("version")


def letter_of(found: DesignationRequest, case: Case, signed_by: Signed) -> DecisionLetter:
    """The letter of a decision; its words come from the template it names."""
    method, version = method_of(found)
    assert found.received_on and found.statutory_due_on and found.lead_center  # noqa: S101, PT018 - the state says so
    return DecisionLetter(
        template=TEMPLATE,
        number=found.number,
        outcome=case.outcome,
        applicant=found.applicant_name,
        applicant_country=None,
        method=method,
        method_version=version,
        context_of_use=case.recommendation.context_of_use,
        lead_center=cast("Center", found.lead_center),
        received_on=found.received_on,
        decided_on=case.decided_on,
        statutory_due_on=found.statutory_due_on,
        reasons=tuple(case.reasons),
        rationale=case.call.arguments.get("rationale"),
        signed=signed_by,
        link=hearing.link_of(case.desk.public_url, found.number),
    )


async def before_set_aside(desk: Desk, found: DesignationRequest) -> Prepared:
    """By another signatory than the one who decided."""
    decided = await decisions.latest(desk.db, found.id)
    if desk.actor.person_id is None or (decided and decided.decided_by == desk.actor.person_id):
        return Prepared([Reason("was-decider", "Another signatory than the decider sets a decision aside.")])
    return Prepared()


async def set_aside(desk: Desk, found: DesignationRequest, call: Call, _: None) -> Plan:  # noqa: ARG001 - the shape of every plan
    """The review begins anew to a date of the program; the statutory clock stays ended, as 506L has no second one."""
    today = civil_date(desk.now)
    target = call.arguments.get("program_target_on") or today + timedelta(days=REVIEW_DAYS_AFTER_SET_ASIDE)
    if target < today:
        raise Invalid(flaws=[Flaw("/program_target_on", "past", "The target lies in the past.")])
    if (target - today).days > MOST_DAYS_AFTER_SET_ASIDE:
        detail = f"The target lies at most {MOST_DAYS_AFTER_SET_ASIDE} days ahead."
        raise Invalid(flaws=[Flaw("/program_target_on", "too-far", detail)])
    said = {"program_target_on": str(target)}
    return Plan(
        values={"program_target_on": target},
        entry=Entry("set_aside", desk.actor, desk.now, reason=call.note, facts=said),
        announced=of_change("designation_request.set_aside", State.UNDER_ASSESSMENT, said),
        words={"target": str(target)},
    )


VERBS: Mapping[str, Verb] = {
    "designate": Verb(designate, before_decision),
    "deny": Verb(deny, before_decision),
    "set_aside": Verb(set_aside, before_set_aside),
}
