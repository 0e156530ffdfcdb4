"""The report's `computed`: every figure computed anew, beside what was stated and with its evidence key."""

from typing import Any

from app.domain.rules.case import Case


def computed(case: Case) -> dict[str, Any]:
    """Scale factors, success bounds, capability, equivalence, capacity and schedule as the report shows them.

    `capacity` and `schedule` are those of the first ground that has them; capacity prefers one whose claim
    disagrees.
    """
    tolerance = case.threshold("SC-18", "tolerance")
    limit = case.threshold("SC-03", "factor")
    representative = case.threshold("SC-05", "representative_factor")
    samples = case.threshold("SC-08", "samples")
    scales = (one.to_tree(limit, representative) for one in case.shown)
    supplies = sorted(
        (one for one in case.supplies if one.computed is not None),
        key=lambda one: one.agrees(tolerance) is not False,
    )
    savings = [one for one in case.savings if one.computed is not None]
    return {
        "scale": [tree for tree in scales if tree is not None],
        "success": [one.to_tree() for one in case.successes.values()],
        "capability": [
            one.to_tree(samples) for one in case.measured if one.limited or one.of.claimed_cpk is not None
        ],
        "equivalence": [one.to_tree() for one in case.equivalences.values()],
        "capacity": supplies[0].to_tree(tolerance) if supplies else None,
        "schedule": savings[0].to_tree() if savings else None,
    }
