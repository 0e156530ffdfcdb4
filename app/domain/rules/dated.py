"""Rules of dates, RC-16 and RC-17: what was done lies behind, in order; what is planned, ahead."""

from collections.abc import Iterator

from app.domain.content.criteria import DrugSupply
from app.domain.rules.case import Case
from app.domain.rules.finding import Hit
from app.domain.rules.registry import rule


@rule("RC-16")
def dates_are_in_order(case: Case) -> Iterator[Hit]:
    """Work ends after it starts; a shortage list is looked at after the entry was made, and not tomorrow."""
    for item in case.items:
        start, end = item.of.performed_from, item.of.performed_to
        if start and end and end < start:
            yield Hit(item.pointer("performed_to"), f"The work ends on {end}, before it starts.", item.key)
    for place, improvement in enumerate(case.criteria.improvements):
        entry = improvement.shortage_entry if isinstance(improvement, DrugSupply) else None
        if entry is None:
            continue
        at = f"/content/criteria/improvements/{place}/shortage_entry"
        if entry.snapshot_on and entry.snapshot_on > case.on:
            yield Hit(f"{at}/snapshot_on", f"The list cannot have been looked at on {entry.snapshot_on} yet.")
        if entry.listed_on and entry.listed_on > (entry.snapshot_on or case.on):
            yield Hit(
                f"{at}/listed_on", f"The entry of {entry.listed_on} is later than the look at the list."
            )
    for place, engagement in enumerate(case.content.prior_engagements):
        if engagement.held_on and engagement.held_on > case.on:
            pointer = f"/content/prior_engagements/{place}/held_on"
            yield Hit(pointer, f"A contact of {engagement.held_on} is not prior yet.")


@rule("RC-17")
def plans_lie_ahead(case: Case) -> Iterator[Hit]:
    """Planned submissions and milestones are not dated before today."""
    for place, planned in enumerate(case.development.planned_submissions):
        if planned.expected_on and planned.expected_on < case.on:
            pointer = f"/content/development/planned_submissions/{place}/expected_on"
            yield Hit(pointer, f"The submission planned for {planned.expected_on} is past.")
    plan = case.scalability.plan
    for place, step in enumerate(plan.milestones if plan else ()):
        if step.due_on and step.due_on < case.on:
            pointer = f"/content/scalability/plan/milestones/{place}/due_on"
            yield Hit(pointer, f"The milestone due on {step.due_on} is past.")
