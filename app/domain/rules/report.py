"""The readiness report: every finding of one content, and what follows from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from app.domain.rules.effective import Effective
from app.domain.rules.finding import Finding

Result = Literal["adequate", "adequate_with_warnings", "gap", "not_assessable"]


@dataclass(frozen=True, slots=True)
class Fault:
    """A predicate that broke: a defect of ours, to be logged and mended, never the sender's."""

    rule: str
    error: Exception


@dataclass(frozen=True, slots=True)
class Report:
    """Findings in the pack's order, the figures computed anew, and the phase and scope they were judged at.

    `acknowledged` are rules whose gaps the signer has acknowledged or a coordinator has waived; a rule of
    law in it changes nothing.
    """

    rule_pack: str
    effective: Effective
    findings: tuple[Finding, ...]
    computed: Mapping[str, Any]
    assessable: bool
    acknowledged: frozenset[str] = frozenset()
    faults: tuple[Fault, ...] = field(default=(), compare=False)

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """The findings that keep the request from being ready: unacknowledged, or of law."""
        return tuple(
            finding
            for finding in self.findings
            if finding.severity == "blocks"
            and (finding.basis == "law" or finding.rule not in self.acknowledged)
        )

    @property
    def ready(self) -> bool:
        return not self.blocking

    @property
    def result(self) -> Result:
        if not self.assessable:
            return "not_assessable"
        if not self.ready:
            return "gap"
        weakened = any(finding.severity == "weakens" for finding in self.findings)
        return "adequate_with_warnings" if weakened else "adequate"

    def acknowledging(self, rules: frozenset[str]) -> "Report":
        """The same report with these rules acknowledged; nothing is judged again."""
        return replace(self, acknowledged=rules)

    def to_tree(self) -> dict[str, Any]:
        return {
            "ready": self.ready,
            "result": self.result,
            "rule_pack": self.rule_pack,
            "effective": self.effective.to_tree(),
            "findings": [finding.to_tree() for finding in self.findings],
            "computed": dict(self.computed),
        }
