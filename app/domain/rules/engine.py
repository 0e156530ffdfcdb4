"""Judges a content by every rule of a pack; pure, and all defects in one call."""

from collections.abc import Iterator

from app.domain.rules import (
    attributes,
    comparison,
    consistency,
    coverage,
    models,
    plausibility,
    process,
    provenance,
    required,
    runs,
    scale,
    scope,
    strategies,
    supply,
)
from app.domain.rules.case import Case
from app.domain.rules.computed import computed
from app.domain.rules.finding import Finding, Hit
from app.domain.rules.pack import Ruling
from app.domain.rules.registry import REGISTRY
from app.domain.rules.report import Fault, Report

# Importing a family registers its rules.
FAMILIES = (
    attributes,
    comparison,
    consistency,
    coverage,
    models,
    plausibility,
    process,
    provenance,
    required,
    runs,
    scale,
    scope,
    strategies,
    supply,
)


def judge(case: Case, acknowledged: frozenset[str] = frozenset()) -> Report:
    """The readiness report of a case; never raises.

    A predicate that breaks becomes a hint of its rule and a fault of the report: it neither stops the other
    rules nor keeps anyone from filing. Tests assert that there are no faults.
    """
    findings: list[Finding] = []
    faults: list[Fault] = []
    for number, ruling in case.rulings.items():
        if ruling.severity is None:
            continue
        try:
            findings.extend(_findings(ruling, REGISTRY[number](case)))
        except Exception as error:  # noqa: BLE001 - whatever a rule raises must not reach the caller
            faults.append(Fault(number, error))
            findings.append(_unjudged(ruling))
    return Report(
        rule_pack=case.pack.version,
        effective=case.effective,
        findings=tuple(findings),
        computed=computed(case),
        assessable=any(one.demonstrations for one in case.shown),
        acknowledged=acknowledged,
        faults=tuple(faults),
    )


def _findings(ruling: Ruling, hits: Iterator[Hit]) -> list[Finding]:
    text, severity = ruling.text, ruling.severity or "hint"
    return [
        Finding(
            rule=text.number,
            severity="hint" if hit.hint else severity,
            pointer=hit.pointer,
            evidence=hit.evidence,
            title=text.title,
            detail=hit.detail,
            fix=text.fix,
            ground=text.ground,
            basis=text.basis,
            stated=hit.stated,
            computed=hit.computed,
        )
        for hit in hits
    ]


def _unjudged(ruling: Ruling) -> Finding:
    text = ruling.text
    detail = (
        "This rule could not be judged on this content; the program has been told. Nothing follows from it."
    )
    return Finding(
        text.number, "hint", "/content", None, text.title, detail, text.fix, text.ground, text.basis
    )
