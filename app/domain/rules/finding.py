"""What a rule says about one request: the finding, and the hit that a predicate yields to become one."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias

from app.domain.quantities import Measured

Severity = Literal["blocks", "weakens", "hint"]
Basis = Literal["law", "guidance", "program_rule"]


@dataclass(frozen=True, slots=True)
class Span:
    """A figure that is a range, both ends in the unit of the member it stands for; None: open at that end."""

    low: Decimal | None
    high: Decimal | None


Shown: TypeAlias = Decimal | int | Measured | Span
SHOWN_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Hit:
    """Where and what: all that a predicate says. Severity, texts and ground come from the rule pack.

    `hint` marks an observation that never changes a result, whatever the pack's severity.
    """

    pointer: str
    detail: str
    evidence: str | None = None
    stated: Shown | None = None
    computed: Shown | None = None
    hint: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect of one content: what, where, how grave, why it matters and how to mend it."""

    rule: str
    severity: Severity
    pointer: str
    evidence: str | None
    title: str
    detail: str
    fix: str
    ground: str
    basis: Basis
    stated: Shown | None = None
    computed: Shown | None = None

    def to_tree(self) -> dict[str, Any]:
        """As JSON shows it: `evidence`, `stated` and `computed` only where there is something to say."""
        tree: dict[str, Any] = {
            "rule": self.rule,
            "severity": self.severity,
            "pointer": self.pointer,
            "title": self.title,
            "detail": self.detail,
            "fix": self.fix,
            "ground": self.ground,
            "basis": self.basis,
        }
        if self.evidence is not None:
            tree["evidence"] = self.evidence
        if self.stated is not None:
            tree["stated"] = shown(self.stated)
        if self.computed is not None:
            tree["computed"] = shown(self.computed)
        return tree


def shown(figure: Shown) -> Any:  # noqa: ANN401 - a tree as JSON holds it
    """A number, a quantity `{value, unit}` or a range `{low, high}` as a tree."""
    if isinstance(figure, Decimal | int):
        return figure
    if isinstance(figure, Span):
        return {"low": figure.low, "high": figure.high}
    return {"value": figure.value, "unit": figure.unit}
