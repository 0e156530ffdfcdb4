"""What a decision rested on, in codes: the analysis of data-submission factors that 506L(e)(3)(D) asks for each year.

The codes are the program's own. What can be counted is counted by the service and not asked of the signatory.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from app.domain.shapes import Part, needed

Reason = Literal[
    "incomplete", "not_novel", "no_substantial_improvement", "quality_not_shown", "context_unsupported"
]
Improvement = Literal["time", "supply_critical", "supply_shortage", "other", "none"]
LAW = "506L(e)(3)(D)"


class Factors(Part):
    """One code for each factor; the closed list of the program."""

    data_source: Literal["approved_drug", "model_drug", "none"] = needed("Where the data come from", LAW)
    comparator: Literal["direct", "historical", "none"] = needed("What the method was compared with", LAW)
    quality: Literal["equivalent_shown", "superior_shown", "not_shown"] = needed(
        "What was shown of quality", LAW
    )
    improvement: Annotated[list[Improvement], Field(min_length=1, max_length=4)] = needed(
        "The grounds of improvement that the decision rests on", LAW
    )
    scope_match: Literal["matched", "narrowed", "too_wide"] = needed(
        "Whether the context of use fits the evidence", LAW
    )
    novelty_basis: Literal["new", "novel_use", "none"] = needed("Why the method counts as novel", LAW)
    completeness: Literal["complete", "completed_after_questions", "incomplete"] = needed(
        "How complete the request was", LAW
    )
    prior_engagement: Literal["ett", "catt", "both", "none"] = needed("Contacts before the request", LAW)


def counted(report: Mapping[str, Any], rounds: int) -> dict[str, Any]:
    """The factors that follow from the record: phase and largest scale factor of the report, rounds of questions."""
    scales = [
        each["factor"] for each in report["computed"].get("scale", ()) if each.get("factor") is not None
    ]
    return {
        "scale_evidence": {
            "phase": report["effective"]["phase"],
            "scale_factor": max(scales, default=None),
        },
        "rounds_of_questions": rounds,
    }
