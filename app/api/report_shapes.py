"""The shapes of reports with their findings, of requirements and rule packs. For the description alone."""

from datetime import date
from typing import Any, Literal

from pydantic import Field

from app.api.payloads import Out
from app.domain.rules.finding import Basis, Severity
from app.domain.vocabulary import Phase, ProductKind, Scope

Result = Literal["adequate", "adequate_with_warnings", "gap", "not_assessable"]


class Amount(Out):
    value: float
    unit: str = Field(description="UCUM")


class Range(Out):
    low: float | None
    high: float | None


Figure = float | Amount | Range


class FindingOut(Out):
    rule: str = Field(examples=["SC-12"])
    severity: Severity
    pointer: str = Field(description="RFC 6901, from /content")
    evidence: str | None = Field(None, description="Key of the evidence item")
    title: str
    detail: str
    fix: str
    ground: str
    basis: Basis
    stated: Figure | None = None
    computed: Figure | None = None


class ScaleOut(Out):
    """The scale factor of one target: what is aimed at over what was demonstrated."""

    target: str
    product_class: str | None
    unit_operation: str | None
    evidence: str
    stated: Figure
    demonstrated: Figure
    factor: float
    limit: float
    representative: bool
    runs: int
    conversion: str | None
    not_demonstrated: list[str]


class SuccessOut(Out):
    """Successes of an item and the exact one-sided 95 % lower bound of their rate."""

    evidence: str
    succeeded: int
    of: int
    stated: float | None
    lower_bound: float


class CapabilityOut(Out):
    evidence: str
    pointer: str
    n: int | None
    stated: float | None
    cpk: float | None
    lower_bound: float | None
    enough: bool


class StatedComparison(Out):
    difference: float | None
    ci90: list[float] | None


class EquivalenceOut(Out):
    """A comparison of two independent arms by Welch's interval; any other design is not recomputed."""

    evidence: str
    recomputed: bool
    unit: str | None
    stated: StatedComparison
    difference: float | None
    ci90: list[float] | None
    margin: float | None
    equivalent: bool | None
    superior: bool | None


class CapacityOut(Out):
    pointer: str
    stated: Figure | None
    computed: Figure | None
    agrees: bool | None


class ScheduleOut(Out):
    pointer: str
    baseline_days: float | None
    proposed_days: float | None
    saved_days: float | None
    saved_share: float | None


class Computed(Out):
    """Every figure computed anew, beside what was stated."""

    scale: list[ScaleOut]
    success: list[SuccessOut]
    capability: list[CapabilityOut]
    equivalence: list[EquivalenceOut]
    capacity: CapacityOut | None
    schedule: ScheduleOut | None


class Effective(Out):
    """The phase and scope judged at: the declared ones, or more where facts of the content say more."""

    phase: Phase
    scope: Scope


class AcceptedGap(Out):
    rule: str
    kind: Literal["acknowledged", "waived"]
    reason: str


class ReportOut(Out):
    ready: bool
    result: Result
    rule_pack: str
    effective: Effective
    findings: list[FindingOut]
    computed: Computed
    accepted_gaps: list[AcceptedGap] | None = None


class NeedOut(Out):
    member: str
    what: str


class RequirementOut(Out):
    rule: str
    title: str
    why: str
    needs: list[NeedOut]
    severity: Severity
    thresholds: dict[str, float]
    strategy: str | None
    when: str | None
    ground: str
    citation: str
    basis: Basis


class Scenario(Out):
    scope: Scope
    phase: Phase
    product_kind: ProductKind | None


class RequirementList(Out):
    rule_pack: str
    notice: str
    scenario: Scenario
    items: list[RequirementOut]


class PackHead(Out):
    version: str
    effective_on: date
    notice: str
    mrl_from: dict[str, int]
    trl_from: dict[str, int]


class PackList(Out):
    items: list[PackHead]
    next_cursor: str | None


class RuleOut(Out):
    number: str
    title: str
    why: str
    fix: str
    ground: str
    citation: str
    basis: Basis
    severity: Any = Field(description="One value, or a table by phase, by scope, or by scope then phase")
    thresholds: dict[str, Any]


class PackOut(PackHead):
    rules: list[RuleOut]
