"""The criteria a reviewer rates, and what of a readiness report bears on each."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final


class Criterion(StrEnum):
    NOVELTY = "novelty"
    SUBSTANTIAL_IMPROVEMENT = "substantial_improvement"
    QUALITY = "quality"
    CONTEXT_OF_USE = "context_of_use"
    SCALABILITY = "scalability"


# Each rule of law, scalability and scope bears on at least one; rules of form (RC-10 on) on none but where named here.
RULES_OF: Final[Mapping[Criterion, frozenset[str]]] = MappingProxyType(
    {
        Criterion.NOVELTY: frozenset({"RC-01", "RC-03", "SP-03", "SC-15", "SC-21"}),
        Criterion.SUBSTANTIAL_IMPROVEMENT: frozenset({"RC-05", "RC-26", "SC-18", "SC-19", "SC-20"}),
        Criterion.QUALITY: frozenset(
            {"RC-04", "SC-07", "SC-08", "SC-09", "SC-25", "SC-26", "SP-04", "SP-05", "SP-06"}
        ),
        Criterion.CONTEXT_OF_USE: frozenset(
            {"RC-02", "RC-07", "SC-23", "SP-01", "SP-02", "SP-03", "SP-04", "SP-07"}
        ),
        Criterion.SCALABILITY: frozenset(
            {"RC-06", "SC-10a", "SC-10b", "SC-10c", "SC-10d", "SP-01", "SP-02"}
            | {f"SC-{number:02}" for number in (*range(1, 7), *range(11, 18), 21, 22, 24, 25, 26)}
        ),
    }
)
# Parts of a report's `computed` that name no evidence item, and the criterion they belong to.
WHOLE_FIGURES: Final[Mapping[Criterion, tuple[str, ...]]] = MappingProxyType(
    {Criterion.SUBSTANTIAL_IMPROVEMENT: ("capacity", "schedule")}
)


def bearing_on(criterion: Criterion, report: Mapping[str, Any], cited: Collection[str]) -> dict[str, Any]:
    """The report's findings on the criterion, and the figures computed anew for the evidence that is cited."""
    rules, computed = RULES_OF[criterion], report["computed"]
    figures = {
        kind: [each for each in entries if each["evidence"] in cited]
        for kind, entries in computed.items()
        if isinstance(entries, list)
    }
    whole = {kind: computed[kind] for kind in WHOLE_FIGURES.get(criterion, ()) if computed.get(kind)}
    return {
        "findings": [each for each in report["findings"] if each["rule"] in rules],
        "computed": {**{kind: entries for kind, entries in figures.items() if entries}, **whole},
    }


def evidence_keys(content: Mapping[str, Any]) -> list[str]:
    """The keys of a content's evidence items, in order; null stands for an absent member."""
    items = (content.get("scalability") or {}).get("evidence") or ()
    return [item["key"] for item in items]
