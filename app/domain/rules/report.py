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
            each
            for each in self.findings
            if blocks(each.severity, each.basis, acknowledged=each.rule in self.acknowledged)
        )

    @property
    def ready(self) -> bool:
        return not self.blocking

    @property
    def result(self) -> Result:
        weakened = any(finding.severity == "weakens" for finding in self.findings)
        return result_of(assessable=self.assessable, ready=self.ready, weakened=weakened)

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


def blocks(severity: str, basis: str, *, acknowledged: bool) -> bool:
    """Whether a finding keeps a request from being ready; what is of law cannot be acknowledged away."""
    return severity == "blocks" and (basis == "law" or not acknowledged)


def result_of(*, assessable: bool, ready: bool, weakened: bool) -> Result:
    if not assessable:
        return "not_assessable"
    if not ready:
        return "gap"
    return "adequate_with_warnings" if weakened else "adequate"


def with_accepted(tree: Mapping[str, Any], rules: frozenset[str]) -> dict[str, Any]:
    """A report kept as a tree, with these rules acknowledged or waived; nothing is judged again."""
    findings = tree["findings"]
    ready = not any(
        blocks(each["severity"], each["basis"], acknowledged=each["rule"] in rules) for each in findings
    )
    weakened = any(each["severity"] == "weakens" for each in findings)
    result = result_of(assessable=tree["result"] != "not_assessable", ready=ready, weakened=weakened)
    return {**tree, "ready": ready, "result": result}
