"""The phase and scope a request is judged at: what it declares, or more if its own facts say more."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.domain.content.purpose import ContextOfUse, Development
from app.domain.evidence import EvidenceItem
from app.domain.rules.pack import RulePack
from app.domain.vocabulary import PHASES, SCOPES, Phase, Scope

PHASE_RANK: Final[Mapping[Phase, int]] = {phase: rank for rank, phase in enumerate(PHASES)}
SCOPE_RANK: Final[Mapping[Scope, int]] = {scope: rank for rank, scope in enumerate(SCOPES)}
_STAGE_PHASE: Final[Mapping[str | None, Phase]] = {
    "pilot": "pilot",
    "engineering": "pilot",
    "clinical": "pilot",
    "commercial": "commercial",
}
_COMMERCIAL_KINDS: Final = frozenset({"commercial_batch", "ppq_batch"})


@dataclass(frozen=True, slots=True)
class Effective:
    """What is judged at, what was declared, and which fact raised it above that."""

    phase: Phase
    scope: Scope
    declared_phase: Phase | None
    declared_scope: Scope | None
    phase_from: str
    scope_from: str

    def to_tree(self) -> dict[str, Any]:
        return {
            "phase": self.phase,
            "scope": self.scope,
            "declared": {"phase": self.declared_phase, "scope": self.declared_scope},
            "because": {"phase": self.phase_from, "scope": self.scope_from},
        }


def effective(
    purpose: ContextOfUse, development: Development, evidence: Iterable[EvidenceItem], pack: RulePack
) -> Effective:
    """The latest phase and the widest scope that the declaration or any fact of the content implies."""
    phases: list[tuple[Phase, str]] = [(development.phase or "early", "declared")]
    phases.append((_of_level(development.mrl, pack.head.mrl_from), "mrl"))
    phases.append((_of_level(development.trl, pack.head.trl_from), "trl"))
    phases.extend(_evidence_phases(evidence))
    phase, phase_from = max(phases, key=lambda pair: PHASE_RANK[pair[0]])
    scopes = [(purpose.scope or "product_specific", "declared"), *_implied_scopes(purpose)]
    scope, scope_from = max(scopes, key=lambda pair: SCOPE_RANK[pair[0]])
    return Effective(phase, scope, development.phase, purpose.scope, phase_from, scope_from)


def _of_level(level: int | None, from_level: Mapping[Phase, int]) -> Phase:
    reached: Phase = "early"
    for phase, least in from_level.items():
        if level is not None and level >= least and PHASE_RANK[phase] > PHASE_RANK[reached]:
            reached = phase
    return reached


def _evidence_phases(evidence: Iterable[EvidenceItem]) -> Iterable[tuple[Phase, str]]:
    for item in evidence:
        if item.kind in _COMMERCIAL_KINDS:
            yield "commercial", f"evidence {item.key}"
        elif item.scale is not None and item.scale.stage in _STAGE_PHASE:
            yield _STAGE_PHASE[item.scale.stage], f"evidence {item.key}"


def _implied_scopes(purpose: ContextOfUse) -> Iterable[tuple[Scope, str]]:
    """Several modalities, or biological and other kinds, make a platform; several of one make a class.

    A class that names no modality counts as one of its own: leaving it out must not narrow the scope. One
    named product stays one product, whether it is made as a substance, a product or both.
    """
    classes, products, kinds = purpose.product_classes, purpose.products, set(purpose.product_kinds)
    modalities = {(known.modality or f"?{known.key}").strip().casefold() for known in classes}
    single = len(products) == 1 and len(classes) <= 1
    if len(modalities) > 1:
        yield "platform", "product classes of several modalities"
    if "biological_product" in kinds and len(kinds) > 1 and not single:
        yield "platform", "product kinds of several types"
    if len(classes) > 1 or len(products) > 1 or (classes and not products):
        yield "product_class", "product classes and products"
    if len(kinds) > 1 and not single:
        yield "product_class", "several product kinds"
