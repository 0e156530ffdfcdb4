"""The review: accepted at the desk, recommended by the lead reviewer, given back by the signatory; each as a plan."""

from collections.abc import Mapping
from dataclasses import replace

from app.domain.errors import Flaw, Invalid
from app.domain.lifecycle import State
from app.domain.policy import Audience, Role
from app.domain.workflow import Reason
from app.services import assessing, assigning, noting
from app.services.announcements import of_change, of_internal_change
from app.services.journal import Entry
from app.services.transitions import Call, Desk, Plan, Prepared, Verb
from app.store import assessments
from app.store.assessments import recommendations
from app.store.assignments import Candidate
from app.store.requests import DesignationRequest


async def before_accept(desk: Desk, found: DesignationRequest) -> Prepared:
    """What is assigned already need not be given again, unless the lead may not have the part any more."""
    lead = None
    if found.lead_reviewer_id is not None:
        lead = await assigning.still_eligible(desk, found, found.lead_reviewer_id, Role.REVIEWER)
    needed = {"lead_center": found.lead_center, "lead_reviewer_id": lead}
    return Prepared(facts=lead, requires=tuple(name for name, value in needed.items() if value is None))


async def accept(desk: Desk, found: DesignationRequest, call: Call, assigned: Candidate | None) -> Plan:
    """Raises Invalid where center or lead are neither assigned nor given, or the lead may not have the part."""
    center = call.arguments.get("lead_center") or found.lead_center
    lead = call.arguments.get("lead_reviewer_id") or found.lead_reviewer_id
    given = {"lead_center": center, "lead_reviewer_id": lead}
    flaws = [
        Flaw(f"/{name}", "required", "Neither assigned before nor given here.")
        for name, value in given.items()
        if value is None
    ]
    if flaws or lead is None:
        raise Invalid(flaws=flaws)
    person = assigned if assigned is not None and assigned.id == lead else None
    person = person or await assigning.eligible(desk, found, lead, Role.REVIEWER, "/lead_reviewer_id")
    plan = Plan(
        values=given,
        entry=Entry("accepted", desk.actor, desk.now, facts={"lead_center": center}),
        announced=of_change(None, State.UNDER_ASSESSMENT),
        words={"due": str(found.statutory_due_on)},
        records=noting.kept(desk, found, call.note),
    )
    if lead == found.lead_reviewer_id:
        return plan
    # the same as assigning them just before
    made = assigning.assign(desk, found, person, "lead", center)
    return replace(
        plan,
        inside=(assigning.entry_of(desk, "assigned", made.assignment),),
        announced=(*made.announced, *plan.announced),
        tellings=(made.telling,),
        records=(*made.records, *plan.records),
        first=made.first,
    )


async def before_recommend(desk: Desk, found: DesignationRequest) -> Prepared:
    """By the lead reviewer alone, with every criterion rated."""
    if desk.actor.person_id is None or desk.actor.person_id != found.lead_reviewer_id:
        return Prepared([Reason("not-lead-reviewer", "The lead reviewer recommends.")])
    return Prepared(await assessing.unrated(desk.db, found, desk.actor.person_id))


async def recommend(desk: Desk, found: DesignationRequest, call: Call, _: None) -> Plan:
    """The outcome and the words of the context of use, as the signatory will find them."""
    outcome, context = call.arguments["outcome"], call.arguments["context_of_use"]
    assert found.lead_reviewer_id is not None  # noqa: S101 - it is the lead who recommends
    assessment = await assessing.latest(desk.db, found.id, found.lead_reviewer_id)
    assert assessment is not None  # noqa: S101 - every criterion is rated
    before = await assessments.recommendation(desk.db, found.id)
    row = {
        "request_id": found.id,
        "n": 1 if before is None else before.n + 1,
        "outcome": outcome,
        "context_of_use": context,
        "version": found.version,
        "assessment_id": assessment.id,
        "by": desk.actor.person_id,
        "at": desk.now,
    }
    facts = {"n": row["n"], "outcome": outcome, "version": found.version}
    return Plan(
        values={},
        entry=Entry("recommended", desk.actor, desk.now, audience=Audience.PROGRAM, facts=facts),
        announced=of_internal_change(State.RECOMMENDED),
        words={"due": str(found.program_target_on or found.statutory_due_on)},
        records=((recommendations, [row]), *noting.kept(desk, found, call.note)),
    )


async def return_to_assessment(desk: Desk, found: DesignationRequest, call: Call, _: None) -> Plan:  # noqa: ARG001 - the shape of every plan
    """The signatory wants more before deciding; the note says what."""
    entry = Entry("returned_to_assessment", desk.actor, desk.now, audience=Audience.PROGRAM, reason=call.note)
    return Plan(values={}, entry=entry, announced=of_internal_change(State.UNDER_ASSESSMENT))


VERBS: Mapping[str, Verb] = {
    "accept": Verb(accept, before_accept),
    "recommend": Verb(recommend, before_recommend),
    "return_to_assessment": Verb(return_to_assessment),
}
