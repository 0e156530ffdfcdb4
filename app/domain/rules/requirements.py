"""What data a scenario needs, and why: the rule pack read for one scope, phase and product kind."""

from typing import Any

from app.domain.rules.pack import Need, RulePack, Ruling
from app.domain.vocabulary import Phase, ProductKind, Scope


def requirements(
    pack: RulePack, scope: Scope, phase: Phase, product_kind: ProductKind | None = None
) -> list[dict[str, Any]]:
    """Each rule that applies to the scenario: its needs, severity, thresholds, ground, citation and basis.

    Without a product kind the needs of all kinds are listed. Law comes first, then rules by number.
    """
    applied = [ruling for ruling in pack.at[scope, phase].values() if ruling.severity is not None]
    applied.sort(key=lambda ruling: (ruling.text.basis != "law", ruling.text.number))
    listed = ((ruling, _needs(ruling, product_kind)) for ruling in applied)
    return [_requirement(ruling, needs) for ruling, needs in listed if needs]


def _needs(ruling: Ruling, product_kind: ProductKind | None) -> list[Need]:
    return [need for need in ruling.text.needs if product_kind is None or product_kind in need.product_kinds]


def _requirement(ruling: Ruling, needs: list[Need]) -> dict[str, Any]:
    text = ruling.text
    return {
        "rule": text.number,
        "title": text.title,
        "why": text.why,
        "needs": [{"member": need.member, "what": need.what} for need in needs],
        "severity": ruling.severity,
        "thresholds": dict(ruling.thresholds),
        "strategy": text.strategy,
        "when": text.when,
        "ground": text.ground,
        "citation": text.citation,
        "basis": text.basis,
    }
